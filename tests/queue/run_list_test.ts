/** The list of runs: filters, orders, pages, and that an index answers all of it. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Queue, RUN_ORDERS, type RunFilter, type RunsAsked } from "../../lib/queue/mod.ts";
import { RUN_GROUPS } from "../../lib/queue/run_groups.ts";
import { pageSql, PROJECTS, PROVEN_SINCE } from "../../lib/queue/run_list.ts";
import { tempDir } from "../support/temp_dir.ts";
import { EQUIPMENT, newJob, openQueue, sealedRun, TurnedClock } from "./support.ts";

const namesOf = (queue: Queue, filter: RunFilter, more: Partial<RunsAsked> = {}) =>
  queue.runs.page({ filter, limit: 100, ...more }).jobs.map(({ farDir }) => farDir);

function threeRuns(queue: Queue, clock: TurnedClock): void {
  const runs = [
    { farDir: "Cortex/Q3/Runs/Run_b", equipmentId: "E_1", bytes: 20 },
    { farDir: "Cortex/Q3/TestRuns/Run_a", equipmentId: "E_2", bytes: 30 },
    { farDir: "Panel/Runs/Run_100%_c", equipmentId: "E_1", bytes: 10 },
  ];
  for (const run of runs) {
    queue.jobs.enqueue(newJob(run.farDir, run));
    clock.turn(1000);
  }
}

Deno.test("RunList filters by instrument, project, date, state, outcome and part of the name", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  const startMs = clock.now().getTime();
  threeRuns(queue, clock);
  const [b, a, c] = ["Cortex/Q3/Runs/Run_b", "Cortex/Q3/TestRuns/Run_a", "Panel/Runs/Run_100%_c"];
  assert.deepEqual(namesOf(queue, {}), [c, a, b]);
  assert.deepEqual(namesOf(queue, { equipmentId: "E_1" }), [c, b]);
  assert.deepEqual(namesOf(queue, { project: "Cortex/Q3" }), [a, b]);
  assert.deepEqual(namesOf(queue, { project: "Cortex" }), []);
  assert.deepEqual(namesOf(queue, { fromMs: startMs + 1000, beforeMs: startMs + 2000 }), [a]);
  assert.deepEqual(namesOf(queue, { search: "run_B" }), [b]);
  assert.deepEqual(namesOf(queue, { search: "0%_" }), [c]);
  assert.deepEqual(namesOf(queue, { search: "n%b" }), [], "a sign of LIKE is a sign like others");
  assert.deepEqual(namesOf(queue, { states: ["queued"] }), [c, a, b]);
  assert.deepEqual(namesOf(queue, { outcome: "safe" }), []);
  assert.equal(queue.runs.count({ equipmentId: "E_1", search: "run" }), 2);
  assert.deepEqual(queue.runs.projects(10), ["Cortex/Q3", "Panel"]);
});

Deno.test("RunList has its orders, and pages there and back", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  threeRuns(queue, clock);
  const leaves = (order: RunsAsked["order"] & string) =>
    namesOf(queue, {}, { order }).map((path) => path.at(-1)).join("");
  assert.deepEqual(RUN_ORDERS.map((order) => `${order} ${leaves(order)}`), [
    "newest cab",
    "oldest bac",
    "largest abc",
    "name bac",
  ]);
  for (const order of RUN_ORDERS) {
    const whole = namesOf(queue, {}, { order });
    const first = queue.runs.page({ order, limit: 2 });
    assert.equal(first.previous, null);
    const second = queue.runs.page({ order, limit: 2, after: first.next! });
    assert.equal(second.next, null);
    assert.deepEqual([...first.jobs, ...second.jobs].map(({ farDir }) => farDir), whole, order);
    const back = queue.runs.page({ order, limit: 2, before: second.previous! });
    assert.deepEqual(back.jobs.map(({ farDir }) => farDir), whole.slice(0, 2), order);
    assert.equal(back.previous, null);
    assert.deepEqual(back.next, first.next);
  }
});

Deno.test("RunList says what runs come to, and never safe of one that no pass compared", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  using queue = openQueue(dir, clock);
  queue.jobs.enqueue(newJob("Held", { hold: { hold: "gate", reason: "names" } }));
  queue.jobs.enqueue(newJob("Stopped", { hold: { hold: "cancelled", reason: "by ada" } }));
  queue.jobs.enqueue(newJob("Queued"));
  const at = clock.now().toISOString();
  queue.jobs.enqueue(newJob("Rebuilt", { cleaned: { deletionStartedAt: at, scrubDueAt: at } }));
  assert.equal(queue.runs.provenSince(), null);
  using raw = new DatabaseSync(dir.join("sync_queue.db"));
  const safe = queue.jobs.enqueue(newJob("Safe")).job;
  raw.prepare(
    "UPDATE jobs SET state = 'verified', sealed_at = ?1, verified_at = ?1, verify_passes = 1 WHERE id = ?2",
  ).run(at, safe.id);
  const outcomes = queue.runs.outcomes().map(({ outcome, runs }) => `${outcome} ${runs}`);
  assert.deepEqual(outcomes, [
    "attention 1",
    "cancelled 1",
    "not_proven 1",
    "on_the_way 1",
    "safe 1",
  ]);
  assert.equal(queue.runs.provenSince(), at);
  const staged = { stagedEquipment: [EQUIPMENT] };
  assert.deepEqual(namesOf(queue, { outcome: "safe" }), ["Cortex/Runs/Safe"]);
  assert.deepEqual(namesOf(queue, { outcome: "safe", ...staged }), []);
  assert.deepEqual(namesOf(queue, { outcome: "handed_over", ...staged }), ["Cortex/Runs/Safe"]);
  queue.timeline.note(safe.id, { kind: "on_nas" });
  assert.deepEqual(namesOf(queue, { outcome: "safe", ...staged }), ["Cortex/Runs/Safe"]);
});

Deno.test("RunList is answered by its indexes among 20,000 runs", async (t) => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  using raw = new DatabaseSync(dir.join("sync_queue.db"));
  raw.exec(MANY_RUNS);
  const filter: RunFilter = {
    outcome: "safe",
    states: ["verified"],
    equipmentId: "E_1",
    project: "P_1",
    search: "x",
    fromMs: 1,
    beforeMs: 9e12,
  };
  const cursor = { key: 5, n: 5 };
  const plansOf = (sql: string) =>
    raw.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail));
  for (const statistics of ["without", "with"]) {
    if (statistics === "with") raw.exec("ANALYZE");
    for (const order of RUN_ORDERS) {
      for (const asked of [{}, { filter }, { filter, after: cursor }, { filter, before: cursor }]) {
        await t.step(`${statistics} statistics: ${order} ${Object.keys(asked)}`, () => {
          const plan = plansOf(pageSql({ order, ...asked }).sql);
          assert.match(plan[0]!, /^(SCAN|SEARCH) jobs USING COVERING INDEX jobs_list_/);
          assert.ok(!plan.some((line) => line.includes("TEMP B-TREE")), "nothing is sorted");
        });
      }
    }
  }
  await t.step("counts and projects", () => {
    assert.match(plansOf(RUN_GROUPS).join(), /SCAN jobs USING COVERING INDEX jobs_by_outcome/);
    assert.match(plansOf(PROVEN_SINCE).join(), /^SCAN jobs USING INDEX jobs_proven_at$/);
    assert.ok(plansOf(PROJECTS).every((line) => !/SCAN jobs/.test(line) || /COVERING/.test(line)));
    assert.deepEqual(queue.runs.projects(3), ["P_0", "P_1", "P_2"]);
    assert.equal(queue.runs.count({ project: "P_1" }), 2_000);
  });
});

Deno.test("RunFiles.page goes through a list by pages and finds parts of names", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const names = Array.from({ length: 7 }, (_, i) => `plate/well_${i}.tif`);
  const job = await sealedRun(queue, "Run_1", names);
  const files = queue.files(job.id);
  const first = await files.page({ limit: 4 });
  assert.deepEqual(first.files.map(({ path }) => path), names.slice(0, 4));
  const second = await files.page({ limit: 4, after: first.next! });
  assert.deepEqual(second.files.map(({ path }) => path), names.slice(4));
  assert.equal(second.next, null);
  const found = await files.page({ limit: 4, search: "WELL_5" });
  assert.deepEqual(found.files.map(({ path }) => path), ["plate/well_5.tif"]);
  assert.deepEqual((await files.page({ limit: 4, search: "%" })).files, []);
});

const MANY_RUNS = `
  WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 20000)
  INSERT INTO jobs (id, run_path, equipment_id, destination, far_dir, state, generation, sealed_at,
    files, bytes, attempts, resent, prepared_generation, verify_passes, verified_at, enqueued_ms,
    pinned, updated_at)
  SELECT 'id-' || i, '/many/' || i, 'E_' || (i % 3), '/mnt/nas',
    'P_' || (i % 10) || '/Runs/Run_' || i, 'verified', 1, '2026-01-01T00:00:00.000Z', 1, i, 0, 0, 0,
    1, '2026-01-01T00:00:00.000Z', i, 0, '2026-01-01T00:00:00.000Z' FROM i`;
