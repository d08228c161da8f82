/** What is asked of all runs before each connection, and by a page, is found by an index. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { SETTLED } from "../../lib/queue/ahead.ts";
import { EXISTING } from "../../lib/queue/seen_runs.ts";
import { LED_TO, PINNED, PLACE_AFTER } from "../../lib/queue/jobs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { EQUIPMENT, movesOf, newJob, openQueue } from "./support.ts";

Deno.test("Jobs.ledElsewhere finds what leads to any other place, and only of its equipment", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const places = ["/a", "/b", "/b", "/c"];
  places.forEach((destination, i) => queue.jobs.enqueue(newJob(`Run_${i}`, { destination })));
  queue.jobs.enqueue(newJob("Other", { destination: "/d", equipmentId: "E_2" }));
  const leaves = (address: string, limit = 10, isThere = false) =>
    queue.jobs.ledElsewhere({ equipmentId: EQUIPMENT, address, limit, isThere })
      .map(({ farDir }) => farDir.at(-1)).join("");
  assert.equal(leaves("/b"), "03");
  assert.equal(leaves("/a"), "123");
  assert.equal(leaves("/new"), "0123");
  assert.equal(leaves("/new", 2), "01");
  assert.equal(leaves("/new", 10, true), "", "nothing of them is anywhere yet");
});

Deno.test("Jobs.pinned lists what a person keeps, newest first", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const jobs = ["Run_1", "Run_2", "Run_3"].map((name) => queue.jobs.enqueue(newJob(name)).job);
  for (const job of [jobs[0]!, jobs[2]!]) {
    await movesOf(queue).ask(job, { type: "pin", pinned: true }, { by: "Ada" });
  }
  assert.deepEqual(queue.jobs.pinned(10).map(({ id }) => id), [jobs[2]!.id, jobs[0]!.id]);
  assert.equal(queue.jobs.pinned(1).length, 1);
});

Deno.test("neither goes through all jobs", async () => {
  await using dir = await tempDir();
  using _queue = openQueue(dir);
  using raw = new DatabaseSync(dir.join("sync_queue.db"));
  const plan = (sql: string) =>
    raw.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail)).join("\n");
  assert.match(
    plan(PLACE_AFTER),
    /^SEARCH jobs USING COVERING INDEX jobs_by_destination \(equipment_id=\? AND destination>\?\)$/,
  );
  assert.match(
    plan(LED_TO),
    /^SEARCH jobs USING INDEX jobs_by_destination \(equipment_id=\? AND destination=\?\)$/,
  );
  assert.match(plan(PINNED), /^SCAN jobs USING INDEX jobs_pinned$/);
});

Deno.test("what is left alone, and what may go ahead, is found among very many rows", async () => {
  await using dir = await tempDir();
  using _queue = openQueue(dir);
  using raw = new DatabaseSync(dir.join("sync_queue.db"));
  for (const statistics of ["", "ANALYZE"]) {
    if (statistics !== "") raw.exec(statistics);
    const plan = (sql: string) =>
      raw.prepare(`EXPLAIN QUERY PLAN ${sql}`).all().map(({ detail }) => String(detail)).join("\n");
    assert.match(plan(EXISTING), /^SCAN seen_runs USING COVERING INDEX seen_existing$/);
    assert.match(plan(SETTLED), /^SEARCH ahead_files USING INDEX ahead_to_go \(run_path=\?\)$/);
  }
});
