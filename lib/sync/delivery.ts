/**
 * A run's way from "claimed" to "verified", as one piece of work: seal, prepare, send, prove, close
 * the books. It can be stopped after any line and begun again; what is done is not done again. All
 * that can go wrong ends here as one step of the machine.
 */
import { isAbort, LabferryError, messageOf } from "../base/mod.ts";
import { type FileLock, isSilence } from "../disk/mod.ts";
import { type Job, MAX_LISTED } from "../queue/mod.ts";
import { closeBooks } from "./books.ts";
import { beginConnecting, type Connecting, connectTo } from "./far_connection.ts";
import { prepareFar, refuseNames } from "./prepare.ts";
import { commitPass, dropPass, failPass } from "./commit_pass.ts";
import { EarlyProof } from "./early_proof.ts";
import { failureFrom } from "./failure_message.ts";
import { holdEvent } from "./gatekeeper.ts";
import { readStated } from "./origin.ts";
import { compare, type Comparison, mismatchError, rehashDiffering } from "./prove.ts";
import { refreshSeal, type SealResult } from "./seal.ts";
import { rootOrRun } from "./run_gone.ts";
import { logRun } from "./run_log.ts";
import { noteSession, tellSession } from "./session_part.ts";
import { sendFiles } from "./send.ts";
import type { FarWork, Work } from "./work.ts";
import { lockRun } from "./work_lock.ts";

/** A run that somebody else works on is looked at again after so long. */
const BUSY_AGAIN_MS = 5_000;
/** One whose own share does not answer: a trouble of that place, of which nothing is charged. */
const SILENT_AGAIN_MS = 30_000;

interface NotNow {
  readonly reason: string;
  readonly afterMs: number;
}

/** Takes a `running` or `awaiting_verify` job as far as it goes, and returns it as it is then. */
export async function deliver(job: Job, work: Work): Promise<Job> {
  try {
    const locked = await lockToDeliver(job, work);
    if ("reason" in locked) return await putBack(job, { ...work, ...locked });
    using _lock = locked;
    return await deliverLocked(job, work);
  } catch (error) {
    return await settle(error, { ...work, jobId: job.id });
  }
}

/** A run that is proven, or pushed just now, went there as far as it had to. */
export function hasWritten(before: Pick<Job, "state">, after: Pick<Job, "state">): boolean {
  return after.state === "verified" ||
    (before.state === "running" && after.state === "awaiting_verify");
}

async function lockToDeliver(
  { runPath }: Job,
  { context: { stateDir }, signal }: Work,
): Promise<FileLock | NotNow> {
  try {
    return await lockRun(runPath, { stateDir, signal }) ??
      { reason: "another labferry works on this run", afterMs: BUSY_AGAIN_MS };
  } catch (error) {
    if (!isSilence(error)) throw error;
    return { reason: error.message, afterMs: SILENT_AGAIN_MS };
  }
}

async function deliverLocked(job: Job, work: Work): Promise<Job> {
  if (job.state === "running") {
    const verdict = await work.context.gatekeeper.judge(job.runPath, work.signal);
    if (verdict.kind === "blocked") return await work.moves.take(job, holdEvent(verdict));
  }
  if (job.state === "running") await work.context.queue.files(job.id).forgetFarResults();
  const seal = await refreshSeal(job, work);
  const { job: sealed } = seal;
  if (sealed.state === "running" || sealed.state === "awaiting_verify") {
    await readStated(sealed, work);
  }
  if (sealed.state === "awaiting_verify") return await prove(seal, work);
  if (sealed.state !== "running") return sealed;
  await refuseNames(sealed, work);
  return await sendAndProve(seal, work);
}

async function sendAndProve(seal: SealResult, work: Work): Promise<Job> {
  await using ending = new AsyncDisposableStack();
  const { job, early } = await send(seal.job, { ...work, ending });
  await using _connection = early;
  return await prove({ ...seal, job, early: await early.isAlive() ? early : null }, work);
}

/**
 * The connection of the push ends with it, and whoever called waits for that in the end; that of the
 * proof beside it goes on into the pass.
 */
async function send(
  job: Job,
  { ending, ...work }: Work & { readonly ending: AsyncDisposableStack },
): Promise<{ job: Job; early: EarlyProof }> {
  // Both at once: over ssh a connection takes some tenths of a second, over a long line more.
  await using connecting = beginConnecting(work.destination, job, work);
  const far = await connectTo(work.destination, job, work);
  const end = async () => await far[Symbol.asyncDispose]();
  try {
    return await sendOver(job, { ...work, far, connecting });
  } finally {
    const ended = end();
    // A failure of the push comes first; this one is met where it is waited for.
    ended.catch(() => {});
    ending.defer(() => ended);
  }
}

async function sendOver(
  job: Job,
  { connecting, far, ...work }: FarWork & { readonly connecting: Connecting },
): Promise<{ job: Job; early: EarlyProof }> {
  const prepared = await prepareFar(job, { ...work, far });
  await tellSession(prepared, { ...work, far, state: "sealed" });
  const early = await EarlyProof.begin(prepared, { ...work, connecting });
  try {
    const sent = await sendFiles(prepared, { ...work, far, early });
    await work.context.queue.files(job.id).setAllSent();
    const pushed = await work.moves.together(
      (take) => take(prepared, { type: "pushed", sent }),
      { flush: false },
    );
    return { job: pushed, early };
  } catch (error) {
    await early[Symbol.asyncDispose]();
    throw error;
  }
}

/** Without what was hashed beside a push it connects anew; the books are closed over it too. */
async function prove(
  { job, skipped, notes, early = null }: SealResult & { readonly early?: EarlyProof | null },
  work: Work,
): Promise<Job> {
  await using connected = early ? null : await connectTo(work.destination, job, work);
  const there = { ...work, far: early?.far ?? connected! };
  // Also when a pass was committed before a restart: between then and now anything may have
  // happened over there, and the far manifest must not vouch for what nobody looked at.
  const comparison = await compare(job, { ...there, skipped, notes, early });
  const seal = await refreshSeal(job, work);
  if (seal.changed) return seal.job;
  if (!comparison.clean) return await answerMismatch(comparison, work);
  if ((comparison.verification.origin?.differs ?? 0) > 0) {
    const verdict = await work.context.gatekeeper.judge(job.runPath, work.signal);
    if (verdict.kind === "blocked") {
      dropPass(comparison, work);
      return await work.moves.take(comparison.job, holdEvent(verdict));
    }
  }
  const proven = await commitPass(comparison, work);
  await closeBooks(proven, there);
  await tellSession(proven, { ...there, state: "proven" });
  const safe = await work.moves.take(proven, { type: "books_closed" });
  await noteSession(safe, work);
  return safe;
}

async function answerMismatch(comparison: Comparison, work: Work): Promise<Job> {
  const { job } = comparison;
  const paths = await rehashDiffering(comparison, work);
  failPass(comparison, work);
  // Files that are gone here, and missing or another over there, are a loss a person has to know of;
  // accepted, they leave the list with a new generation.
  const seal = await refreshSeal(job, work);
  if (seal.changed) return seal.job;
  if (job.resent || paths.length === 0) throw mismatchError(comparison);
  work.context.queue.files(job.id).setUnsent(paths);
  return await work.moves.take(job, {
    type: "resend",
    paths: paths.slice(0, MAX_LISTED),
    count: paths.length,
  });
}

/** Uncharged; one that somebody moved meanwhile stays where they put it. */
async function putBack(
  job: Job,
  { context, moves, reason, afterMs }: Work & NotNow,
): Promise<Job> {
  const notBefore = new Date(context.clock.now().getTime() + afterMs);
  return await moves.take(job, { type: "put_back", reason, notBefore });
}

/** What the error means for the job, as one step. */
async function settle(error: unknown, work: Work & { readonly jobId: string }): Promise<Job> {
  const { context, jobId } = work;
  const job = context.queue.jobs.byId(jobId);
  if (job === null) throw error;
  if (error instanceof LabferryError && error.code === "job_moved") return job;
  if (job.state !== "running" && job.state !== "awaiting_verify") {
    // What was left to say of it is said by a later pass; the fault itself must not go unseen.
    if (!isAbort(error)) {
      const about = { job: job.id, run: job.runPath, stack: stackOf(error) };
      context.log("warn", `A fault after the run was ${job.state}: ${messageOf(error)}`, about);
    }
    return job;
  }
  if (isAbort(error) && work.signal.aborted) {
    return await work.moves.take(job, { type: "put_back", reason: "stopped", notBefore: null });
  }
  const failure = failureFrom(await rootOrRun(error, { job, ...context }));
  context.log("warn", failure.message, {
    job: job.id,
    code: failure.code,
    run: job.runPath,
    stack: stackOf(error),
  });
  const settled = await work.moves.take(job, {
    type: "failed",
    error: failure,
    random: context.random(),
  });
  const level = settled.state === "failed" ? "ERROR" : "WARN";
  await logRun(settled, { level, message: failure.message, context });
  return settled;
}

/** Only a fault of ours needs its stack; an error a person can meet explains itself. */
function stackOf(error: unknown): string | undefined {
  return error instanceof LabferryError
    ? undefined
    : error instanceof Error
    ? error.stack
    : undefined;
}
