/**
 * A pass over a run that is already verified: asked for by a person now, by a schedule later. It
 * takes nothing for granted that the first pass said. Damage found here is an alarm, and the local
 * copy is safe from any cleanup.
 */
import { LabferryError } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import { TransportError } from "../transports/mod.ts";
import { mendManifest } from "./books.ts";
import { connectTo } from "./far_connection.ts";
import { commitPass, failPass } from "./commit_pass.ts";
import { failureFrom } from "./failure_message.ts";
import type { Failure } from "../jobs/mod.ts";
import { compare, type Comparison, mismatchError, rehashDiffering } from "./prove.ts";
import { refreshSeal } from "./seal.ts";
import type { Work } from "./work.ts";
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
  using lock = await lockRun(job.runPath, work.context.stateDir);
  if (lock === null) {
    throw new LabferryError("run_busy", "Another labferry works on this run", {
      path: job.runPath,
      hint: "try again in a moment",
    });
  }
  const seal = await refreshSeal(job, work);
  if (seal.changed) return seal.job;
  const { context, destination, signal } = work;
  await using far = await connectTo(destination, job, { context, signal });
  const there = { ...work, far };
  const { skipped, notes } = seal;
  const comparison = await compare(seal.job, { ...there, skipped, notes });
  if (comparison.clean) {
    const passed = await commitPass(comparison, work);
    await mendManifest(passed, there);
    return passed;
  }
  failPass(comparison, work);
  const error = await whatIsDamaged(comparison, work);
  const { verification } = comparison;
  return await work.moves.take(seal.job, { type: "far_damage", error, verification });
}

/** Worse than a damaged far copy is one whose local original has rotted too: it is said first. */
async function whatIsDamaged(comparison: Comparison, work: Work): Promise<Failure> {
  const far = failureFrom(mismatchError(comparison));
  try {
    await rehashDiffering(comparison, work);
    return { ...far, code: "far_copy_damaged" };
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== "local_copy_damaged") throw error;
    const here = failureFrom(error);
    return { ...here, message: `${here.message}. ${far.message}` };
  }
}
