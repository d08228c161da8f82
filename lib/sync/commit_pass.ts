/** A clean pass becomes proof: the pass and the job's count of passes are committed as one. */
import type { Job } from "../queue/mod.ts";
import { next } from "../jobs/mod.ts";
import type { Comparison } from "./prove.ts";
import { jobMoved, type Work } from "./work.ts";

/** @throws LabferryError `job_moved`; then the pass was not committed either */
export function commitPass(job: Job, comparison: Comparison, { context }: Work): Job {
  const { pass, verification, extraCount } = comparison;
  return context.queue.together(() => {
    context.queue.closePass(pass, {
      outcome: "passed",
      strength: verification.strength,
      notes: verification.notes,
      extra: extraCount,
    });
    const event = { type: "pass_committed", verification } as const;
    const step = next(job, event, context.clock.now());
    const counted = step && context.queue.transition(job, step.change, step.event);
    if (!counted) throw jobMoved(job, event);
    return counted;
  });
}
