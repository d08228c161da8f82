/**
 * Letting go of one run's local copy, as one piece of work that can be stopped after any line and begun
 * again: look at everything, ask the interlocks, write the certificate here and over there, commit that
 * it began, delete file by file, write the outcome, commit that it ended. What was begun is taken up
 * with a look of its own: nothing is deleted on what was seen before a stop.
 */
import { createHash } from "node:crypto";
import { isAbort, LabferryError, messageOf, VERSION } from "../base/mod.ts";
import { entriesOf, readOrNull } from "../disk/mod.ts";
import type { Failure, Freed } from "../jobs/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  type Certificate,
  certificateBytes,
  groupFolders,
  groupMembers,
  outcomeBytes,
  parseCertificate,
  RECORD_FILES,
  recordPath,
  RECORDS_DIR,
} from "../records/mod.ts";
import {
  busy,
  connectTo,
  failureFrom,
  type FarWork,
  lockRun,
  refreshSeal,
  type Work,
} from "../sync/mod.ts";
import { sameDisk } from "../transports/mod.ts";
import { keepCleanupRecord, readCleanupRecord, setOldPairAside } from "./cleanup_records.ts";
import type { DeletionPolicy } from "./facts.ts";
import { isForAPerson } from "./for_a_person.ts";
import { forgetRecords, removeEmptyRun } from "./forget_records.ts";
import { gatherFacts } from "./gather.ts";
import type { Interlock } from "./interlock.ts";
import { lastLook, type Looked } from "./last_look.ts";
import { type DeletionVerdict, mayDelete } from "./may_delete.ts";
import { foldersOf, removeEmptyFolders, type Unlinked, unlinkFiles } from "./unlink_files.ts";

export interface CleaningWork extends Work {
  readonly policy: DeletionPolicy;
  /** The records stay beside the data that is gone. @default true */
  readonly retainCache?: boolean;
  /** As in `GatherOptions`. */
  readonly held?: (job: Job) => string | null;
  /** The last entry of the run's report; null when there is none. */
  readonly reportHead?: (job: Job) => Promise<Certificate["report_chain_head"]>;
  /** How long this computer has been up, in milliseconds. @default as the system says it */
  readonly upMs?: () => number;
}

export type LetGo =
  | {
    readonly kind: "cleaned";
    readonly job: Job;
    readonly files: number;
    readonly bytes: number;
    /** Why the records are still here, although they were to go too; null when nothing went wrong. */
    readonly recordsStay: string | null;
  }
  | {
    readonly kind: "kept";
    readonly job: Job;
    readonly reason: string;
    /** What each said; left out where something kept it before they were asked. */
    readonly interlocks?: readonly Interlock[];
  };

/** Something that stopped a deletion under way is tried again after so long. */
const AGAIN_MS = 3_600_000;

/**
 * A deletion that was begun may go on: it waits for nothing, or its time has come. One that is to wait
 * longer than any does was told so by a clock that was wrong.
 */
export function mayGoOn({ nextAttemptAt }: Job, now: Date): boolean {
  if (nextAttemptAt === null) return true;
  const waitMs = Date.parse(nextAttemptAt) - now.getTime();
  return waitMs <= 0 || waitMs > AGAIN_MS;
}

/** Names in the certificate of files that were gone before, and in the outcome of what stayed. */
const MOST_NAMED = 100;

/**
 * @throws LabferryError `run_busy`; whatever kept the look from being made, while nothing was deleted;
 * a deletion that was begun and stopped keeps its reason with the job, and throws it
 */
export async function letGo(job: Job, work: CleaningWork): Promise<LetGo> {
  const outcome = await letGoAlone(job, work);
  const tookRecords = outcome.kind === "cleaned" && work.retainCache === false;
  if (!tookRecords || outcome.recordsStay !== null) return outcome;
  try {
    await removeEmptyRun(job.runPath);
  } catch (error) {
    // It is cleaned, and that is what counts: of an empty folder that somebody looks into it is only said.
    const why = messageOf(error);
    work.context.log("info", `The run's empty folder stays: ${why}`, {
      job: job.id,
      run: job.runPath,
    });
  }
  return outcome;
}

async function letGoAlone(job: Job, work: CleaningWork): Promise<LetGo> {
  const { context, destination, signal } = work;
  using lock = await lockRun(job.runPath, context);
  if (lock === null) throw busy(job);
  try {
    const seal = await refreshSeal(job, { ...work, refusesMassChange: true });
    if (seal.changed) return kept(seal.job, "its data changed, and goes again first");
    await using far = await connectTo(destination, job, { context, signal });
    const there = { ...work, far };
    const looked = await lastLook(seal, there);
    return looked.look() === null
      ? kept(looked.job, "its far copy is not what was proven")
      : await decide(looked, there);
  } catch (error) {
    await stopped(error, { ...work, job });
    throw error;
  }
}

type There = CleaningWork & FarWork;

async function decide(looked: Looked, work: There): Promise<LetGo> {
  const verdict = await verdictOn(looked, work);
  if (verdict.mayDelete) return await begin(looked, { ...work, verdict });
  const reason = verdict.reason ?? "an interlock does not hold";
  const stays = await work.moves.offer(looked.job, { type: "kept_after_all", reason });
  return kept(stays ?? looked.job, reason, verdict.interlocks);
}

async function verdictOn({ job, look }: Looked, work: There): Promise<DeletionVerdict> {
  const onSameDisk = await sameDisk(job.dataDir, work.far.session);
  const facts = await gatherFacts(job, { ...work, sameDisk: onSameDisk, look: look() });
  return mayDelete(facts);
}

async function begin(
  looked: Looked,
  work: There & { readonly verdict: DeletionVerdict },
): Promise<LetGo> {
  const { moves } = work;
  const eligible = looked.job.state === "verified"
    ? await moves.take(looked.job, { type: "kept_long_enough" })
    : looked.job;
  await certify(eligible, work);
  // The certificate took its time: the hour may be over, or somebody may keep the run now.
  const again = await verdictOn({ ...looked, job: currentOf(eligible, work) }, work);
  if (!again.mayDelete) {
    const reason = again.reason ?? "an interlock does not hold any more";
    const stays = await moves.offer(eligible, { type: "kept_after_all", reason });
    return kept(stays ?? eligible, reason, again.interlocks);
  }
  const begun = await moves.take(currentOf(eligible, work), { type: "deletion_begun" });
  return await deleteFiles(begun, work);
}

function currentOf(job: Job, { context }: CleaningWork): Job {
  return context.queue.jobs.byId(job.id) ?? job;
}

/** A deletion that was begun goes on under the certificate it began with. */
async function certify(
  job: Job,
  work: There & { readonly verdict: DeletionVerdict },
): Promise<void> {
  const { context } = work;
  const old = job.deletionStartedAt === null ? null : await readCleanupRecord(job, "certificate");
  if (old === null) await setOldPairAside(job, work);
  const bytes = old ?? certificateBytes({
    at: context.clock.now(),
    host: context.host,
    installation: await context.installation(),
    labferry: VERSION,
    source_path: job.runPath,
    destination: job.destination,
    destination_uuid: work.far.uuid,
    far_path: job.farDir,
    generation: job.generation,
    manifest_sha256: await manifestHash(job),
    ...await context.queue.files(job.id).count("present"),
    already_gone: await alreadyGone(job, work),
    interlocks: work.verdict.interlocks.map(({ name, stand, sentence, evidence }) => ({
      name,
      holds: stand === "holds",
      sentence,
      evidence,
    })),
    report_chain_head: await work.reportHead?.(job) ?? null,
  });
  await keepCleanupRecord(job, { ...work, which: "certificate", bytes });
}

/** @throws LabferryError `record_missing`: without its manifest a certificate certifies nothing */
async function manifestHash(job: Job): Promise<string> {
  const path = recordPath(job.runPath, RECORD_FILES.checksums);
  const bytes = await readOrNull(path);
  if (bytes !== null) return createHash("sha256").update(bytes).digest("hex");
  throw new LabferryError("record_missing", `${path} is not there`, {
    path,
    hint: "`labferry verify RUN` writes it again",
  });
}

async function alreadyGone(
  job: Job,
  { context }: CleaningWork,
): Promise<{ count: number; names: string[] }> {
  const files = context.queue.files(job.id);
  const names: string[] = [];
  for await (const { path } of files.list("localMissing")) {
    if (names.length >= MOST_NAMED) break;
    names.push(path);
  }
  return { count: (await files.count("localMissing")).files, names };
}

async function deleteFiles(job: Job, work: There): Promise<LetGo> {
  const { context, signal, moves } = work;
  const files = context.queue.files(job.id);
  const folders = await foldersOf(files.list("present"));
  const unlinked = await unlinkFiles(job.dataDir, {
    files: files.list("present"),
    signal,
    onGone: (paths) => void files.setLocalMissing(paths),
    objection: () => objectionTo(job, work),
  });
  const emptyDirs = await Array.fromAsync(files.emptyDirs());
  await removeEmptyFolders(job.dataDir, [...folders, ...emptyDirs]);
  const freed = await freedBy(job, unlinked);
  await keepOutcome(job, { ...work, freed, unlinked });
  const cleaned = await moves.take(currentOf(job, work), { type: "deleted", freed });
  const recordsStay = work.retainCache === false ? await takeRecords(cleaned, work) : null;
  return { kind: "cleaned", job: cleaned, ...freed, recordsStay };
}

/** The data is gone by now: what goes wrong here is a matter of some small files, and said as that. */
async function takeRecords(job: Job, work: There): Promise<string | null> {
  const { context, signal } = work;
  try {
    await forgetRecords(job, work);
    return null;
  } catch (error) {
    if (signal.aborted) throw error;
    const { code, message } = failureFrom(error);
    context.queue.timeline.note(job.id, { kind: "records_stay", detail: { code, message } });
    context.log("warn", `The local copy is gone; its records stay here: ${message}`, {
      job: job.id,
      run: job.runPath,
      code,
    });
    return message;
  }
}

/** A person's word in the middle of it counts at once; what is gone is gone, and proven over there. */
async function objectionTo(job: Job, { context }: CleaningWork): Promise<string | null> {
  const now = context.queue.jobs.byId(job.id);
  if (!now || now.state !== job.state || now.generation !== job.generation) {
    return "the run was moved by somebody else meanwhile";
  }
  if (now.pinned) return "a person keeps it now";
  return await context.trees.hold(job, { isActing: true });
}

/** What the certificate announced, less what somebody else deleted: the same after any stop. */
async function freedBy(job: Job, { alreadyGone, bytesAlreadyGone }: Unlinked): Promise<Freed> {
  const path = recordPath(job.runPath, RECORD_FILES.certificate);
  const { files, bytes } = parseCertificate(await certificateOf(job), path);
  return { files: files - alreadyGone, bytes: bytes - bytesAlreadyGone };
}

/** @throws LabferryError `record_missing` */
async function certificateOf(job: Job): Promise<Uint8Array> {
  const certificate = await readCleanupRecord(job, "certificate");
  if (certificate !== null) return certificate;
  throw new LabferryError("record_missing", "The certificate of the deletion is gone", {
    path: recordPath(job.runPath, RECORD_FILES.certificate),
    hint: "the far copy has it; put it back, and the deletion is written down as ended",
  });
}

async function keepOutcome(
  job: Job,
  work: There & {
    readonly freed: Freed;
    readonly unlinked: Unlinked;
  },
): Promise<void> {
  const certificate = await certificateOf(job);
  const { context, freed, unlinked } = work;
  const bytes = outcomeBytes({
    certificate,
    generation: job.generation,
    beganAt: new Date(job.deletionStartedAt ?? context.clock.now()),
    endedAt: context.clock.now(),
    ...freed,
    already_gone: unlinked.alreadyGone,
    left_here: await leftHere(job),
  });
  await keepCleanupRecord(job, { ...work, which: "outcome", bytes });
}

/** The first names of what is still there of the run: newcomers, links, litter. */
async function leftHere({ dataDir, members }: Job): Promise<string[]> {
  const names: string[] = [];
  const [isFile, isFolder] = members === null
    ? [() => true, () => true]
    : [groupMembers(members), groupFolders(members)];
  for (const { name, isDirectory } of await entriesOf(dataDir)) {
    if (name === RECORDS_DIR || !(isDirectory ? isFolder : isFile)(name)) continue;
    names.push(name);
    if (names.length >= MOST_NAMED) break;
  }
  return names.sort();
}

/** Before the first file nothing is lost by a failure; after it the job keeps the reason. */
async function stopped(
  error: unknown,
  { job, ...work }: CleaningWork & { readonly job: Job },
): Promise<void> {
  if (isAbort(error)) return;
  const now = currentOf(job, work);
  const failure: Failure = failureFrom(error);
  if (failure.code === "local_copy_damaged") {
    await work.moves.offer(now, { type: "local_damage", error: failure });
    return;
  }
  if (now.state === "verified" || now.deletionStartedAt === null) {
    // A clean pass of the same look may have taken it from the run since.
    const isTold = job.lastError?.message === failure.message;
    const more = isForAPerson(failure) ? { error: failure, isTold } : {};
    await work.moves.offer(now, { type: "kept_after_all", reason: failure.message, ...more });
    return;
  }
  const retryAt = new Date(work.context.clock.now().getTime() + AGAIN_MS);
  await work.moves.offer(now, { type: "deletion_stopped", error: failure, retryAt });
}

function kept(job: Job, reason: string, interlocks?: readonly Interlock[]): LetGo {
  return { kind: "kept", job, reason, ...(interlocks ? { interlocks } : {}) };
}
