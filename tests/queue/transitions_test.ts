import assert from "node:assert/strict";
import { Queue } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { commit, newJob, openQueue, recover, sealedRun, seen, toVerified } from "./support.ts";

Deno.test("Queue.transition sets what it is told, tells of it, and leaves the rest", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a"]);
  const verification = {
    strength: "read_back",
    matched: 0,
    mismatched: ["a"],
    missing: [],
    extra: [],
    skipped: [],
    notes: [],
  } as const;
  const lastError = { code: "hash_mismatch", message: "1 file differs" };
  const failed = queue.jobs.transition(
    job,
    {
      change: { state: "failed", lastError, verification, attempts: 3, pinned: true, resent: true },
      event: { kind: "failed", detail: { code: "hash_mismatch" } },
    },
  )!;
  assert.deepEqual(failed, {
    ...job,
    state: "failed",
    lastError,
    verification,
    attempts: 3,
    pinned: true,
    resent: true,
    updatedAt: failed.updatedAt,
  });
  assert.deepEqual(queue.jobs.byId(job.id), failed);
  const event = queue.timeline.of(job.id).at(-1)!;
  assert.deepEqual(
    [event.kind, event.fromState, event.toState, event.generation, event.detail],
    ["failed", "running", "failed", 1, { code: "hash_mismatch" }],
  );
});

Deno.test("Queue.transition lets exactly one of two connections win", async () => {
  await using dir = await tempDir();
  using one = openQueue(dir);
  using two = openQueue(dir);
  const { job } = one.jobs.enqueue(newJob("Run_1"));
  const read = two.jobs.byId(job.id)!;
  const won = one.jobs.transition(job, {
    change: { state: "running" },
    event: { kind: "claimed" },
  });
  const lost = two.jobs.transition(read, {
    change: { state: "running" },
    event: { kind: "claimed" },
  });
  assert.equal(won?.state, "running");
  assert.equal(lost, null);
  assert.equal(one.timeline.of(job.id).length, 2);
});

Deno.test("Queue.transition finds no row when hold or generation is another", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  queue.jobs.transition(job, {
    change: { hold: "gate", holdReason: "a finding" },
    event: { kind: "held" },
  });
  assert.equal(
    queue.jobs.transition(job, { change: { state: "running" }, event: { kind: "claimed" } }),
    null,
  );
  const held = queue.jobs.byId(job.id)!;
  assert.equal(
    queue.jobs.transition({ ...held, generation: 2 }, {
      change: { pinned: true },
      event: { kind: "pinned" },
    }),
    null,
  );
  assert.equal(
    queue.jobs.transition({ ...held, id: "none" }, {
      change: { pinned: true },
      event: { kind: "pinned" },
    }),
    null,
  );
  assert.deepEqual(queue.jobs.byId(job.id), held);
});

Deno.test("Queue.transition finds no row once the run was sealed anew", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a"]);
  {
    using round = await queue.seals.begin(job.id);
    await round.see([seen("a"), seen("b")]);
    assert.equal(
      (await commit(round, {
        options: { reason: "changed_after_seal", sealedBy: "test" },
        queue,
      })).state,
      job.state,
    );
  }
  assert.equal(
    queue.jobs.transition(job, { change: { state: "awaiting_verify" }, event: { kind: "pushed" } }),
    null,
  );
});

Deno.test("Queue.transition writes neither row nor event when a CHECK refuses the row", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  assert.throws(
    () =>
      queue.jobs.transition(job, { change: { state: "verified" }, event: { kind: "verified" } }),
    /CHECK/,
  );
  assert.deepEqual(queue.jobs.byId(job.id), job);
  assert.equal(queue.timeline.of(job.id).length, 1);
});

Deno.test("Queue.together commits all of its calls or none", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  assert.throws(() =>
    queue.together(() => {
      queue.jobs.enqueue(newJob("Run_1"));
      queue.observedTime.add(50);
      throw new Error("in between");
    }), /in between/);
  assert.equal(queue.jobs.counts().queued, 0);
  assert.equal(queue.observedTime.ms(), 0);
  queue.together(() => {
    queue.jobs.enqueue(newJob("Run_1"));
    assert.throws(() =>
      queue.together(() => {
        queue.jobs.enqueue(newJob("Run_2"));
        throw new Error("the inner part only");
      })
    );
  });
  assert.equal(queue.jobs.counts().queued, 1);
  assert.throws(() => queue.together(() => Promise.resolve()), /async/);
});

Deno.test("Queue.recover puts running jobs back without charging them, and no others", async () => {
  await using dir = await tempDir();
  const path = dir.join("sync_queue.db");
  {
    using queue = Queue.open(path);
    await sealedRun(queue, "Run_1", ["a"]);
    const waits = await sealedRun(queue, "Run_2", ["a"]);
    queue.jobs.transition(waits, {
      change: { state: "awaiting_verify" },
      event: { kind: "pushed" },
    });
    toVerified(queue, await sealedRun(queue, "Run_3", ["a"]));
  }
  using queue = Queue.open(path);
  const recovered = recover(queue);
  assert.deepEqual(recovered.map((job) => [job.runPath.slice(-5), job.state, job.attempts]), [
    ["Run_1", "queued", 0],
  ]);
  const event = queue.timeline.of(recovered[0]!.id).at(-1)!;
  assert.deepEqual([event.kind, event.fromState, event.toState], [
    "recovered",
    "running",
    "queued",
  ]);
  const { queued, running, awaiting_verify, verified } = queue.jobs.counts();
  assert.deepEqual([queued, running, awaiting_verify, verified], [1, 0, 1, 1]);
  assert.deepEqual(recover(queue), []);
});

Deno.test("Queue.note adds to the timeline and moves nothing", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  assert.equal(
    queue.timeline.note(job.id, { kind: "override_added", detail: { by: "a person" } })?.state,
    "queued",
  );
  assert.deepEqual(queue.timeline.of(job.id).at(-1)?.detail, { by: "a person" });
  assert.equal(queue.timeline.note("none", { kind: "override_added" }), null);
});
