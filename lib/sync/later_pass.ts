/**
 * A pass over a run that is already verified: asked for by a person now, by a schedule later. It
 * takes nothing for granted that the first pass said. Damage found here is an alarm, and the local
 * copy is safe from any cleanup.
 */
import { LabferryError } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import { commitPass } from "./commit_pass.ts";
import { compare, mismatchError, rehashDiffering } from "./prove.ts";
import { refreshSeal } from "./seal.ts";
import { move, type Work } from "./work.ts";
import { lockRun } from "./work_lock.ts";

/**
 * @throws LabferryError `wrong_state`, `run_busy`; TransportError of the destination or the run
 */
export async function verifyAgain(job: Job, work: Work): Promise<Job> {
  if (job.state !== "verified") {
    throw new LabferryError("wrong_state", "Only a run that is verified can be verified again", {
      path: job.runPath,
      why: `it is ${job.state}${job.hold ? ` and held (${job.hold})` : ""}`,
      hint: "wait until it is verified; `labferry status RUN` says how far it is",
    });
  }
  using lock = await lockRun(job.runPath, work.doors.stateDir);
  if (lock === null) {
    throw new LabferryError("run_busy", "Another labferry works on this run", {
      path: job.runPath,
      hint: "try again in a moment",
    });
  }
  const seal = await refreshSeal(job, work.doors, work.signal);
  if (seal.changed) return seal.job;
  const comparison = await compare(seal.job, work, { skipped: seal.skipped });
  if (comparison.clean) return commitPass(seal.job, comparison, work);
  await rehashDiffering(seal.job, comparison, work);
  const { verification, extraCount, pass } = comparison;
  const { message } = mismatchError(seal.job, comparison);
  work.doors.queue.closePass(pass, {
    outcome: "failed",
    strength: verification.strength,
    notes: verification.notes,
    extra: extraCount,
  });
  const error = { code: "far_copy_damaged", message };
  return await move(seal.job, { type: "far_damage", error, verification }, work);
}
