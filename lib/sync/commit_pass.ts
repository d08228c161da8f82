/** A clean pass becomes proof: the pass and the job's count of passes are committed as one. */
import type { Failure } from "../jobs/mod.ts";
import type { Job } from "../queue/mod.ts";
import type { Comparison } from "./prove.ts";
import type { Work } from "./work.ts";

/** @throws LabferryError `job_moved`; then the pass was not committed either */
export async function commitPass(comparison: Comparison, { context, moves }: Work): Promise<Job> {
  const { job, pass, verification } = comparison;
  // Once more: the run was looked at since, and what is committed must be true of its list as it is.
  const summary = await context.queue.passes.summary(pass);
  // Time before this instant is no time that the proof has stood.
  context.queue.observedTime.now();
  const proven = await moves.together((take) => {
    closePass("passed", { ...comparison, summary }, context);
    return take(job, { type: "pass_committed", verification });
  });
  await context.queue.passes.finish(job.id);
  return proven;
}

/** Not every file matched: the pass proves nothing, and stays in the history. */
export function failPass(comparison: Comparison, { context }: Work): void {
  closePass("failed", comparison, context);
}

/**
 * As `failPass`, of a run that is proven. The damage is told in the same stroke: a failed pass that
 * nobody was told of would look like one that was, and the next scrub would be an interval away.
 */
export async function failLaterPass(
  comparison: Comparison,
  { context, moves, error }: Work & { readonly error: Failure },
): Promise<Job> {
  const { job, verification } = comparison;
  return await moves.together((take) => {
    closePass("failed", comparison, context);
    return take(job, { type: "far_damage", error, verification });
  });
}

/** All of it matched, and the run may not be called safe: the next one is made when it may. */
export function dropPass(comparison: Comparison, { context }: Work): void {
  closePass("abandoned", comparison, context);
}

function closePass(
  outcome: "passed" | "failed" | "abandoned",
  { pass, summary, verification, extraCount }: Comparison,
  { queue }: Work["context"],
): void {
  queue.passes.close(pass, {
    outcome,
    summary,
    strength: verification.strength,
    notes: verification.notes,
    extra: extraCount,
  });
}
