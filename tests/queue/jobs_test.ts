import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import type { JobsQuery } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { claimNext, EQUIPMENT, newJob, openQueue, sealedRun, TurnedClock } from "./support.ts";

Deno.test("Queue.enqueue keeps one row per run", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir, new TurnedClock());
  const first = queue.jobs.enqueue(newJob("Run_1", { bytes: 7, files: 2 }));
  assert.equal(first.created, true);
  assert.equal(first.job.state, "queued");
  assert.equal(first.job.enqueuedAt, "2026-04-17T14:32:00.000Z");
  assert.deepEqual([first.job.files, first.job.bytes, first.job.generation], [2, 7, 1]);
  const second = queue.jobs.enqueue(newJob("Run_1", { farDir: "elsewhere" }));
  assert.deepEqual(second, { job: first.job, created: false });
  assert.deepEqual(queue.timeline.of(first.job.id).map((event) => event.kind), ["enqueued"]);
});

Deno.test("Queue.enqueue takes a cleaned run from the records without granting passes", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1", {
    cleaned: {
      deletionStartedAt: "2026-01-01T00:00:00.000Z",
      scrubDueAt: "2026-04-01T00:00:00.000Z",
    },
  }));
  assert.equal(job.state, "cleaned");
  assert.equal(job.verifyPasses, 0);
  assert.deepEqual(queue.claims.due({ state: "cleaned", limit: 5 }).map(({ id }) => id), [job.id]);
});

Deno.test("Queue.findJob takes an id, the beginning of one, or a run path", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  queue.jobs.enqueue(newJob("Run_2"));
  assert.equal(queue.jobs.find(job.id)?.id, job.id);
  assert.equal(queue.jobs.find(job.id.slice(0, 12))?.id, job.id);
  assert.equal(queue.jobs.find(job.runPath)?.id, job.id);
  assert.equal(queue.jobs.find("no such thing"), null);
  assert.equal(queue.jobs.find(job.id.slice(0, 3)), null);
  assert.equal(queue.jobs.find("%"), null);
});

Deno.test("Queue.findJob refuses a beginning that several ids share", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  // 4 hex digits of a random id: with 2,000 jobs some pair shares them all but certainly.
  const ids = queue.together(() =>
    Array.from({ length: 2000 }, (_, i) => queue.jobs.enqueue(newJob(`Run_${i}`)).job.id)
  );
  const prefixes = ids.map((id) => id.slice(0, 4));
  const shared = prefixes.find((prefix, i) => prefixes.indexOf(prefix) !== i);
  assert.ok(shared);
  assert.throws(
    () => queue.jobs.find(shared),
    (error: unknown) => error instanceof LabferryError && error.code === "ambiguous_job",
  );
});

Deno.test("Queue.jobs lists newest first, a page at a time, by state and equipment", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  for (let i = 0; i < 6; i++) {
    queue.jobs.enqueue(newJob(`Run_${i}`, { equipmentId: i % 2 ? "FLOW_01" : EQUIPMENT }));
  }
  claimNext(queue, { equipment: [EQUIPMENT], hugeAllowed: true });
  const names = (query: JobsQuery) => queue.jobs.list(query).map((job) => job.runPath.slice(-1));
  assert.deepEqual(names({ limit: 4 }), ["5", "4", "3", "2"]);
  const last = queue.jobs.list({ limit: 4 }).at(-1)!;
  assert.deepEqual(names({ limit: 4, after: last.id }), ["1", "0"]);
  assert.deepEqual(names({ limit: 9, equipmentId: "FLOW_01" }), ["5", "3", "1"]);
  assert.deepEqual(names({ limit: 9, states: ["running"] }), ["0"]);
  assert.deepEqual(names({ limit: 2, states: ["running", "queued"], equipmentId: EQUIPMENT }), [
    "4",
    "2",
  ]);
});

Deno.test("Queue.counts has a number for every state and hold", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  await sealedRun(queue, "Run_1", ["a"]);
  queue.jobs.enqueue(newJob("Run_2", { hold: { hold: "gate", reason: "a name with a colon" } }));
  assert.deepEqual(queue.jobs.counts(), {
    queued: 1,
    running: 1,
    awaiting_verify: 0,
    verified: 0,
    cleanup_eligible: 0,
    cleaned: 0,
    failed: 0,
  });
});
