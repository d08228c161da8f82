import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { MAX_LISTED, Queue } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import {
  hashOf,
  newJob,
  openQueue,
  pathsOf,
  PLACE,
  prove,
  recover,
  sealedRun,
  TurnedClock,
} from "./support.ts";

const coded = (code: string) => (error: unknown) =>
  error instanceof LabferryError && error.code === code;
const own = (paths: readonly string[]) => paths.map((path) => ({ path, sha256: hashOf(path) }));

Deno.test("Queue.beginPass never goes on with what another process has seen", async () => {
  await using dir = await tempDir();
  let passId: number;
  {
    using queue = openQueue(dir);
    const job = await sealedRun(queue, "Run_1", ["a", "b", "c"]);
    queue.files(job.id).setHashes(own(["a", "b", "c"]));
    const pass = queue.passes.begin(job, PLACE);
    passId = pass.id;
    queue.passes.record(pass, own(["a", "b"]));
  }
  using queue = Queue.open(dir.join("sync_queue.db"));
  const [job] = recover(queue);
  const pass = queue.passes.begin(job!, PLACE);
  assert.notEqual(pass.id, passId);
  assert.deepEqual(await pathsOf(queue.passes.unhashed(pass)), ["a", "b", "c"]);
  assert.deepEqual(queue.passes.of(job!.id).map(({ outcome }) => outcome), ["abandoned", "open"]);
});

Deno.test("Queue.beginPass refuses a run that is not sealed", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  assert.throws(() => queue.passes.begin(job, PLACE), coded("pass_overtaken"));
});

Deno.test("Queue.passSummary counts everything once and names what is wrong", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a", "b", "c", "d", "e"]);
  queue.files(job.id).setHashes(own(["a", "b", "c"]));
  const pass = queue.passes.begin(job, PLACE);
  const strangers = queue.passes.record(pass, [
    { path: "a", sha256: hashOf("a") },
    { path: "b", sha256: hashOf("other") },
    { path: "c", sha256: null },
    { path: "d", sha256: hashOf("d") },
    { path: "not in the list", sha256: hashOf("x") },
  ]);
  assert.deepEqual(strangers, ["not in the list"]);
  const { version: _, ...summary } = await queue.passes.summary(pass);
  assert.deepEqual(summary, {
    files: 5,
    matched: 1,
    mismatched: { count: 1, names: ["b"] },
    missing: { count: 1, names: ["c"] },
    notComparable: { count: 1, names: ["d"] },
    pending: 1,
  });
  // The hash on this side may also come after the one over there.
  queue.files(job.id).setHashes(own(["d"]));
  assert.equal((await queue.passes.summary(pass)).matched, 2);
});

Deno.test("Queue.passSummary lists no more than MAX_LISTED names but counts all", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const paths = Array.from({ length: MAX_LISTED + 5 }, (_, i) => `f${String(i).padStart(5, "0")}`);
  const job = await sealedRun(queue, "Run_1", paths);
  const pass = queue.passes.begin(job, PLACE);
  queue.passes.record(pass, paths.map((path) => ({ path, sha256: null })));
  const { missing } = await queue.passes.summary(pass);
  assert.equal(missing.count, MAX_LISTED + 5);
  assert.deepEqual(missing.names, paths.slice(0, MAX_LISTED));
});

Deno.test("Queue.closePass proves every file and keeps the pass for ever", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir, new TurnedClock());
  queue.observedTime.add(1234);
  const job = await sealedRun(queue, "Run_1", ["a", "b"]);
  const first = await prove(queue, job.id);
  assert.deepEqual([first.outcome, first.matched, first.strength, first.observedMs], [
    "passed",
    2,
    "read_back",
    1234,
  ]);
  assert.deepEqual(await Array.fromAsync(queue.files(job.id).list(), (file) => file.provenSha256), [
    hashOf("a"),
    hashOf("b"),
  ]);
  const second = queue.passes.begin(job, PLACE);
  queue.passes.record(second, own(["a"]));
  const end = {
    outcome: "failed",
    strength: "remote_computed",
    notes: ["cut off"],
    extra: 3,
  } as const;
  const summary = await queue.passes.summary(second);
  const closed = queue.passes.close(second, { ...end, summary });
  assert.deepEqual([closed.outcome, closed.matched, closed.extra, closed.notes], [
    "failed",
    1,
    3,
    ["cut off"],
  ]);
  assert.deepEqual(queue.passes.of(job.id), [first, closed]);
  assert.deepEqual(queue.passes.of(job.id, 2), []);
  assert.deepEqual(
    queue.timeline.of(job.id).filter((event) => event.kind === "pass_ended").length,
    2,
  );
});

Deno.test("Queue.closePass never lets a pass claim more than was compared", async (t) => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a", "b"]);
  queue.files(job.id).setHashes(own(["a", "b"]));
  const pass = queue.passes.begin(job, PLACE);
  const refuses = (what: string, end: Parameters<Queue["passes"]["close"]>[1]) =>
    t.step(what, async () => {
      const summary = await queue.passes.summary(pass);
      assert.throws(() => queue.passes.close(pass, { summary, ...end }), coded("pass_incomplete"));
      assert.deepEqual(
        await Array.fromAsync(queue.files(job.id).list(), (file) => file.provenSha256),
        [
          null,
          null,
        ],
      );
      assert.equal(queue.passes.of(job.id)[0]?.outcome, "open");
    });
  const passed = { outcome: "passed", strength: "read_back" } as const;
  await refuses("nothing was hashed", passed);
  queue.passes.record(pass, own(["a"]));
  await refuses("a file was left out", passed);
  queue.passes.record(pass, [{ path: "b", sha256: null }]);
  await refuses("a file is missing", passed);
  queue.passes.record(pass, [{ path: "b", sha256: hashOf("x") }]);
  await refuses("a file differs", passed);
  queue.passes.record(pass, own(["b"]));
  await refuses("only sizes were compared", { outcome: "passed", strength: "size_only" });
  await refuses("nobody knows how", { outcome: "passed" });
  const before = await queue.passes.summary(pass);
  queue.passes.record(pass, own(["b"]));
  await refuses("the list was touched since it was summed up", { ...passed, summary: before });
  const summary = await queue.passes.summary(pass);
  assert.equal(queue.passes.close(pass, { ...passed, summary }).outcome, "passed");
  assert.throws(() => queue.passes.close(pass, { ...passed, summary }), coded("pass_closed"));
});

Deno.test("Queue.adoptFar takes equal far files as sent and as ours, and nothing else", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a", "b", "c"]);
  queue.files(job.id).setHashes(own(["a", "b", "c"]));
  const pass = queue.passes.begin(job, PLACE);
  queue.passes.record(pass, [{ path: "b", sha256: hashOf("older") }, { path: "c", sha256: null }]);
  queue.passes.record(pass, own(["a"]));
  await queue.passes.adopt(pass);
  assert.deepEqual(await pathsOf(queue.files(job.id).list("unsent")), ["b", "c"]);
  assert.deepEqual((await Array.fromAsync(queue.files(job.id).list())).map(({ ours }) => ours), [
    true,
    false,
    false,
  ]);
  queue.passes.close(pass, { outcome: "abandoned" });
  await assert.rejects(() => queue.passes.adopt(pass), coded("pass_closed"));
});

Deno.test("Queue.closePass does not count what an earlier pass found", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a", "b"]);
  await prove(queue, job.id);
  const pass = queue.passes.begin(job, PLACE);
  queue.passes.record(pass, own(["a"]));
  const summary = await queue.passes.summary(pass);
  assert.deepEqual([summary.matched, summary.pending], [1, 1]);
  assert.throws(
    () => queue.passes.close(pass, { outcome: "passed", strength: "read_back", summary }),
    coded("pass_incomplete"),
  );
});
