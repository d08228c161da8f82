import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { compareUtf8 } from "../../lib/base/mod.ts";
import {
  type Checksum,
  formatChecksum,
  parseChecksum,
  parseChecksums,
  readChecksums,
  recordPath,
  writeChecksums,
} from "../../lib/records/mod.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const HASH = "0123456789abcdef".repeat(4);
const NAMES: string[] = JSON.parse(
  await Deno.readTextFile(
    join(dirname(fileURLToPath(import.meta.url)), "../fixtures/names.json"),
  ),
).names;

async function collect(entries: AsyncIterable<Checksum>): Promise<Checksum[]> {
  const all: Checksum[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

function sorted(entries: Checksum[]): Checksum[] {
  return entries.sort((a, b) => compareUtf8(a.path, b.path));
}

/** Makes a file for every name the file system can hold; returns what it made. */
async function makeFiles(root: string): Promise<Checksum[]> {
  const made: Checksum[] = [];
  for (const path of NAMES) {
    const content = `content of ${path}`;
    const file = `${root}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, content);
    made.push({ path, sha256: createHash("sha256").update(content).digest("hex") });
  }
  return sorted(made);
}

async function sha256sum(args: string[], cwd: string): Promise<Deno.CommandOutput> {
  const env = { LC_ALL: "C" };
  return await new Deno.Command("sha256sum", { args, cwd, env, stdin: "null" }).output();
}

testWith(
  ["sha256sum", "linux"],
  "writeChecksums writes byte for byte what sha256sum writes",
  async () => {
    await using dir = await tempDir();
    const entries = await makeFiles(dir.path);
    assert.equal(entries.length, NAMES.length);
    const path = recordPath(dir.path, "checksums.sha256");
    const written = await writeChecksums(path, entries);
    const real = await sha256sum(["--", ...entries.map((entry) => entry.path)], dir.path);
    assert.ok(real.success);
    const bytes = await Deno.readFile(path);
    assert.equal(new TextDecoder().decode(bytes), new TextDecoder().decode(real.stdout));
    assert.deepEqual(written, {
      files: NAMES.length,
      sizeBytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
    });
  },
);

testWith(
  ["sha256sum", "linux"],
  "sha256sum -c passes on what writeChecksums wrote, and can fail",
  async () => {
    await using dir = await tempDir();
    const entries = await makeFiles(dir.path);
    const path = recordPath(dir.path, "checksums.sha256");
    await writeChecksums(path, entries);
    const check = ["-c", "--strict", "--quiet", ".exlab-wizard/checksums.sha256"];
    const passed = await sha256sum(check, dir.path);
    assert.ok(passed.success, new TextDecoder().decode(passed.stderr));
    await Deno.writeTextFile(`${dir.path}/new\nline`, "rotten");
    assert.ok(!(await sha256sum(check, dir.path)).success);
  },
);

testWith(
  ["sha256sum", "linux"],
  "sha256sum -c reads a file that is called `-`, not its standard input",
  async () => {
    await using dir = await tempDir();
    const line = formatChecksum({ path: "-", sha256: hashOf("a dash") });
    await dir.write("-", "a dash");
    await dir.write("list", `${line}\n`);
    const check = ["-c", "--strict", "list"];
    const passed = await sha256sum(check, dir.path);
    assert.ok(passed.success, new TextDecoder().decode(passed.stderr));
    assert.deepEqual(parseChecksum(line), { path: "-", sha256: hashOf("a dash") });
    await dir.write("-", "rotten");
    assert.ok(!(await sha256sum(check, dir.path)).success);
  },
);

testWith(["sha256sum", "linux"], "readChecksums reads what sha256sum writes", async () => {
  await using dir = await tempDir();
  const entries = await makeFiles(dir.path);
  const names = entries.map((entry) => entry.path);
  for (const flag of ["--text", "--binary"]) {
    const real = await sha256sum([flag, "--", ...names], dir.path);
    const path = await dir.write("out/checksums.sha256", real.stdout);
    assert.deepEqual(await collect(readChecksums(path)), entries);
  }
});

Deno.test("parseChecksum is the inverse of formatChecksum for every path", () => {
  const segments = fc.string({ minLength: 1, unit: "binary" })
    .filter((text) => !text.includes("/") && !text.includes("\0") && text !== "." && text !== "..");
  const paths = fc.array(segments, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  fc.assert(fc.property(paths, (path) => {
    fc.pre(path.isWellFormed());
    const line = formatChecksum({ path, sha256: HASH });
    assert.ok(!/[\n\r]/.test(line));
    assert.deepEqual(parseChecksum(line), { path, sha256: HASH });
  }));
});

Deno.test("parseChecksum takes what sha256sum -c takes", () => {
  assert.deepEqual(parseChecksum(`${HASH.toUpperCase()} *./a b`), { path: "a b", sha256: HASH });
  assert.deepEqual(parseChecksum(`${HASH}  a\r`), { path: "a", sha256: HASH });
  assert.deepEqual(parseChecksum(`${HASH}    a `), { path: "  a ", sha256: HASH });
  assert.deepEqual(parseChecksum(`${HASH}  a\\b`), { path: "a\\b", sha256: HASH });
});

Deno.test("parseChecksum refuses paths that lead out of the run, and broken lines", () => {
  const bad = ["", HASH, `${HASH}  `, `${HASH} a`, `${HASH.slice(1)}  a`, `${HASH}0  a`];
  bad.push(
    `\\${HASH}  a\\tb`,
    `\\${HASH}  a\\`,
    `${HASH}  /abs`,
    `${HASH}  ../a`,
    `${HASH}  a/../b`,
  );
  bad.push(`${HASH}  a//b`, `${HASH}  a/`, `${HASH}  a\0b`, `${HASH}  .`, `SHA256 (a) = ${HASH}`);
  for (const line of bad) assert.equal(typeof parseChecksum(line), "string", line);
});

Deno.test("readChecksums names file and line of what it refuses", async () => {
  await using dir = await tempDir();
  const cases: [string | Uint8Array, RegExp][] = [
    [`${HASH}  a\n\n`, /line 2: it is not a hash/],
    [`${HASH}  a\n${HASH}  b`, /line 2: it is cut off/],
    [new Uint8Array([0xff, 0x0a]), /line 1: it is not UTF-8/],
    [`${HASH}  ${"a".repeat(40_000)}\n`, /line 1: the line is too long/],
    [`${HASH}  a\n${"a".repeat(900_000)}`, /line 2: the line is too long/],
  ];
  for (const [content, message] of cases) {
    const path = await dir.write("checksums.sha256", content);
    await assert.rejects(collect(readChecksums(path)), (error: Error & { code: string }) => {
      assert.equal(error.code, "malformed_manifest");
      assert.match(error.message, message);
      return error.message.includes(path);
    });
  }
  await assert.rejects(collect(readChecksums(dir.join("none"))), { code: "record_missing" });
  await assert.rejects(collect(readChecksums(dir.path)), { code: "malformed_manifest" });
});

Deno.test("parseChecksums does not care where chunks are cut", async () => {
  const entries = sorted(NAMES.map((path) => ({ path, sha256: HASH })));
  const bytes = new TextEncoder().encode(
    entries.map((entry) => `${formatChecksum(entry)}\n`).join(""),
  );
  for (const size of [1, 7, 64, 1000]) {
    const chunks = Array.from(
      { length: Math.ceil(bytes.length / size) },
      (_, i) => bytes.subarray(i * size, (i + 1) * size),
    );
    assert.deepEqual(await collect(parseChecksums(chunks, "far")), entries);
  }
});

Deno.test("writeChecksums keeps the old manifest when the entries are not sorted or not sound", async () => {
  await using dir = await tempDir();
  const path = recordPath(dir.path, "checksums.sha256");
  await writeChecksums(path, [{ path: "old", sha256: HASH }]);
  const entry = (name: string, sha256 = HASH) => ({ path: name, sha256 });
  const bad = [
    [entry("b"), entry("a")],
    [entry("a"), entry("a")],
    [entry("\u{1f600}"), entry("\uffff")],
    [entry("../a")],
    [entry("a", HASH.toUpperCase())],
    [entry("a\ud800")],
  ];
  for (const entries of bad) {
    await assert.rejects(writeChecksums(path, entries), { code: "malformed_manifest" });
    assert.equal(await Deno.readTextFile(path), `${HASH}  old\n`);
  }
  assert.equal(Array.from(Deno.readDirSync(dirname(path))).length, 2);
  assert.deepEqual(await writeChecksums(path, []), {
    files: 0,
    sizeBytes: 0,
    sha256: createHash("sha256").digest("hex"),
  });
});

Deno.test("writeChecksums and readChecksums carry a long manifest in constant memory", async () => {
  await using dir = await tempDir();
  const path = recordPath(dir.path, "checksums.sha256");
  const files = 300_000;
  function* entries(): Generator<Checksum> {
    for (let i = 0; i < files; i++) {
      yield { path: `tiles/${String(i).padStart(9, "0")}${"x".repeat(200)}.tif`, sha256: HASH };
    }
  }
  const before = Deno.memoryUsage().rss;
  assert.equal((await writeChecksums(path, entries())).files, files);
  let read = 0;
  for await (const _ of readChecksums(path)) read++;
  assert.equal(read, files);
  const grownMb = (Deno.memoryUsage().rss - before) / 1e6;
  // The manifest is 84 MB, and kept as objects it took 228; streaming took 15 to 63.
  assert.ok(grownMb < 140, `${grownMb} MB more`);
});

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
