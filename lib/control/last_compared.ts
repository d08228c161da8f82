/**
 * As of when a run is safe (`rules.md` 22): the last moment in which all of its copy was compared and
 * agreed. A copy that is known to be damaged is not called safe, nor one that lies at a staging area.
 */
import type { JobView } from "./views.ts";

export interface LastCompared {
  readonly at: string;
  /** False for a run that is handed over: the NAS has not proven it yet. */
  readonly isSafe: boolean;
}

/** Null for a run of which nothing is proven, and for one whose far copy is damaged. */
export function lastCompared(
  { alarm, handed_over, verification, verified_at, verify_passes }: Pick<
    JobView,
    "alarm" | "handed_over" | "verification" | "verified_at" | "verify_passes"
  >,
): LastCompared | null {
  const at = verification?.at ?? verified_at;
  if (at === null || verify_passes === 0 || alarm !== null) return null;
  return { at, isSafe: !handed_over };
}
