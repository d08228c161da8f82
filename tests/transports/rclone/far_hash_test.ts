/** A pass is one rclone, however long its list, and keeps every hash under its own name. */
import assert from "node:assert/strict";
import { HashTable } from "../../../lib/transports/rclone/hash_table.ts";
import { sha256 } from "../../contract/stage.ts";
import { testWith } from "../../support/needs.ts";
import { recordingRclone } from "../../support/rclone_place.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { PLACES } from "./places.ts";

const MANY = 4_500;

testWith(
  ["rclone"],
  "RcloneTransport hashes a long list with one rclone, in the list's order",
  async () => {
    await using dir = await tempDir();
    const told = await recordingRclone(dir.path);
    await using session = await PLACES[0]!.open(dir, { binary: told.binary });
    const files = Array.from({ length: MANY }, (_, n) => ({
      path: `d${n % 7}/${String(n).padStart(5, "0")}.dat`,
      sizeBytes: String(n).length,
      mtimeMs: 0,
    })).sort((a, b) => a.path < b.path ? -1 : 1);
    for (let n = 0; n < 7; n++) await Deno.mkdir(dir.join(`base/run/d${n}`), { recursive: true });
    for (const { path } of files) {
      await Deno.writeTextFile(dir.join("base/run", path), String(Number(path.slice(3, 8))));
    }
    const gone = files[1_234]!.path;
    await Deno.remove(dir.join("base/run", gone));
    const found: [string, string | null][] = [];
    let done = { bytesDone: 0, filesDone: 0 as number | null };
    await session.hash({
      farDir: "run",
      files,
      onHash: (path, hash) => found.push([path, hash]),
      onProgress: (progress) => done = progress,
      dropCache: false,
      maxStreamBytes: 0,
      acceptProviderAsserted: false,
      signal: new AbortController().signal,
    });
    const expected = files.map(({ path }) => [
      path,
      path === gone ? null : sha256(String(Number(path.slice(3, 8)))),
    ]);
    assert.deepEqual(found, expected);
    assert.equal(done.filesDone, MANY - 1);
    assert.equal((await told.calls()).filter((call) => call[0] === "hashsum").length, 1);
    const listed = await Array.fromAsync(session.list("run"));
    assert.equal(listed.filter(({ kind }) => kind === "file").length, MANY - 1);
    const streamed = (await told.calls()).filter((call) => call[0] === "lsjson").length;
    assert.equal(streamed, 1, "a long listing is no answer that stands in memory");
  },
);

Deno.test("HashTable keeps each hash under its name and refuses a list that names one twice", async () => {
  const names = ["a", "b/c", "é", "e\u0301"].map((path, n) => ({
    path,
    sizeBytes: n + 1,
    mtimeMs: 0,
  }));
  const table = await HashTable.for(names);
  assert.equal(table.set("b/c", sha256("C")), 2);
  assert.equal(table.set("b/c", sha256("C")), 0, "counted once");
  assert.equal(table.set("not listed", sha256("N")), null);
  assert.equal(table.get("b/c"), sha256("C"));
  for (const path of ["a", "é", "e\u0301", "not listed"]) assert.equal(table.get(path), null);
  await assert.rejects(() => HashTable.for([...names, names[0]!]), RangeError);
});
