/** The states of a run whose generation is proven at its destination, whatever is left of it here. */
import type { Job, JobState } from "../queue/mod.ts";

const PROVEN: ReadonlySet<JobState> = new Set(["verified", "cleanup_eligible", "cleaned"]);

export function isProven({ state }: Pick<Job, "state">): boolean {
  return PROVEN.has(state);
}
