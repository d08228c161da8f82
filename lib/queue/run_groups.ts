/**
 * How many runs there are of each kind, from one index: a hundred thousand rows become some dozen, and
 * whatever is counted by state, outcome or equipment is a sum over those.
 */
import type { Connection } from "./connection.ts";
import { remembered } from "./remembered.ts";
import type { Hold, JobState } from "./types.ts";

/** What a run comes to. */
export const RUN_OUTCOMES = [
  "attention",
  "on_the_way",
  "safe",
  /** Proven at an orchestrator's staging area, and not known to be on the NAS. */
  "handed_over",
  "not_proven",
  "cancelled",
] as const;
export type RunOutcome = typeof RUN_OUTCOMES[number];

export interface RunGroup {
  readonly outcome: RunOutcome;
  readonly state: JobState;
  readonly hold: Hold | null;
  /** 1 where the far copy is damaged and the local one gone. */
  readonly alarmed: 0 | 1;
  readonly verifyPasses: number;
  readonly equipmentId: string;
  readonly runs: number;
}

/** `words.ts`'s stages, as far as a row alone can say them. */
export const OUTCOME = `CASE
  WHEN alarm_code IS NOT NULL OR state = 'failed' OR hold = 'gate' THEN 'attention'
  WHEN hold = 'cancelled' THEN 'cancelled'
  WHEN state IN ('verified', 'cleanup_eligible') THEN 'safe'
  WHEN state = 'cleaned' AND verify_passes > 0 THEN 'safe'
  WHEN state = 'cleaned' THEN 'not_proven'
  ELSE 'on_the_way' END`;

/** Grouped by the index itself first. */
export const RUN_GROUPS = `SELECT ${OUTCOME} AS outcome, state, hold,
    alarm_code IS NOT NULL AS alarmed, verify_passes AS verifyPasses,
    equipment_id AS equipmentId, runs FROM (
  SELECT state, hold, alarm_code, verify_passes, equipment_id, count(*) AS runs FROM jobs
    INDEXED BY jobs_by_outcome GROUP BY alarm_code, state, hold, verify_passes, equipment_id)`;

export function runGroups(connection: Connection): readonly RunGroup[] {
  return remembered(connection, "groups", () => connection.all<RunGroup>(RUN_GROUPS));
}

/** How many runs are in the groups that fit. */
export function runsWhere(connection: Connection, fits: (group: RunGroup) => boolean): number {
  return runGroups(connection).reduce((sum, group) => fits(group) ? sum + group.runs : sum, 0);
}

/** Runs of one state with one hold. */
export interface HeldRuns {
  readonly state: JobState;
  readonly hold: Hold;
  readonly runs: number;
}

/**
 * Those that something holds up, of all that claim to be proven nowhere. What holds all open runs of an
 * equipment (a pause, its destination) stands in no row: `outside` says it.
 */
export function heldRuns(
  connection: Connection,
  outside: (equipmentId: string) => Hold | null,
): HeldRuns[] {
  const held = new Map<string, HeldRuns>();
  for (const { outcome, state, hold, alarmed, equipmentId, runs } of runGroups(connection)) {
    if (alarmed || outcome === "safe" || outcome === "not_proven") continue;
    const now = hold ?? (outcome === "on_the_way" ? outside(equipmentId) : null);
    if (now === null) continue;
    const key = `${state} ${now}`;
    held.set(key, { state, hold: now, runs: runs + (held.get(key)?.runs ?? 0) });
  }
  return [...held.values()];
}
