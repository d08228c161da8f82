import assert from "node:assert/strict";
import fc from "fast-check";
import { compareUtf8, LabferryError } from "../../lib/base/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { hashOf, openQueue, PLACE, prove, sealedRun, seen } from "./support.ts";

const pathsOf = (items: Iterable<{ readonly path: string }>) => Array.from(items, (it) => it.path);
const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => `f${String(i).padStart(5, "0")}`);

Deno.test("Queue.files walks whole and in order while the table is written", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const paths = numbered(1700);
  const { id } = sealedRun(queue, "Run_1", paths);
  const unhashed = queue.files(id, "unhashed");
  const walked: string[] = [];
  for (const { path } of unhashed) {
    walked.push(path);
    // Takes the row out of the very set that is being walked.
    queue.setHashes(id, [{ path, sha256: hashOf(path) }]);
  }
  assert.deepEqual(walked, paths);
  assert.deepEqual([...unhashed], []);
  assert.deepEqual(pathsOf(queue.files(id)), paths);
});

Deno.test("Queue.files can be walked again and again, and two walks do not disturb each other", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const paths = numbered(1001);
  const list = queue.files(sealedRun(queue, "Run_1", paths).id, "present");
  const one = list[Symbol.iterator]();
  one.next();
  assert.deepEqual(pathsOf(list), paths);
  assert.equal(one.next().value?.path, paths[1]);
});

Deno.test("Queue.files sorts by the path's bytes, whatever the names", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  let run = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.string({ unit: "grapheme", minLength: 1 }).map((s) => s.replaceAll("\0", "0")),
        {
          minLength: 1,
          maxLength: 20,
        },
      ),
      (names) => {
        const job = sealedRun(queue, `Run_${run++}`, names);
        assert.deepEqual(pathsOf(queue.files(job.id)), names.toSorted(compareUtf8));
      },
    ),
    { seed: 7, numRuns: 30 },
  );
});

Deno.test("Queue.files filters by what is still to be done", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { id } = sealedRun(queue, "Run_1", ["a", "b", "c"]);
  assert.deepEqual([queue.hasFile(id, "a"), queue.hasFile(id, "A")], [true, false]);
  assert.equal(queue.setSent(id, ["a", "no such file"]), 1);
  queue.setHashes(id, [{ path: "b", sha256: hashOf("b") }]);
  assert.deepEqual(pathsOf(queue.files(id, "unsent")), ["b", "c"]);
  assert.deepEqual(pathsOf(queue.files(id, "unhashed")), ["a", "c"]);
  assert.deepEqual(pathsOf(queue.files(id, "unsent")), ["b", "c"]);
  assert.deepEqual(queue.countFiles(id, "unsent"), { files: 2, bytes: 200 });
  assert.equal(queue.setAllSent(id), 2);
  assert.deepEqual(pathsOf(queue.files(id, "unsent")), []);
  queue.setUnsent(id, ["c"]);
  assert.deepEqual(pathsOf(queue.files(id, "unsent")), ["c"]);
  prove(queue, id);
  queue.setUnsent(id, ["c"]);
  assert.deepEqual(pathsOf(queue.files(id, "unsent")), ["c"]);
});

Deno.test("Queue.files names those with one result in one pass", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = sealedRun(queue, "Run_1", ["a", "b", "c"]);
  queue.setHashes(job.id, ["a", "b", "c"].map((path) => ({ path, sha256: hashOf(path) })));
  const pass = queue.beginPass(job, PLACE);
  queue.recordFar(pass, [{ path: "a", sha256: hashOf("a") }, { path: "b", sha256: hashOf("x") }]);
  queue.recordFar(pass, [{ path: "c", sha256: null }]);
  const names = (result: "matched" | "mismatched" | "missing", id = pass.id) =>
    pathsOf(queue.files(job.id, { pass: id, result }));
  assert.deepEqual([names("matched"), names("mismatched"), names("missing")], [["a"], ["b"], [
    "c",
  ]]);
  assert.deepEqual(names("matched", pass.id + 1), []);
});

Deno.test("Queue.setHashes never replaces a hash that is known", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { id } = sealedRun(queue, "Run_1", ["a", "b", "c"]);
  queue.setHashes(id, [{ path: "a", sha256: hashOf("a") }]);
  const outcome = queue.setHashes(id, [
    { path: "a", sha256: hashOf("rot") },
    { path: "b", sha256: hashOf("b"), stat: seen("b", { mtimeMs: 1 }) },
    { path: "c", sha256: hashOf("c"), stat: seen("c") },
    { path: "d", sha256: hashOf("d") },
  ]);
  assert.deepEqual(outcome, { set: 1, differing: ["a"], stale: ["b", "d"] });
  assert.deepEqual(Array.from(queue.files(id), (file) => file.sha256), [
    hashOf("a"),
    null,
    hashOf("c"),
  ]);
});

Deno.test("Queue.files says that there is no such job", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  assert.throws(
    () => queue.files("none"),
    (error: unknown) => error instanceof LabferryError && error.code === "unknown_job",
  );
});
