/** The tar and the zip that we write ourselves, as others' programs read them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Piece } from "../../scripts/compile/pieces.ts";
import { tarOf } from "../../scripts/compile/tar.ts";
import { zipOf } from "../../scripts/compile/zip.ts";
import { isFine, readSummary, testRoom } from "../../scripts/windows/rooms.ts";
import type { WinePlace } from "../../scripts/windows/place.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";

const PIECES: readonly Piece[] = [
  { name: "deno", bytes: crypto.getRandomValues(new Uint8Array(60_001)), executable: true },
  { name: "program/empty.js", bytes: new Uint8Array(0), executable: false },
  { name: "program/main.js", bytes: new Uint8Array(1_024).fill(65), executable: false },
];

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function output(command: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, stdin: "null" })
    .output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

testWith(
  ["linux"],
  "tarOf is unpacked by tar with its bytes and modes, for its owner alone",
  async () => {
    await using dir = await tempDir();
    const file = await dir.write("a.tar", tarOf(PIECES));
    const into = dir.join("into");
    await Deno.mkdir(into);
    await output("tar", ["-xf", file, "-C", into]);
    for (const { name, bytes, executable } of PIECES) {
      assert.equal(sha256(await Deno.readFile(`${into}/${name}`)), sha256(bytes), name);
      const { mode } = await Deno.stat(`${into}/${name}`);
      assert.equal(mode! & 0o777, executable ? 0o700 : 0o600, name);
    }
    assert.deepEqual(tarOf(PIECES), tarOf(PIECES));
  },
);

Deno.test("tarOf refuses a name that a plain header does not hold", () => {
  const piece = (name: string) => [{ name, bytes: new Uint8Array(0), executable: false }];
  for (const name of ["x".repeat(100), "Größe", ""]) {
    assert.throws(() => tarOf(piece(name)), /name/);
  }
});

testWith(
  ["python"],
  "zipOf is read by Python's zipfile, checksums and all, below one folder",
  async () => {
    await using dir = await tempDir();
    const file = await dir.write("a.zip", zipOf(PIECES, { top: "labferry-1", level: 6 }));
    const read = `
import hashlib, json, sys, zipfile
zip = zipfile.ZipFile(sys.argv[1])
assert zip.testzip() is None
print(json.dumps({name: hashlib.sha256(zip.read(name)).hexdigest() for name in zip.namelist()}))`;
    const found = JSON.parse(await output("python3", ["-c", read, file]));
    const expected = PIECES.map(({ name, bytes }) => [`labferry-1/${name}`, sha256(bytes)]);
    assert.deepEqual(found, Object.fromEntries(expected));
  },
);

Deno.test("readSummary counts what a room said, also of one that hung", () => {
  const text = [
    "running 3 tests from ./tests/disk/pool_test.ts",
    "a file is copied ... ok (12ms)",
    "a folder (odd) is walked ... FAILED (1s)",
    "a link is refused ... ignored (0ms)",
    "a share that hangs ...",
  ].join("\n");
  assert.deepEqual(readSummary(text), {
    passed: 1,
    failed: 1,
    skipped: 1,
    failures: ["a folder (odd) is walked"],
  });
});

Deno.test("a room is run file by file, and a file without a summary is told", async () => {
  await using dir = await tempDir();
  for (const name of ["a_test.ts", "deep/b_test.ts", "hangs_test.ts", "helper.ts"]) {
    await dir.write(`labferry/tests/disk/${name}`, "");
  }
  const says: Record<string, { text: string; hung: boolean }> = {
    "tests/disk/a_test.ts": {
      text: "one ... ok (1ms)\n\nok | 1 passed | 0 failed (2ms)\n",
      hung: false,
    },
    "tests/disk/deep/b_test.ts": { text: "two ... ok (1ms)\n", hung: false },
    "tests/disk/hangs_test.ts": { text: "three ... ok (1ms)\nfour ...", hung: true },
  };
  const place = {
    outside: (path: string) => `${dir.path}/${path}`,
    run: (args: readonly string[]) => Promise.resolve({ ...says[args.at(-1)!]!, code: 0 }),
  } as unknown as WinePlace;
  const result = await testRoom(place, "disk");
  assert.equal(result.passed, 3);
  assert.deepEqual(result.unended, ["disk/deep/b_test.ts", "disk/hangs_test.ts"]);
  assert.equal(isFine(result), false);
});
