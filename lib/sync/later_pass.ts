/**
 * A pass over a run that is already verified: asked for by a person now, by a schedule later. It
 * takes nothing for granted that the first pass said. Damage found here is an alarm, and the local
 * copy is safe from any cleanup.
 */
import { counted, LabferryError } from "../base/mod.ts";
import type { Job, MissingFiles, Verification } from "../queue/mod.ts";
import { RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import { TransportError } from "../transports/mod.ts";
import { mendManifest } from "./books.ts";
import { connectTo } from "./far_connection.ts";
import { isTakenOver, takeListOver } from "./list_taken_over.ts";
import { commitPass, failLaterPass } from "./commit_pass.ts";
import { failureFrom } from "./failure_message.ts";
import { MissingFilesError } from "./missing_files.ts";
import { type Failure, isProven } from "../jobs/mod.ts";
import {
  compare,
  type CompareWork,
  type Comparison,
  mismatchError,
  rehashDiffering,
} from "./prove.ts";
import { tellSessionAgain } from "./session_part.ts";
import { refreshSeal, type SealResult, type SealWork } from "./seal.ts";
import { askOrchestrator } from "./staged_run.ts";
import type { FarWork, Work } from "./work.ts";
import { lockProvenRun } from "./work_lock.ts";
import { stageWordsOf } from "./taken_over.ts";

/**
 * @throws LabferryError `wrong_state`, `run_busy`; TransportError of the destination or the run
 */
export async function verifyAgain(
  job: Job,
  work: Work & Pick<CompareWork, "dropCache"> & Pick<SealWork, "refusesMassChange">,
): Promise<Job> {
  refuseUnproven(job, work.context);
  using lock = await lockProvenRun(job, { ...work.context, signal: work.signal });
  if (lock === null) throw busy(job);
  const { context, destination, signal } = work;
  const listed = isTakenOver(job) ? await listedAnew(job, work) : job;
  const seal = await sealOrList(listed, work);
  if (seal.changed) return seal.job;
  await using far = await connectTo(destination, job, { context, signal });
  // What the orchestrator has proven at the NAS may be gone from its staging area.
  const isStaged = context.staged.has(job.equipmentId);
  if (isStaged && await askOrchestrator(seal.job, { ...work, far })) return seal.job;
  return (await passOver(seal, { ...work, far })).job;
}

/**
 * Over a connection of its own: the pass has its own too. Where nothing says any more what the run was,
 * its only copy cannot be proven: that is told once, and the next pass tries again.
 */
async function listedAnew(job: Job, work: Work): Promise<Job> {
  const { context, destination, signal } = work;
  await using far = await connectTo(destination, job, { context, signal });
  try {
    return await takeListOver(job, { ...work, far });
  } catch (error) {
    if (!(error instanceof TransportError) || error.code !== "hash_mismatch") throw error;
    if (job.alarm === null) await tellNoManifest(job, { ...work, error });
    throw error;
  }
}

async function tellNoManifest(
  job: Job,
  { context, moves, error }: Work & { readonly error: TransportError },
): Promise<void> {
  const verification: Verification = {
    strength: "size_only",
    matched: 0,
    mismatched: [],
    missing: [`${RECORDS_DIR}/${RECORD_FILES.checksums}`],
    extra: [],
    skipped: [],
    notes: [],
    at: context.clock.now().toISOString(),
  };
  await moves.take(job, {
    type: "far_damage",
    error: { ...failureFrom(error), code: "far_copy_damaged" },
    verification,
  });
}

/**
 * The list as it is, where what happened to the data waits for a person's word: a mass change, files that
 * are gone here and were missed over there, a part of the run that cannot be read or named, a disk that is
 * away. Until it comes the far copy may be the only good one, and is looked at all the more. Nothing of a
 * change is sent or sealed.
 */
async function sealOrList(
  job: Job,
  work: Work & Pick<SealWork, "refusesMassChange">,
): Promise<SealResult> {
  try {
    return await refreshSeal(job, work);
  } catch (error) {
    if (!(error instanceof LabferryError) || !isForAPerson(error, work)) throw error;
    const { path, code } = error;
    work.context.log("warn", error.message, { job: job.id, run: job.runPath, path, code });
    return { job, changed: false, skipped: [], notes: [] };
  }
}

/**
 * What keeps a run from being listed here for as long as nobody does anything about it. A person who asks
 * for the comparison hears of it at once instead.
 */
const FOR_A_PERSON: ReadonlySet<string> = new Set([
  "mass_change",
  "source_unreadable",
  "invalid_utf8_name",
  "root_missing",
]);

/**
 * A comparison that was killed has told the list what it missed, and nobody else: the next one has to be
 * made, or nobody hears of it. After one that was told, files may have been put back over there.
 */
function isForAPerson(
  error: LabferryError,
  { refusesMassChange: isUnasked = false }: Pick<SealWork, "refusesMassChange">,
): boolean {
  return error instanceof MissingFilesError || (isUnasked && FOR_A_PERSON.has(error.code));
}

export interface PassedOver {
  /** As it is now: with one more pass, or failed, or with an alarm. */
  readonly job: Job;
  readonly comparison: Comparison;
}

/**
 * Compares what is proven once more, over a connection of its own, and writes down what was found.
 * Whoever calls it holds the run.
 */
export async function passOver(
  { job, skipped, notes }: SealResult,
  work: FarWork & Pick<CompareWork, "dropCache">,
): Promise<PassedOver> {
  const comparison = await compare(job, { ...work, skipped, notes });
  if (comparison.clean) {
    const { owedManifests } = work.context.queue;
    // Before it: whoever is killed after the pass was committed finds it again.
    owedManifests.note(job.id);
    const passed = await commitPass(comparison, work);
    await mendManifest(passed, work);
    owedManifests.settle(job.id);
    await tellSessionAgain(passed, work);
    return { job: passed, comparison };
  }
  const error = await whatIsDamaged(comparison, work);
  const damaged = await failLaterPass(comparison, { ...work, error });
  return { job: damaged, comparison };
}

function refuseUnproven(job: Job, context: Work["context"]): void {
  if (isProven(job)) return;
  throw new LabferryError("wrong_state", "Only a run that is safe can be verified again", {
    path: job.runPath,
    why: `its state is “${stageWordsOf(job, context)}”`,
    hint: nextOf(job),
  });
}

/** Who waits for a run that does not go by itself waits for ever. */
function nextOf({ id, state, hold }: Job): string {
  const run = id.slice(0, 8);
  if (hold === "cancelled") return `\`labferry retry ${run}\` lets it go again`;
  const said = `\`labferry status ${run}\` says`;
  return state === "failed" || hold !== null
    ? `${said} what it needs first`
    : `wait until it is safe; ${said} how far it is`;
}

export function busy(job: Job): LabferryError {
  return new LabferryError("run_busy", "Another labferry works on this run", {
    path: job.runPath,
    hint: "try again in a moment",
  });
}

/** Of a local file that is not there, is another by now, or cannot be read. */
const NO_ORIGINAL: ReadonlySet<string> = new Set([
  "source_vanished",
  "source_changed",
  "source_unreadable",
  "source_busy",
]);

/** What a retry can send of the damaged files is only what is still here. */
function goneHint({ count, names: [first = ""] }: MissingFiles): string {
  const which = `${counted(count, "of these files is", "of these files are")} not here any more`;
  return `${which} (${
    JSON.stringify(first)
  }): put what is missing back, here or over there, from a backup or a snapshot; then \`labferry retry RUN\``;
}

/**
 * Worse than a damaged far copy is one whose local original has rotted too: it is said first. One that
 * is gone here, or was changed, takes nothing from what was found over there.
 */
async function whatIsDamaged(comparison: Comparison, work: Work): Promise<Failure> {
  const lost = await work.context.queue.files(comparison.job.id).lost();
  const gone = lost.count > 0 ? { hint: goneHint(lost) } : {};
  const far = { ...failureFrom(mismatchError(comparison)), ...gone };
  try {
    await rehashDiffering(comparison, work);
    return { ...far, code: "far_copy_damaged" };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (NO_ORIGINAL.has(error.code)) return { ...far, code: "far_copy_damaged" };
    if (error.code !== "local_copy_damaged") throw error;
    const here = failureFrom(error);
    return { ...here, message: `${here.message}. ${far.message}` };
  }
}
