/** A clean pass becomes proof: the pass and the job's count of passes are committed as one. */
import type { Job } from "../queue/mod.ts";
import type { Comparison } from "./prove.ts";
import type { Work } from "./work.ts";

/** @throws LabferryError `job_moved`; then the pass was not committed either */
export async function commitPass(
  job: Job,
  comparison: Comparison,
  { context, moves }: Work,
): Promise<Job> {
  const { pass, verification, extraCount } = comparison;
  return await moves.together((take) => {
    context.queue.closePass(pass, {
      outcome: "passed",
      strength: verification.strength,
      notes: verification.notes,
      extra: extraCount,
    });
    return take(job, { type: "pass_committed", verification });
  });
}
