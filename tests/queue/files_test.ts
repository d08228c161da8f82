import assert from "node:assert/strict";
import fc from "fast-check";
import { compareUtf8, LabferryError } from "../../lib/base/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { hashOf, openQueue, pathsOf, PLACE, prove, sealedRun, seen } from "./support.ts";

const numbered = (count: number) =>
  Array.from({ length: count }, (_, i) => `f${String(i).padStart(5, "0")}`);

Deno.test("Queue.files walks whole and in order while the table is written", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const paths = numbered(1700);
  const { id } = await sealedRun(queue, "Run_1", paths);
  const unhashed = queue.files(id).list("unhashed");
  const walked: string[] = [];
  for await (const { path } of unhashed) {
    walked.push(path);
    // Takes the row out of the very set that is being walked.
    queue.files(id).setHashes([{ path, sha256: hashOf(path) }]);
  }
  assert.deepEqual(walked, paths);
  assert.deepEqual(await pathsOf(unhashed), []);
  assert.deepEqual(await pathsOf(queue.files(id).list()), paths);
});

Deno.test("Queue.files can be walked again and again, and two walks do not disturb each other", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const paths = numbered(1001);
  const list = queue.files((await sealedRun(queue, "Run_1", paths)).id).list("present");
  const one = list[Symbol.asyncIterator]();
  await one.next();
  assert.deepEqual(await pathsOf(list), paths);
  assert.equal((await one.next()).value?.path, paths[1]);
});

Deno.test("Queue.files sorts by the path's bytes, whatever the names", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(
        fc.string({ unit: "grapheme", minLength: 1 }).map((s) => s.replaceAll("\0", "0")),
        {
          minLength: 1,
          maxLength: 20,
        },
      ),
      async (names) => {
        const job = await sealedRun(queue, `Run_${run++}`, names);
        assert.deepEqual(await pathsOf(queue.files(job.id).list()), names.toSorted(compareUtf8));
      },
    ),
    { seed: 7, numRuns: 30 },
  );
});

Deno.test("Queue.files filters by what is still to be done", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { id } = await sealedRun(queue, "Run_1", ["a", "b", "c"]);
  assert.deepEqual([queue.files(id).has("a"), queue.files(id).has("A")], [true, false]);
  assert.equal(queue.files(id).setSent(["a", "no such file"]), 1);
  queue.files(id).setHashes([{ path: "b", sha256: hashOf("b") }]);
  assert.deepEqual(await pathsOf(queue.files(id).list("unsent")), ["b", "c"]);
  assert.deepEqual(await pathsOf(queue.files(id).list("unhashed")), ["a", "c"]);
  assert.deepEqual(await pathsOf(queue.files(id).list("unsent")), ["b", "c"]);
  assert.deepEqual(await queue.files(id).count("unsent"), { files: 2, bytes: 200 });
  assert.equal(await queue.files(id).setAllSent(), 2);
  assert.deepEqual(await pathsOf(queue.files(id).list("unsent")), []);
  queue.files(id).setUnsent(["c"]);
  assert.deepEqual(await pathsOf(queue.files(id).list("unsent")), ["c"]);
  await prove(queue, id);
  queue.files(id).setUnsent(["c"]);
  assert.deepEqual(await pathsOf(queue.files(id).list("unsent")), ["c"]);
});

Deno.test("Queue.files names those with one result in one pass", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a", "b", "c"]);
  queue.files(job.id).setHashes(["a", "b", "c"].map((path) => ({ path, sha256: hashOf(path) })));
  const pass = queue.passes.begin(job, PLACE);
  queue.passes.record(pass, [{ path: "a", sha256: hashOf("a") }, {
    path: "b",
    sha256: hashOf("x"),
  }]);
  queue.passes.record(pass, [{ path: "c", sha256: null }]);
  const names = (result: "matched" | "mismatched" | "missing", id = pass.id) =>
    pathsOf(queue.files(job.id).list({ pass: id, result }));
  assert.deepEqual([
    await names("matched"),
    await names("mismatched"),
    await names("missing"),
  ], [["a"], ["b"], [
    "c",
  ]]);
  assert.deepEqual(await names("matched", pass.id + 1), []);
});

Deno.test("Queue.setHashes never replaces a hash that is known", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { id } = await sealedRun(queue, "Run_1", ["a", "b", "c"]);
  queue.files(id).setHashes([{ path: "a", sha256: hashOf("a") }]);
  const outcome = queue.files(id).setHashes([
    { path: "a", sha256: hashOf("rot") },
    { path: "b", sha256: hashOf("b"), stat: seen("b", { mtimeMs: 1 }) },
    { path: "c", sha256: hashOf("c"), stat: seen("c") },
    { path: "d", sha256: hashOf("d") },
  ]);
  assert.deepEqual(outcome, { set: 1, differing: ["a"], stale: ["b", "d"] });
  assert.deepEqual(await Array.fromAsync(queue.files(id).list(), (file) => file.sha256), [
    hashOf("a"),
    null,
    hashOf("c"),
  ]);
});

Deno.test("Queue.files says that there is no such job", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  assert.throws(
    () => queue.files("none").list(),
    (error: unknown) => error instanceof LabferryError && error.code === "unknown_job",
  );
});
