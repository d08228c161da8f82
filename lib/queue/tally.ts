/**
 * How many runs there are of each kind, and how long ago: sums over the whole table for whoever watches
 * from outside. In slices: a hundred thousand rows in one go would hold everybody up.
 */
import { turn } from "../base/mod.ts";
import type { Connection } from "./connection.ts";
import type { Hold, JobState } from "./types.ts";

/** Why a run whose state says "safe" is not: `words.ts` has the words for both. */
export type Unproven = "not_proven" | "handed_over";

/** Runs of one equipment in one state with one hold, of which the same is proven. */
export interface TalliedRuns {
  readonly equipmentId: string;
  readonly state: JobState;
  readonly hold: Hold | null;
  /** Null for states that do not claim it, and for runs that a pass of this queue proved on the NAS. */
  readonly unproven: Unproven | null;
  readonly runs: number;
  readonly bytes: number;
  readonly oldestEnqueuedMs: number;
  readonly newestEnqueuedMs: number;
  /** ISO 8601; null when none was. */
  readonly lastVerifiedAt: string | null;
  /** Files over there that an alarm names. */
  readonly alarmedFiles: number;
  /** Runs that failed because a file here has other bytes than were sealed. */
  readonly localDamaged: number;
}

const SLICE = 2_000;

const UNPROVEN = `CASE
  WHEN state NOT IN ('verified', 'cleanup_eligible', 'cleaned') THEN NULL
  WHEN verify_passes = 0 THEN 'not_proven'
  WHEN state <> 'cleaned' AND equipment_id IN (SELECT value FROM json_each(?3))
    AND NOT EXISTS (SELECT 1 FROM job_events e WHERE e.job = jobs.n AND e.kind = 'on_nas'
      AND e.generation = jobs.generation) THEN 'handed_over'
  END`;

const SUMS =
  `SELECT equipment_id AS equipmentId, state, hold, ${UNPROVEN} AS unproven, count(*) AS runs,
    sum(bytes) AS bytes, min(enqueued_ms) AS oldestEnqueuedMs, max(enqueued_ms) AS newestEnqueuedMs,
    max(verified_at) AS lastVerifiedAt, ifnull(sum(alarm_files), 0) AS alarmedFiles,
    sum(state = 'failed' AND last_error_code = 'local_copy_damaged') AS localDamaged
  FROM jobs WHERE n > ?1 AND n <= ?2 GROUP BY equipment_id, state, hold, unproven`;

/** `stagedEquipment`: ids of those whose runs are only handed over to an orchestrator. */
export async function tallyRuns(
  connection: Connection,
  stagedEquipment: readonly string[],
): Promise<TalliedRuns[]> {
  const staged = JSON.stringify(stagedEquipment);
  const { last } = connection.get<{ last: number | null }>("SELECT max(n) AS last FROM jobs")!;
  const sums = new Map<string, TalliedRuns>();
  for (let after = 0; after < (last ?? 0); after += SLICE) {
    for (const row of connection.all<TalliedRuns>(SUMS, [after, after + SLICE, staged])) {
      const key = JSON.stringify([row.equipmentId, row.state, row.hold, row.unproven]);
      const known = sums.get(key);
      sums.set(key, known ? together(known, row) : row);
    }
    await turn();
  }
  return [...sums.values()];
}

function together(a: TalliedRuns, b: TalliedRuns): TalliedRuns {
  return {
    ...a,
    runs: a.runs + b.runs,
    bytes: a.bytes + b.bytes,
    oldestEnqueuedMs: Math.min(a.oldestEnqueuedMs, b.oldestEnqueuedMs),
    newestEnqueuedMs: Math.max(a.newestEnqueuedMs, b.newestEnqueuedMs),
    lastVerifiedAt: [a.lastVerifiedAt ?? "", b.lastVerifiedAt ?? ""].sort()[1] || null,
    alarmedFiles: a.alarmedFiles + b.alarmedFiles,
    localDamaged: a.localDamaged + b.localDamaged,
  };
}
