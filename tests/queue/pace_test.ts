/** How much came, went and waited over time, and that no answer goes through a whole table. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Queue } from "../../lib/queue/mod.ts";
import { CAME, CLAIMED_AT, MOVES, SAFE_AFTER, SEALED } from "../../lib/queue/pace.ts";
import { CAME_LATELY } from "../../lib/queue/storage.ts";
import { tempDir } from "../support/temp_dir.ts";
import { EQUIPMENT, openQueue, sealedRun, toVerified, TurnedClock } from "./support.ts";

const MINUTE_MS = 60_000;

/** A run that came, was sent and became safe, a minute later each. */
async function safeRun(queue: Queue, name: string, clock: TurnedClock) {
  const sealed = await sealedRun(queue, name, ["a", "b"]);
  clock.turn(MINUTE_MS);
  return toVerified(queue, sealed);
}

Deno.test("Pace sums first seals, tells what runs came to, and lists moves", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  const fromMs = clock.now().getTime();
  await safeRun(queue, "Run_1", clock);
  const betweenMs = clock.now().getTime() + 1;
  clock.turn(MINUTE_MS);
  await sealedRun(queue, "Run_2", ["c"]);
  const all = { fromMs, beforeMs: clock.now().getTime() + 1 };
  assert.equal(queue.pace.sealedBytes(all), 300);
  assert.equal(queue.pace.sealedBytes({ ...all, beforeMs: betweenMs }), 200);
  assert.deepEqual([...queue.pace.came(all)], [["on_the_way", 1], ["safe", 1]]);
  assert.deepEqual([...queue.pace.came({ ...all, fromMs: betweenMs })], [["on_the_way", 1]]);
  const moves = await queue.pace.moves(all);
  assert.deepEqual(moves.map(({ kind, fromState, toState }) => `${kind} ${fromState} ${toState}`), [
    "enqueued null queued",
    "claimed queued running",
    "pushed running awaiting_verify",
    "verified awaiting_verify verified",
    "enqueued null queued",
    "claimed queued running",
  ]);
  assert.equal(queue.pace.claimedAt(moves[2]!), new Date(fromMs).toISOString());
  assert.equal(queue.pace.claimedAt(moves[0]!), null);
  assert.deepEqual(await queue.pace.secondsToSafe(all), [60]);
  assert.deepEqual(await queue.pace.secondsToSafe(all, [EQUIPMENT]), [], "handed over is not safe");
  assert.deepEqual(await queue.pace.secondsToSafe(all, ["OTHER_01"]), [60]);
});

Deno.test("Pace.moves gives what a push brought, and each move once however many there are", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  const { id } = await sealedRun(queue, "Run_1", ["a"]);
  using raw = new DatabaseSync(dir.join("sync_queue.db"));
  const add = raw.prepare(`INSERT INTO job_events
    (job, at, kind, from_state, to_state, generation, detail)
    SELECT n, ?, ?, 'running', 'awaiting_verify', 1, ? FROM jobs WHERE id = ?`);
  const at = clock.now().toISOString();
  // Many of one instant: a slice ends in the middle of them.
  for (let i = 0; i < 2_500; i++) add.run(at, "pushed", JSON.stringify({ bytes: i }), id);
  add.run(at, "claimed", JSON.stringify({ bytes: 3 }), id);
  add.run(at, "pushed", JSON.stringify({ bytes: "no number" }), id);
  const moves = await queue.pace.moves({ fromMs: Date.parse(at), beforeMs: Date.parse(at) + 1 });
  assert.equal(new Set(moves.map(({ seq }) => seq)).size, moves.length);
  const bytes = moves.filter(({ kind }) => kind === "pushed").map((move) => move.bytes);
  assert.deepEqual(bytes, [...Array.from({ length: 2_500 }, (_, i) => i), null]);
  assert.equal(moves.find(({ kind }) => kind === "claimed")!.bytes, null);
});

Deno.test("Pace.secondsToSafe counts a run once, when it was safe for the first time", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  const fromMs = clock.now().getTime();
  const job = await safeRun(queue, "Run_1", clock);
  clock.turn(MINUTE_MS);
  using raw = new DatabaseSync(dir.join("sync_queue.db"));
  raw.prepare(`INSERT INTO job_events (job, at, kind, from_state, to_state, generation, detail)
    SELECT n, ?, 'verified', 'awaiting_verify', 'verified', 1, '{}' FROM jobs WHERE id = ?`)
    .run(clock.now().toISOString(), job.id);
  const beforeMs = clock.now().getTime() + 1;
  assert.deepEqual(await queue.pace.secondsToSafe({ fromMs, beforeMs }), [60]);
});

Deno.test("Pace and the disks' forecast read a stretch of an index, never a table", async (t) => {
  await using dir = await tempDir();
  using _queue = openQueue(dir);
  using raw = new DatabaseSync(dir.join("sync_queue.db"));
  raw.exec(MANY_RUNS);
  const plan = (sql: string) =>
    raw.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail)).join("\n");
  for (const statistics of ["without", "with"]) {
    if (statistics === "with") raw.exec("ANALYZE");
    await t.step(`${statistics} statistics`, () => {
      assert.match(
        plan(SEALED),
        /^SEARCH generations USING COVERING INDEX generations_by_time \(sealed_at>\? AND sealed_at<\?\)$/,
      );
      assert.match(
        plan(CAME_LATELY),
        /^SEARCH g USING COVERING INDEX generations_by_time \(sealed_at>\?\)\nSEARCH j USING INTEGER PRIMARY KEY/,
      );
      assert.match(
        plan(CAME),
        /^SEARCH jobs USING COVERING INDEX jobs_list_newest \(enqueued_ms>\? AND enqueued_ms<\?\)/,
      );
      for (const sql of [MOVES, SAFE_AFTER]) {
        assert.match(plan(sql), /^SEARCH \w+ USING INDEX job_moves_by_time/);
        assert.doesNotMatch(plan(sql), /SCAN (job_events|jobs|e|f|j)\b|TEMP B-TREE/);
      }
      assert.match(plan(CLAIMED_AT), /^SEARCH job_events USING INDEX job_events_by_job/);
    });
  }
});

const MANY_RUNS = `
  WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 5000)
  INSERT INTO jobs (id, run_path, equipment_id, destination, far_dir, state, generation, sealed_at,
    files, bytes, attempts, resent, prepared_generation, verify_passes, verified_at, enqueued_ms,
    pinned, updated_at)
  SELECT 'id-' || i, '/many/' || i, 'E_' || (i % 3), '/mnt/nas',
    'P_' || (i % 10) || '/Runs/Run_' || i, 'verified', 1, '2026-01-01T00:00:00.000Z', 1, i, 0, 0, 0,
    1, '2026-01-01T00:00:00.000Z', i, 0, '2026-01-01T00:00:00.000Z' FROM i;
  INSERT INTO generations SELECT n, 1, 'sealed', 'test', sealed_at, 1, bytes, '{}' FROM jobs;
  INSERT INTO job_events (job, at, kind, from_state, to_state, generation, detail)
    SELECT n, updated_at, kind, NULL, state, 1, '{}'
    FROM jobs, (SELECT 'enqueued' AS kind UNION ALL SELECT 'sealed' UNION ALL SELECT 'verified')`;
