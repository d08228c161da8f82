/** The door: what a step asks for is performed, whatever else fails, and never before its commit. */
import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/mod.ts";
import { type Effect, JobMoves } from "../../lib/jobs/mod.ts";
import type { Job, Queue } from "../../lib/queue/mod.ts";
import { newJob, openQueue } from "../queue/support.ts";
import { tempDir } from "../support/temp_dir.ts";

const FAILED = {
  type: "failed",
  error: { code: "hash_mismatch", message: "the far copy is not what was sent" },
  random: 0.5,
} as const;

function movesOn(queue: Queue, perform: (job: Job, effect: Effect) => Promise<void>) {
  const moved: Job[] = [];
  const onMoved = (job: Job) => void moved.push(job);
  return { moves: new JobMoves({ queue, clock: systemClock, perform, onMoved }), moved };
}

Deno.test("JobMoves.take performs every effect, also after one that failed, and says so", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  const performed: string[] = [];
  const { moves, moved } = movesOn(queue, (now, { type }) => {
    assert.equal(queue.jobs.byId(now.id)?.state, "failed", "performed before the commit");
    performed.push(type);
    return type === "record_status" ? Promise.reject(new Error("no room")) : Promise.resolve();
  });
  await assert.rejects(moves.take(job, FAILED), /no room/);
  assert.deepEqual(performed, ["record_status", "tell"]);
  assert.deepEqual(moved.map(({ state }) => state), ["failed"]);
});

Deno.test("JobMoves.together performs nothing of what was rolled back", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  const performed: string[] = [];
  const { moves, moved } = movesOn(
    queue,
    (_, { type }) => Promise.resolve(void performed.push(type)),
  );
  await assert.rejects(
    moves.together((take) => {
      take(job, FAILED);
      return take(job, { type: "claimed" });
    }),
    { code: "job_moved" },
  );
  assert.deepEqual([queue.jobs.byId(job.id)?.state, performed, moved], ["queued", [], []]);
});

Deno.test("JobMoves.enter holds a run in the stroke in which it enters", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { moves, moved } = movesOn(queue, () => Promise.resolve());
  const { job } = await moves.enter(
    newJob("Run_1"),
    () => ({ type: "hold", hold: "gate", reason: "a name" }),
  );
  assert.equal(job.hold, "gate");
  assert.equal(moves.claimNext({ equipment: [job.equipmentId], hugeAllowed: true }), null);
  assert.equal(moved.length, 1);
});

Deno.test("JobMoves.ask reads a job again that just moved, and keeps who asked", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  const { moves } = movesOn(queue, () => Promise.resolve());
  await moves.take(job, { type: "pin", pinned: true });
  moves.claimNext({ equipment: [job.equipmentId], hugeAllowed: true });
  const held = await moves.ask(job, { type: "hold", hold: "cancelled", reason: "x" }, {
    by: "ada",
  });
  assert.deepEqual([held.state, held.hold], ["queued", "cancelled"]);
  assert.equal(queue.timeline.of(job.id).at(-1)?.detail["by"], "ada");
  await assert.rejects(moves.ask(held, { type: "claimed" }, { by: "ada" }), {
    code: "wrong_state",
  });
});
