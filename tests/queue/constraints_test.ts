import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { tempDir } from "../support/temp_dir.ts";
import { newJob, openQueue, prove, sealedRun } from "./support.ts";

const AT = "'2026-04-17T14:32:00.000Z'";
const ERROR = "last_error_code = 'x', last_error_message = 'y'";

/** What SQL must never be able to say of a sealed, queued job. */
const NONSENSE: Readonly<Record<string, string>> = {
  "an unknown state": "state = 'done'",
  "an unknown hold": "hold = 'lunch'",
  "a reason without a hold": "hold_reason = 'because'",
  "running while held": "state = 'running', hold = 'gate'",
  "running while waiting for a time": `state = 'running', next_attempt_at = ${AT}`,
  "verified without a time": "state = 'verified', verify_passes = 1",
  "verified without a pass": `state = 'verified', verified_at = ${AT}`,
  "a time of proof without a pass": `verified_at = ${AT}`,
  "cleanup_eligible without proof": "state = 'cleanup_eligible'",
  "cleaned without a beginning": "state = 'cleaned'",
  "deletion under way while queued": `deletion_started_at = ${AT}`,
  "failed without an error": "state = 'failed'",
  "failed but due": `state = 'failed', ${ERROR}, next_attempt_at = ${AT}`,
  "half an error": "last_error_code = 'x'",
  "awaiting_verify without a seal": "state = 'awaiting_verify', sealed_at = NULL",
  "a later generation without a seal": "generation = 2, sealed_at = NULL",
  "generation 0": "generation = 0",
  "prepared for a generation to come": "prepared_generation = 2",
  "a negative attempt": "attempts = -1",
  "negative bytes": "bytes = -1",
  "a time without a zone": "next_attempt_at = '2026-04-17T14:32:00.000'",
  "a time in seconds": "next_attempt_at = '2026-04-17T14:32:00Z'",
  "a flag of 2": "pinned = 2",
  "a verification that is no JSON": "verification = '{'",
  "text for a number": "files = 'many'",
};

Deno.test("jobs refuse rows that contradict their state", async (t) => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a"]);
  queue.jobs.transition(job, { change: { state: "queued" }, event: { kind: "put_back" } });
  using raw = new DatabaseSync(dir.join("sync_queue.db"));
  for (const [what, set] of Object.entries(NONSENSE)) {
    await t.step(what, () => {
      assert.throws(() => raw.prepare(`UPDATE jobs SET ${set}`).run(), /CHECK|cannot store/);
    });
  }
  await t.step("and take sound ones", () => {
    raw.prepare(`UPDATE jobs SET state = 'failed', ${ERROR}`).run();
    raw.prepare(`UPDATE jobs SET state = 'verified', verify_passes = 1, verified_at = ${AT}`).run();
    raw.prepare(`UPDATE jobs SET state = 'cleaned', deletion_started_at = ${AT}`).run();
  });
});

Deno.test("a job cannot be there twice for one run", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  queue.jobs.enqueue(newJob("Run_1"));
  queue.jobs.enqueue(newJob("Run_2"));
  using raw = new DatabaseSync(dir.join("sync_queue.db"));
  assert.throws(() => raw.prepare("UPDATE jobs SET run_path = '/x'").run(), /UNIQUE/);
});

Deno.test("files and passes refuse what cannot be", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a"]);
  await prove(queue, job.id);
  using raw = new DatabaseSync(dir.join("sync_queue.db"));
  const refused = (sql: string) =>
    assert.throws(() => raw.prepare(sql).run(), /CHECK|FOREIGN KEY|UNIQUE|cannot UPDATE generated/);
  refused("UPDATE files SET sha256 = 'ABC'");
  refused(`UPDATE files SET sha256 = '${"A".repeat(64)}'`);
  refused("UPDATE files SET far_pass = 99");
  refused("UPDATE files SET far_pass = NULL");
  refused("UPDATE files SET local_missing = 1, sha256 = NULL");
  refused("UPDATE files SET result = 'matched'");
  refused("UPDATE passes SET strength = 'size_only'");
  refused("UPDATE passes SET missing = 1");
  refused("UPDATE passes SET ended_at = NULL");
  refused("UPDATE passes SET generation = 7");
  refused("UPDATE generations SET files = 0");
  refused("DELETE FROM jobs");
});

Deno.test("destinations say why they are down, and nothing when they are up", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const up = {
    name: "nas",
    uuid: null,
    state: "up",
    code: null,
    reason: null,
    hint: null,
    since: "2026-04-17T14:32:00.000Z",
    nextProbeAt: null,
  } as const;
  assert.throws(() => queue.destinations.set({ ...up, state: "down" }), /CHECK/);
  assert.throws(() => queue.destinations.set({ ...up, code: "auth", reason: "refused" }), /CHECK/);
  assert.throws(() => queue.destinations.set({ ...up, nextProbeAt: up.since }), /CHECK/);
  queue.destinations.set(up);
});
