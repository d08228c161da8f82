import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { HUGE_BYTES, LONGEST_RETRY_WAIT_MS } from "../../lib/queue/mod.ts";
import { backoffMs } from "../../lib/jobs/backoff.ts";
import {
  AHEAD,
  DELETABLE,
  DUE,
  IS_AHEAD,
  NEXT_DUE,
  OVERDUE,
  PROMOTE,
  PROMOTE_AHEAD,
  READY_HEAD,
  UNPLANNED,
  VERIFY_HEADS,
} from "../../lib/queue/claims.ts";
import { tempDir } from "../support/temp_dir.ts";
import { claimNext, EQUIPMENT, newJob, openQueue, sealedRun, TurnedClock } from "./support.ts";

const ANY = { equipment: [EQUIPMENT], hugeAllowed: true };
const HOUR_MS = 3_600_000;

const nameOf = (job: { runPath: string } | null) => job?.runPath.split(/[\\/]/).at(-1) ?? null;

Deno.test("Queue.claimNext takes jobs in the order they came and makes them run", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  for (const name of ["Run_1", "Run_2"]) {
    queue.jobs.enqueue(newJob(name));
    clock.turn(1);
  }
  const first = claimNext(queue, ANY)!;
  assert.deepEqual([nameOf(first), first.state], ["Run_1", "running"]);
  assert.equal(queue.timeline.of(first.id).at(-1)?.kind, "claimed");
  assert.equal(nameOf(claimNext(queue, ANY)), "Run_2");
  assert.equal(claimNext(queue, ANY), null);
});

Deno.test("Queue.claimNext lets small runs overtake a huge one, but only for an hour", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  queue.jobs.enqueue(newJob("Huge", { bytes: 100 * HUGE_BYTES }));
  clock.turn(HOUR_MS - 1);
  queue.jobs.enqueue(newJob("Small_in_time"));
  clock.turn(2);
  queue.jobs.enqueue(newJob("Small_too_late"));
  assert.equal(nameOf(claimNext(queue, ANY)), "Small_in_time");
  assert.equal(nameOf(claimNext(queue, ANY)), "Huge");
  assert.equal(nameOf(claimNext(queue, ANY)), "Small_too_late");
});

Deno.test("Queue.claimNext leaves runs of HUGE_BYTES and more alone when they are not allowed", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  queue.jobs.enqueue(newJob("Huge", { bytes: HUGE_BYTES }));
  const small = { equipment: [EQUIPMENT], hugeAllowed: false };
  assert.equal(claimNext(queue, small), null);
  queue.jobs.enqueue(newJob("Almost", { bytes: HUGE_BYTES - 1 }));
  assert.equal(nameOf(claimNext(queue, small)), "Almost");
  assert.equal(nameOf(claimNext(queue, ANY)), "Huge");
});

Deno.test("Queue.claimNext takes the oldest of all the equipment that is asked for", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  for (const [name, equipmentId] of [["Run_1", "B_01"], ["Run_2", "A_01"], ["Run_3", "C_01"]]) {
    queue.jobs.enqueue(newJob(name!, { equipmentId: equipmentId! }));
    clock.turn(1);
  }
  const two = { equipment: ["A_01", "C_01"], hugeAllowed: true };
  assert.equal(nameOf(claimNext(queue, two)), "Run_2");
  assert.equal(nameOf(claimNext(queue, two)), "Run_3");
  assert.equal(claimNext(queue, two), null);
  assert.equal(claimNext(queue, { equipment: [], hugeAllowed: true }), null);
});

Deno.test("Queue.claimNext passes over held and paused jobs", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const held =
    queue.jobs.enqueue(newJob("Run_1", { hold: { hold: "gate", reason: "a finding" } })).job;
  assert.equal(claimNext(queue, ANY), null);
  queue.jobs.transition(held, {
    change: { hold: null, holdReason: null },
    event: { kind: "released" },
  });
  for (const scope of ["*", EQUIPMENT]) {
    queue.pauses.pause({ scope, by: "asmith" });
    assert.equal(claimNext(queue, ANY), null);
    assert.equal(queue.pauses.resume(scope), true);
  }
  assert.equal(nameOf(claimNext(queue, ANY)), "Run_1");
});

Deno.test("Queue.claimNext makes a retry wait for its time, and nextDueAt tells it", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  const nextAttemptAt = new Date(clock.now().getTime() + 30_000).toISOString();
  assert.equal(queue.claims.nextDueAt(), null);
  const waits = queue.jobs.transition(job, {
    change: { nextAttemptAt },
    event: { kind: "attempt_failed" },
  })!;
  assert.equal(queue.claims.nextDueAt(), nextAttemptAt);
  clock.turn(29_999);
  assert.equal(claimNext(queue, ANY), null);
  assert.deepEqual(queue.claims.due({ state: "queued", limit: 9 }), []);
  clock.turn(1);
  assert.deepEqual(queue.claims.due({ state: "queued", limit: 9 }), [waits]);
  const claimed = claimNext(queue, ANY)!;
  assert.deepEqual([nameOf(claimed), claimed.nextAttemptAt], ["Run_1", null]);
  assert.equal(queue.claims.nextDueAt(), null);
});

Deno.test("a due from a clock that stood ten years ahead is due now", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  const at = "2026-04-17T14:30:00.000Z";
  const { job: scrubbed } = queue.jobs.enqueue(
    newJob("Run_2", { cleaned: { deletionStartedAt: at, scrubDueAt: "2036-04-17T14:32:00.000Z" } }),
  );
  queue.jobs.transition(job, {
    change: { nextAttemptAt: "2036-04-17T14:32:30.000Z" },
    event: { kind: "attempt_failed" },
  });
  assert.equal(queue.claims.nextDueAt(["queued"]), clock.now().toISOString());
  assert.equal(nameOf(claimNext(queue, ANY)), "Run_1");
  assert.equal(queue.claims.nextDueAt(["cleaned"]), clock.now().toISOString());
  assert.deepEqual(queue.claims.due({ state: "cleaned", limit: 9 }).map(({ id }) => id), [
    scrubbed.id,
  ]);
});

Deno.test("no retry waits as long as a due may be ahead", () => {
  assert.ok(backoffMs(99, 0.999_999) < LONGEST_RETRY_WAIT_MS);
});

Deno.test("Queue.nextDueAt leaves out held jobs, which time alone does not move", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  queue.jobs.transition(
    job,
    {
      change: {
        nextAttemptAt: "2026-01-01T00:00:00.000Z",
        hold: "destination",
        holdReason: "down",
      },
      event: { kind: "held" },
    },
  );
  assert.equal(queue.claims.nextDueAt(), null);
  assert.equal(claimNext(queue, ANY), null);
  queue.jobs.transition(queue.jobs.byId(job.id)!, {
    change: { hold: null, holdReason: null },
    event: { kind: "released" },
  });
  assert.equal(nameOf(claimNext(queue, ANY)), "Run_1");
});

Deno.test("Queue.claimVerify finds what waits for its pass after a restart, also for a time", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  for (const name of ["Run_1", "Run_2"]) {
    const job = await sealedRun(queue, name, ["a"]);
    queue.jobs.transition(job, { change: { state: "awaiting_verify" }, event: { kind: "pushed" } });
    clock.turn(1);
  }
  const equipment = [EQUIPMENT];
  const first = queue.claims.toVerify({ equipment })!;
  assert.deepEqual([nameOf(first), first.state], ["Run_1", "awaiting_verify"]);
  const second = queue.claims.toVerify({ equipment, busy: new Set([first.id]) })!;
  assert.equal(nameOf(second), "Run_2");
  assert.equal(queue.claims.toVerify({ equipment, busy: new Set([first.id, second.id]) }), null);
  assert.equal(queue.claims.toVerify({ equipment: ["FLOW_01"] }), null);
  const nextAttemptAt = new Date(clock.now().getTime() + 1000).toISOString();
  queue.jobs.transition(first, { change: { nextAttemptAt }, event: { kind: "put_back" } });
  assert.equal(nameOf(queue.claims.toVerify({ equipment })), "Run_2");
  clock.turn(1000);
  assert.equal(nameOf(queue.claims.toVerify({ equipment })), "Run_1");
});

Deno.test("Queue claims by index among 20,000 jobs", async (t) => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const path = dir.join("sync_queue.db");
  queue.jobs.enqueue(newJob("Run_0"));
  using raw = new DatabaseSync(path);
  raw.exec(MANY_JOBS);
  // Statistics must not talk the planner out of it either.
  for (const statistics of ["without", "with"]) {
    if (statistics === "with") raw.exec("ANALYZE");
    for (const [sql, index] of PLANS) {
      await t.step(`${statistics} statistics: ${sql.replaceAll(/\s+/g, " ").slice(0, 70)}…`, () => {
        const plan = raw.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map((row) => row.detail);
        assert.equal(plan.length, 1, JSON.stringify(plan));
        assert.match(String(plan[0]), new RegExp(`^SEARCH jobs USING (COVERING )?${index}`));
      });
    }
  }
  await t.step("and finds the right one", () => {
    const job = claimNext(queue, { equipment: [EQUIPMENT, "E_3"], hugeAllowed: true })!;
    assert.equal(job.runPath, "/many/3");
  });
});

const PLANS: readonly (readonly [sql: string, index: string])[] = [
  [PROMOTE("queued"), "INDEX jobs_due"],
  [PROMOTE("awaiting_verify"), "INDEX jobs_due"],
  [READY_HEAD, "INDEX jobs_ready"],
  [VERIFY_HEADS, "INDEX jobs_to_verify"],
  [PROMOTE_AHEAD("queued"), "INDEX jobs_due"],
  [DUE, "INDEX jobs_due"],
  [AHEAD, "INDEX jobs_due"],
  [IS_AHEAD, "INDEX jobs_due"],
  [NEXT_DUE, "INDEX jobs_due"],
  [UNPLANNED, "INDEX jobs_unplanned"],
  [OVERDUE, "INDEX jobs_due"],
  [DELETABLE, "INDEX jobs_deletable"],
  ["UPDATE jobs SET state = 'queued' WHERE state = 'running'", "INDEX jobs_by_state"],
  ["UPDATE jobs SET hold = NULL WHERE hold = ? AND destination = ?", "INDEX jobs_held"],
  ["SELECT n FROM jobs WHERE state = ? AND n < ? ORDER BY n DESC LIMIT ?", "INDEX jobs_by_state"],
  [
    "SELECT n FROM jobs WHERE equipment_id = ? AND state = ? AND n < ? ORDER BY n DESC LIMIT ?",
    "INDEX jobs_by_equipment",
  ],
  [
    "SELECT * FROM jobs WHERE id >= ?1 AND id < ?1 || char(0x10ffff) ORDER BY id LIMIT 2",
    "INDEX sqlite_autoindex_jobs_1",
  ],
];

/** 20,000 jobs of 10 instruments, most of them verified long ago, some waiting, some due. */
const MANY_JOBS = `
  WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 20000)
  INSERT INTO jobs (id, run_path, equipment_id, destination, far_dir, state, generation, sealed_at,
    files, bytes, attempts, resent, prepared_generation, verify_passes, verified_at, enqueued_ms,
    next_attempt_at, pinned, updated_at)
  SELECT 'id-' || i, '/many/' || i, 'E_' || (i % 10), '/mnt/nas', 'x',
    CASE WHEN i % 10 = 3 THEN 'queued' ELSE 'verified' END, 1, '2026-01-01T00:00:00.000Z',
    1, i, 0, 0, 0, 1, '2026-01-01T00:00:00.000Z', i,
    CASE WHEN i % 20 = 13 THEN '2099-01-01T00:00:00.000Z' END, 0, '2026-01-01T00:00:00.000Z' FROM i`;
