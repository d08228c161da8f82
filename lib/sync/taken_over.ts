/** Whether a run that was handed over has reached the NAS, as this PC was told. */
import type { Job, Queue } from "../queue/mod.ts";

/** True once the orchestrator was seen to have proven this generation at the NAS. */
export function isTakenOver(
  job: Pick<Job, "id" | "generation">,
  { timeline }: Pick<Queue, "timeline">,
): boolean {
  return timeline.ofGeneration(job, ["on_nas"]).length > 0;
}
