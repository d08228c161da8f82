/** Sums for whoever watches from outside: what a state claims and nobody proved is said apart. */
import assert from "node:assert/strict";
import type { Queue } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { EQUIPMENT, newJob, openQueue, sealedRun, toVerified } from "./support.ts";

async function tallied(queue: Queue, staged: readonly string[]): Promise<string[]> {
  const sums = await queue.runs.tally(staged);
  return sums.map(({ state, unproven, runs }) => `${state} ${unproven} ${runs}`).toSorted();
}

Deno.test("RunList.tally tells rebuilt and handed-over runs from those that were proven", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const at = "2026-04-17T14:32:00.000Z";
  queue.jobs.enqueue(newJob("Rebuilt", { cleaned: { deletionStartedAt: at, scrubDueAt: at } }));
  toVerified(queue, await sealedRun(queue, "Run_1", ["a"]));
  const { id } = toVerified(queue, await sealedRun(queue, "Run_2", ["b"]));
  queue.jobs.enqueue(newJob("Queued"));
  const rest = ["cleaned not_proven 1", "queued null 1"];
  assert.deepEqual(await tallied(queue, []), [...rest, "verified null 2"]);
  assert.deepEqual(await tallied(queue, [EQUIPMENT]), [...rest, "verified handed_over 2"]);
  queue.timeline.note(id, { kind: "on_nas" });
  assert.deepEqual(await tallied(queue, [EQUIPMENT]), [
    ...rest,
    "verified handed_over 1",
    "verified null 1",
  ]);
});
