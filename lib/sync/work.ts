/** One piece of work on one job: where to, what with, and the moves the machine allows. */
import { LabferryError } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import { type Effect, type MachineEvent, next } from "../jobs/mod.ts";
import type { Destination, SyncContext } from "./destination.ts";

export interface Work {
  readonly destination: Destination;
  readonly context: SyncContext;
  readonly signal: AbortSignal;
  /** What has to be done about a move, beyond the queue: breakers, hooks. Records are done here. */
  readonly onEffect: (job: Job, effect: Effect) => Promise<void>;
  /**
   * The destination answered, as the one it must be. Said at once, not when the run is verified: who
   * sees a verified run must not read that nobody knows how its destination is.
   */
  readonly onReached: () => void;
}

/**
 * Takes one step of the machine and commits it; then performs its effects.
 *
 * @throws LabferryError `job_moved` when the job is no longer where it was read: somebody cancelled,
 * paused or re-enqueued it, and this work is to stop
 */
export async function move(job: Job, event: MachineEvent, work: Work): Promise<Job> {
  const { context } = work;
  const step = next(job, event, context.clock.now());
  const moved = step && context.queue.transition(job, step.change, step.event);
  if (!step || !moved) throw jobMoved(job, event);
  for (const effect of step.effects) await work.onEffect(moved, effect);
  return moved;
}

export function jobMoved(job: Job, event: MachineEvent): LabferryError {
  return new LabferryError("job_moved", "The run was moved by somebody else meanwhile", {
    path: job.runPath,
    why: `it is not ${job.state} any more, so it cannot take the step "${event.type}"`,
    hint: "run `labferry history` on it to see by whom",
  });
}
