/**
 * The seal: the fixed list of a run's data files. `refreshSeal` walks the run and says whether it is
 * still what was sealed. A file with another stat is read again: if its bytes are the same only the
 * stat is taken over; if they differ, or there are new files, the run gets a new generation, and
 * what was proven of the old one no longer counts.
 */
import { LabferryError } from "../base/mod.ts";
import type { WalkEntry, WalkProblem } from "../disk/mod.ts";
import { isProven } from "../jobs/mod.ts";
import type { Job, SealRound, StatDifference } from "../queue/mod.ts";
import { isLitter, isRecordPath } from "../records/mod.ts";
import { TransportError } from "../transports/mod.ts";
import { type AcceptedLoss, acceptedLoss, MissingFilesError } from "./missing_files.ts";
import { hashLocal, type LocalFile } from "./local_hash.ts";
import { refuseMassChange, replacedIn } from "./mass_change.ts";
import { NotCarried } from "./not_carried.ts";
import { mayBeAnothers, walkBack } from "./group_back.ts";
import { walkData } from "./run_data.ts";
import { sourceFolderNow } from "./owner.ts";
import type { SyncContext } from "./destination.ts";
import type { Work } from "./work.ts";
import { isRunGone, rootOrRun, runGone, sourceAway } from "./run_gone.ts";

export interface SealResult {
  readonly job: Job;
  /** True when there is a new generation (or the first). */
  readonly changed: boolean;
  /** Links, sockets and the like: they are no data files, would not arrive, and are named. */
  readonly skipped: readonly string[];
  /** What its files have that is not carried, for the receipt. */
  readonly notes: readonly string[];
}

export interface SealWork extends Pick<Work, "context" | "moves" | "signal"> {
  /** Nobody asked for the run: data that changed as under ransomware is a person's to judge. */
  readonly refusesMassChange?: boolean;
}

/** Links and odd files named in a verification. */
const MAX_SKIPPED_LISTED = 1000;

/**
 * @throws LabferryError `source_vanished`, `source_unreadable`, `source_changed`,
 * `invalid_utf8_name`, `nothing_to_seal`; `mass_change` where it is refused
 */
export async function refreshSeal(
  job: Job,
  { context, moves, signal, refusesMassChange = false }: SealWork,
): Promise<SealResult> {
  using round = await context.queue.seals.begin(job.id);
  const walk = { job, round, context, signal };
  await refuseAway(walk);
  const { skipped, notes } = await seeRun(walk);
  // What was listed is the run's only if the share was there all the time.
  await refuseAway(walk);
  await round.end();
  const leftOut = await refuseVanished(walk);
  await settleSameBytes(walk);
  const changes = round.changes();
  const { needsGeneration } = changes;
  const replaced = replacedIn(job, changes);
  if (refusesMassChange) refuseMassChange(job, { replaced, context });
  if (job.sealedAt !== null && !needsGeneration && leftOut === null) {
    return { job: await round.unchanged(), changed: false, skipped, notes };
  }
  const completeness = context.queue.seen.evidenceOf(job.runPath);
  const reason = job.sealedAt === null ? "sealed" : "changed_after_seal";
  const sealed = await moves.seal(round, {
    reason: leftOut ? "missing_accepted" : reason,
    sealedBy: leftOut?.operator ?? "labferry",
    evidence: {
      skipped: skipped.length,
      ...(refusesMassChange && replaced > 0 ? { replaced_unasked: replaced } : {}),
      ...(leftOut ? { left_out: leftOut } : {}),
      ...(completeness ? { completeness } : {}),
    },
    told: toldOf(completeness),
    forgetLost: leftOut !== null,
    ...(job.sealedAt === null ? { sourceFolder: await sourceFolderNow(job.runPath) } : {}),
  });
  return { job: sealed, changed: true, skipped, notes };
}

/** Nobody reads a generation's evidence: what the instrument said of the run stands in its history too. */
const TOLD = ["outcome", "outcome_told_by", "expected_missing", "forbidden_there"] as const;

function toldOf(completeness: Readonly<Record<string, unknown>> | null): Record<string, unknown> {
  const told = TOLD.flatMap((name) => {
    const value = completeness?.[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(told);
}

/** One walk over a run, compared with its list. */
interface SealWalk {
  readonly job: Job;
  readonly round: SealRound;
  readonly context: SyncContext;
  readonly signal: AbortSignal;
}

async function refuseAway({ job, context: { sources } }: SealWalk): Promise<void> {
  const away = await sourceAway(job, { sources });
  if (away !== null) throw away;
}

async function seeRun(walk: SealWalk): Promise<Pick<SealResult, "skipped" | "notes">> {
  const { job, round, context } = walk;
  const skipped: string[] = [];
  const notCarried = new NotCarried();
  const isIgnored = context.ignored.get(job.equipmentId);
  const listed = context.queue.files(job.id);
  for await (const batch of walkRun(walk)) {
    const files = [];
    for (const entry of batch) {
      if (isRecordPath(entry.path)) continue;
      if (entry.kind === "problem") throw problemError(job.dataDir, entry);
      if (context.litter === "skip" && isLitter(entry.path)) {
        if (entry.kind !== "directory") skipped.push(entry.path);
        continue;
      }
      // What was sealed once stays in the list, whatever the patterns have become since.
      if (entry.kind === "file" && isIgnored?.(entry.path) && !listed.has(entry.path)) {
        skipped.push(entry.path);
        continue;
      }
      notCarried.see(entry);
      if (entry.kind === "file") files.push(entry);
      else if (entry.kind !== "directory") skipped.push(entry.path);
      else if (entry.empty) round.emptyDirectory(entry.path);
    }
    if (files.length > 0) await round.see(files);
  }
  return { skipped: skipped.slice(0, MAX_SKIPPED_LISTED), notes: notCarried.notes() };
}

async function* walkRun({ job, context, signal }: SealWalk): AsyncGenerator<WalkEntry[]> {
  try {
    // What has a name that was let go, and is not what was let go, is another run's (`rules.md` 25).
    if (mayBeAnothers(job)) {
      for await (const { back } of walkBack(job, { context, signal })) yield back;
      return;
    }
    const isPulled = context.sources.isPulled(job.equipmentId);
    yield* walkData(job, { pool: context.pool, signal, isPulled });
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "not_found") throw error;
    const gone = runGone(job.runPath, error);
    if (!isProven(job)) throw gone;
    // Of a proven run a person may delete everything, the folder too: nothing of it is seen then.
    const present = await context.queue.files(job.id).count("present");
    if (present.files === 0) return;
    const failure = await rootOrRun(gone, { job, ...context });
    if (!isRunGone(failure)) throw failure;
  }
}

function problemError(dataDir: string, problem: WalkProblem): LabferryError {
  const path = `${dataDir}/${problem.path}`;
  switch (problem.code) {
    case "vanished":
      return new TransportError("source_changed", "The run changed while it was listed", {
        path,
        why: problem.message,
      });
    case "invalid_utf8_name":
      return new LabferryError("invalid_utf8_name", "A file name is not valid UTF-8", {
        path,
        why: "no manifest and no other system could name it",
        hint: "rename the file; the place is shown with � for the bytes that cannot be read",
      });
    default:
      return new TransportError("source_unreadable", "A part of the run cannot be read", {
        path,
        why: problem.message,
        hint: "give the user labferry runs as the right to read it, then `labferry retry RUN`",
      });
  }
}

/**
 * A sealed file that was never proven and is gone, or one that is gone here and is not as sealed over
 * there, is a loss a person must know of and accept by name (`rules.md` 5). Returns what was accepted.
 *
 * @throws MissingFilesError
 */
async function refuseVanished({ job, round, context }: SealWalk): Promise<AcceptedLoss | null> {
  if (job.sealedAt === null) return null;
  const missing = await round.lost();
  if (missing.count === 0) return null;
  const accepted = acceptedLoss(job, missing, context);
  if (accepted) return accepted;
  // It has its alarm, and new data goes (`rules.md` 1): as a run that fails for them, with names to accept.
  if (job.state === "cleaned" && round.changes().added > 0) return null;
  throw new MissingFilesError(job, missing);
}

/** Reads again what has another stat; the same bytes are no change. */
async function settleSameBytes({ job, round, context, signal }: SealWalk): Promise<void> {
  const readable = async function* (): AsyncGenerator<LocalFile> {
    for await (const { seen, known } of knownBytes(round.statDiffers)) {
      yield { ...seen, known: known.sha256 };
    }
  };
  for await (const batch of hashLocal(job.dataDir, readable(), { context, signal })) {
    round.setHashes(batch);
  }
}

/** Only a file of the same size with a known hash can still have the same bytes. */
async function* knownBytes(
  differences: AsyncIterable<StatDifference>,
): AsyncGenerator<StatDifference> {
  for await (const difference of differences) {
    const { seen, known } = difference;
    if (known.sha256 !== null && seen.sizeBytes === known.sizeBytes) yield difference;
  }
}
