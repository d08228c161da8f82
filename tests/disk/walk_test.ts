import assert from "node:assert/strict";
import { compareUtf8, LabferryError } from "../../lib/base/mod.ts";
import { DiskPool, MAX_DEPTH, type WalkEntry } from "../../lib/disk/mod.ts";
import { testWith } from "../support/needs.ts";
import { oddShare } from "../support/odd_share.ts";
import { tempDir } from "../support/temp_dir.ts";

async function walk(root: string, skipNames: string[] = []): Promise<WalkEntry[]> {
  using pool = new DiskPool();
  const all: WalkEntry[] = [];
  for await (const batch of pool.walkTree(root, { skipNames })) all.push(...batch);
  return all;
}

function told(entries: readonly WalkEntry[]): string[] {
  return entries.map((entry) =>
    entry.kind === "problem"
      ? `${entry.code} ${entry.path}`
      : `${entry.kind}${entry.empty ? " (empty)" : ""} ${entry.path}`
  );
}

Deno.test("walkTree lists everything once, files in the byte order of their paths", async () => {
  await using dir = await tempDir();
  for (
    const path of ["a/b", "a.txt", "a-b/c", "Z", "ä", "😀", "\uff5e", "sub/deep/er/x", "empty/.x"]
  ) {
    await dir.write(path, path);
  }
  await Deno.remove(dir.join("empty/.x"));
  const entries = await walk(dir.path);
  assert.deepEqual(told(entries), [
    "file Z",
    "directory a-b",
    "file a-b/c",
    "file a.txt",
    "directory a",
    "file a/b",
    "directory (empty) empty",
    "directory sub",
    "directory sub/deep",
    "directory sub/deep/er",
    "file sub/deep/er/x",
    "file ä",
    "file \uff5e",
    "file 😀",
  ]);
  const files = entries.filter((entry) => entry.kind === "file").map((entry) => entry.path);
  assert.deepEqual(files, [...files].sort(compareUtf8));
});

Deno.test("walkTree tells each entry's stat as the file system has it", async () => {
  await using dir = await tempDir();
  const path = await dir.write("run/data.bin", new Uint8Array(1234));
  await Deno.utime(path, 1_600_000_000.5, 1_600_000_000.5);
  const info = await Deno.lstat(path);
  const entry = (await walk(dir.path)).find((it) => it.path === "run/data.bin");
  assert.deepEqual(entry, {
    kind: "file",
    path: "run/data.bin",
    sizeBytes: 1234,
    mtimeMs: 1_600_000_000_500,
    ctimeS: Math.floor(info.ctime!.getTime() / 1000),
    fileId: `${info.dev}:${info.ino}`,
  });
});

Deno.test("walkTree skips folders by name at every depth, and not files of that name", async () => {
  await using dir = await tempDir();
  await dir.write("run/.exlab-wizard/creation.json", "{}");
  await dir.write("other/.exlab-wizard", "a file");
  await dir.write(".exlab-wizard/equipment.json", "{}");
  assert.deepEqual(told(await walk(dir.path, [".exlab-wizard"])), [
    "directory other",
    "file other/.exlab-wizard",
    "directory (empty) run",
  ]);
});

testWith(
  ["linux"],
  "walkTree reports links, pipes and sockets without following them",
  async () => {
    await using dir = await tempDir();
    await dir.write("run/x", "x");
    await Deno.symlink("..", dir.join("run/loop"));
    await Deno.symlink("nowhere", dir.join("run/dangling"));
    await new Deno.Command("mkfifo", { args: [dir.join("run/pipe")] }).output();
    using _socket = Deno.listen({ transport: "unix", path: dir.join("run/socket") });
    assert.deepEqual(told(await walk(dir.path)), [
      "directory run",
      "symlink run/dangling",
      "symlink run/loop",
      "other run/pipe",
      "other run/socket",
      "file run/x",
    ]);
  },
);

testWith(["linux", "python"], "walkTree reports names that are not UTF-8 and goes on", async () => {
  await using dir = await tempDir();
  const make = String.raw`
import os, sys
root = os.fsencode(sys.argv[1])
open(root + b"/bad\xff.txt", "w").close()
os.mkdir(root + b"/dir\xfe")
open(root + b"/dir\xfe/inside", "w").close()
open(root + "/real\ufffd.txt".encode(), "w").close()
open(root + "/twin\ufffd".encode(), "w").close()
open(root + b"/twin\xff", "w").close()
open(root + b"/z", "w").close()
`;
  await new Deno.Command("python3", { args: ["-c", make, dir.path] }).output();
  assert.deepEqual(told(await walk(dir.path)), [
    "invalid_utf8_name bad\ufffd.txt",
    "invalid_utf8_name dir\ufffd",
    "file real\ufffd.txt",
    "file twin\ufffd",
    "invalid_utf8_name twin\ufffd",
    "file z",
  ]);
});

testWith(["links"], "walkTree refuses a root that is missing, a link or a file", async () => {
  await using dir = await tempDir();
  await dir.write("real/x", "x");
  await Deno.symlink(dir.join("real"), dir.join("link"));
  const code = (name: string) =>
    walk(dir.join(name)).then(() => "none", (error) => (error as LabferryError).code);
  assert.equal(await code("missing"), "not_found");
  assert.equal(await code("link"), "link_refused");
  assert.equal(await code("real/x"), "not_a_folder");
});

Deno.test(`walkTree stops at ${MAX_DEPTH} levels and says so`, async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join(Array(MAX_DEPTH + 3).fill("d").join("/")), { recursive: true });
  const entries = await walk(dir.path);
  assert.equal(entries.length, MAX_DEPTH + 1);
  const last = entries.at(-1)!;
  assert.ok(last.kind === "problem" && last.code === "too_deep");
});

Deno.test("walkTree streams: leaving early ends it, and the pool walks on", async () => {
  await using dir = await tempDir();
  for (let i = 0; i < 3000; i++) Deno.writeTextFileSync(dir.join(`f${i}`), "");
  using pool = new DiskPool();
  for await (const batch of pool.walkTree(dir.path)) {
    assert.ok(batch.length > 0 && batch.length < 3000);
    break;
  }
  let all = 0;
  for await (const batch of pool.walkTree(dir.path)) all += batch.length;
  assert.equal(all, 3000);
});

Deno.test("walkTree lets its reader hash meanwhile on the same pool, with one thread", async () => {
  await using dir = await tempDir();
  for (let i = 0; i < 20; i++) await dir.write(`d${i}/f`, `${i}`);
  using pool = new DiskPool({ threads: 1 });
  let hashed = 0;
  for await (const batch of pool.walkTree(dir.path)) {
    for (const entry of batch) {
      if (entry.kind !== "file") continue;
      await pool.hashFile(dir.join(entry.path));
      hashed++;
    }
  }
  assert.equal(hashed, 20);
});

Deno.test("walkTree ends with the signal's reason", async () => {
  await using dir = await tempDir();
  for (let i = 0; i < 3000; i++) Deno.writeTextFileSync(dir.join(`f${i}`), "");
  using pool = new DiskPool();
  const giveUp = new AbortController();
  await assert.rejects(async () => {
    for await (const _ of pool.walkTree(dir.path, { signal: giveUp.signal })) {
      giveUp.abort(new Error("enough"));
    }
  }, /enough/);
});

testWith(["linux"], "walkTree reports a folder it may not enter", async () => {
  if (Deno.uid() === 0) return; // root enters everything; CI runs this as a user too
  await using dir = await tempDir();
  await dir.write("closed/x", "x");
  await Deno.chmod(dir.join("closed"), 0);
  const entries = await walk(dir.path);
  await Deno.chmod(dir.join("closed"), 0o700);
  assert.deepEqual(told(entries), ["directory closed", "unreadable closed"]);
});

testWith(
  ["fuse"],
  "walkTree tells of a folder whose listing fails, and never of an empty one",
  async () => {
    await using share = await oddShare();
    await Deno.mkdir(share.join("run/sub"), { recursive: true });
    await Deno.writeTextFile(share.join("run/a.tif"), "A");
    await Deno.writeTextFile(share.join("run/sub/b.tif"), "B");
    using pool = new DiskPool();
    const walked = async () => (await Array.fromAsync(pool.walkTree(share.join("run")))).flat();
    await share.set({ fails: [{ operation: "readdir", nth: 1, errno: "EIO" }] });
    await assert.rejects(walked(), { code: "device_lost" });
    await share.set({ fails: [{ operation: "readdir", nth: 2, errno: "EIO" }] });
    const problems = (await walked()).filter((entry) => entry.kind === "problem");
    assert.deepEqual(problems.map(({ path, code }) => [path, code]), [["sub", "unreadable"]]);
    await share.set({});
    assert.equal((await walked()).length, 3);
  },
);
