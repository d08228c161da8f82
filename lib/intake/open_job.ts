/** The job of a run as intake sees it. */
import type { Job, Queue } from "../queue/mod.ts";

/**
 * Null also for a run that was given up before it was complete: its job only keeps the timeline, and when
 * the run goes on after all it is taken as any other.
 */
export function openJob(runPath: string, queue: Pick<Queue, "jobs" | "timeline">): Job | null {
  const job = queue.jobs.byRun(runPath);
  if (job === null || job.hold !== "cancelled" || job.sealedAt !== null) return job;
  return queue.timeline.last(job.id, ["abandoned"]) === null ? job : null;
}
