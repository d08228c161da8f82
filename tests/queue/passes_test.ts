import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { MAX_LISTED, Queue } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import {
  hashOf,
  newJob,
  openQueue,
  PLACE,
  prove,
  recover,
  sealedRun,
  TurnedClock,
} from "./support.ts";

const coded = (code: string) => (error: unknown) =>
  error instanceof LabferryError && error.code === code;
const pathsOf = (items: Iterable<{ readonly path: string }>) => Array.from(items, (it) => it.path);
const own = (paths: readonly string[]) => paths.map((path) => ({ path, sha256: hashOf(path) }));

Deno.test("Queue.beginPass never goes on with what another process has seen", async () => {
  await using dir = await tempDir();
  let passId: number;
  {
    using queue = openQueue(dir);
    const job = sealedRun(queue, "Run_1", ["a", "b", "c"]);
    queue.setHashes(job.id, own(["a", "b", "c"]));
    const pass = queue.beginPass(job, PLACE);
    passId = pass.id;
    queue.recordFar(pass, own(["a", "b"]));
  }
  using queue = Queue.open(dir.join("sync_queue.db"));
  const [job] = recover(queue);
  const pass = queue.beginPass(job!, PLACE);
  assert.notEqual(pass.id, passId);
  assert.deepEqual(pathsOf(queue.unhashedInPass(pass)), ["a", "b", "c"]);
  assert.deepEqual(queue.passes(job!.id).map(({ outcome }) => outcome), ["abandoned", "open"]);
});

Deno.test("Queue.beginPass refuses a run that is not sealed", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.enqueue(newJob("Run_1"));
  assert.throws(() => queue.beginPass(job, PLACE), coded("pass_overtaken"));
});

Deno.test("Queue.passSummary counts everything once and names what is wrong", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = sealedRun(queue, "Run_1", ["a", "b", "c", "d", "e"]);
  queue.setHashes(job.id, own(["a", "b", "c"]));
  const pass = queue.beginPass(job, PLACE);
  const strangers = queue.recordFar(pass, [
    { path: "a", sha256: hashOf("a") },
    { path: "b", sha256: hashOf("other") },
    { path: "c", sha256: null },
    { path: "d", sha256: hashOf("d") },
    { path: "not in the list", sha256: hashOf("x") },
  ]);
  assert.deepEqual(strangers, ["not in the list"]);
  assert.deepEqual(queue.passSummary(pass), {
    files: 5,
    matched: 1,
    mismatched: { count: 1, names: ["b"] },
    missing: { count: 1, names: ["c"] },
    notComparable: { count: 1, names: ["d"] },
    pending: 1,
  });
  // The hash on this side may also come after the one over there.
  queue.setHashes(job.id, own(["d"]));
  assert.equal(queue.passSummary(pass).matched, 2);
});

Deno.test("Queue.passSummary lists no more than MAX_LISTED names but counts all", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const paths = Array.from({ length: MAX_LISTED + 5 }, (_, i) => `f${String(i).padStart(5, "0")}`);
  const job = sealedRun(queue, "Run_1", paths);
  const pass = queue.beginPass(job, PLACE);
  queue.recordFar(pass, paths.map((path) => ({ path, sha256: null })));
  const { missing } = queue.passSummary(pass);
  assert.equal(missing.count, MAX_LISTED + 5);
  assert.deepEqual(missing.names, paths.slice(0, MAX_LISTED));
});

Deno.test("Queue.closePass proves every file and keeps the pass for ever", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir, new TurnedClock());
  queue.addObserved(1234);
  const job = sealedRun(queue, "Run_1", ["a", "b"]);
  const first = prove(queue, job.id);
  assert.deepEqual([first.outcome, first.matched, first.strength, first.observedMs], [
    "passed",
    2,
    "read_back",
    1234,
  ]);
  assert.deepEqual(Array.from(queue.files(job.id), (file) => file.provenSha256), [
    hashOf("a"),
    hashOf("b"),
  ]);
  const second = queue.beginPass(job, PLACE);
  queue.recordFar(second, own(["a"]));
  const end = {
    outcome: "failed",
    strength: "remote_computed",
    notes: ["cut off"],
    extra: 3,
  } as const;
  const closed = queue.closePass(second, end);
  assert.deepEqual([closed.outcome, closed.matched, closed.extra, closed.notes], [
    "failed",
    1,
    3,
    ["cut off"],
  ]);
  assert.deepEqual(queue.passes(job.id), [first, closed]);
  assert.deepEqual(queue.passes(job.id, 2), []);
  assert.deepEqual(queue.events(job.id).filter((event) => event.kind === "pass_ended").length, 2);
});

Deno.test("Queue.closePass never lets a pass claim more than was compared", async (t) => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = sealedRun(queue, "Run_1", ["a", "b"]);
  queue.setHashes(job.id, own(["a", "b"]));
  const pass = queue.beginPass(job, PLACE);
  const refuses = (what: string, end: Parameters<Queue["closePass"]>[1]) =>
    t.step(what, () => {
      assert.throws(() => queue.closePass(pass, end), coded("pass_incomplete"));
      assert.deepEqual(Array.from(queue.files(job.id), (file) => file.provenSha256), [null, null]);
      assert.equal(queue.passes(job.id)[0]?.outcome, "open");
    });
  const passed = { outcome: "passed", strength: "read_back" } as const;
  await refuses("nothing was hashed", passed);
  queue.recordFar(pass, own(["a"]));
  await refuses("a file was left out", passed);
  queue.recordFar(pass, [{ path: "b", sha256: null }]);
  await refuses("a file is missing", passed);
  queue.recordFar(pass, [{ path: "b", sha256: hashOf("x") }]);
  await refuses("a file differs", passed);
  queue.recordFar(pass, own(["b"]));
  await refuses("only sizes were compared", { outcome: "passed", strength: "size_only" });
  await refuses("nobody knows how", { outcome: "passed" });
  assert.equal(queue.closePass(pass, passed).outcome, "passed");
  assert.throws(() => queue.closePass(pass, passed), coded("pass_closed"));
});

Deno.test("Queue.adoptFar takes equal far files as sent and as ours, and nothing else", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = sealedRun(queue, "Run_1", ["a", "b", "c"]);
  queue.setHashes(job.id, own(["a", "b", "c"]));
  const pass = queue.beginPass(job, PLACE);
  queue.recordFar(pass, [{ path: "b", sha256: hashOf("older") }, { path: "c", sha256: null }]);
  queue.recordFar(pass, own(["a"]));
  queue.adoptFar(pass);
  assert.deepEqual(pathsOf(queue.files(job.id, "unsent")), ["b", "c"]);
  assert.deepEqual([...queue.files(job.id)].map(({ ours }) => ours), [true, false, false]);
  queue.closePass(pass, { outcome: "abandoned" });
  assert.throws(() => queue.adoptFar(pass), coded("pass_closed"));
});

Deno.test("Queue.closePass does not count what an earlier pass found", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = sealedRun(queue, "Run_1", ["a", "b"]);
  prove(queue, job.id);
  const pass = queue.beginPass(job, PLACE);
  queue.recordFar(pass, own(["a"]));
  const { matched, pending } = queue.passSummary(pass);
  assert.deepEqual([matched, pending], [1, 1]);
  assert.throws(
    () => queue.closePass(pass, { outcome: "passed", strength: "read_back" }),
    coded("pass_incomplete"),
  );
});
