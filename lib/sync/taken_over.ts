/** Whether a run that was handed over has reached the NAS, as this PC was told. */
import { isHandedOver, type Job, type Queue, stageOf } from "../queue/mod.ts";
import type { SyncContext } from "./destination.ts";

/** True once the orchestrator was seen to have proven this generation at the NAS. */
export function isTakenOver(
  job: Pick<Job, "id" | "generation">,
  { timeline }: Pick<Queue, "timeline">,
): boolean {
  return timeline.ofGeneration(job, ["on_nas"]).length > 0;
}

/** A run whose copy is at a staging area, and not known to be on the NAS. */
export function isStaged(
  job: Pick<Job, "id" | "generation" | "equipmentId">,
  { staged, queue }: Pick<SyncContext, "staged" | "queue">,
): boolean {
  return staged.has(job.equipmentId) && !isTakenOver(job, queue);
}

/** How a run stands, in the words that people read everywhere. */
export function stageWordsOf(job: Job, context: Pick<SyncContext, "staged" | "queue">): string {
  return stageOf({ ...job, handedOver: isHandedOver(job, isStaged(job, context)) }).words;
}
