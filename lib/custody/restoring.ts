/**
 * Bringing a run back to its own place. It is pinned first, so that no round of the cleaner takes again
 * what a person has asked for. What comes is on the list again as it came; a run whose local copy was
 * let go then goes the ordinary way once more: its generation is compared, and it is safe with two
 * copies. With a part of it (`--only`) its state stays what it is.
 */
import { dirname, join } from "node:path";
import { counted, LabferryError } from "../base/mod.ts";
import { lstatOrNull, statOrNull } from "../disk/mod.ts";
import type { MachineEvent } from "../jobs/mod.ts";
import type { FileState, Job, Verification } from "../queue/mod.ts";
import { RECORD_FILES, recordPath } from "../records/mod.ts";
import {
  busy,
  connectTo,
  type FarWork,
  lockRun,
  othersName,
  ProgressMeter,
  recordPin,
  type Work,
} from "../sync/mod.ts";
import { bringFiles, type Brought, type WantedFile } from "./restore_files.ts";
import { bringFolders } from "./restore_folders.ts";
import { type RestoredFrom, restoreOver } from "./restore_from.ts";
import { filterOf, noFileFits, type PathFilter } from "./restore_pattern.ts";
import { bringRecords } from "./restore_records.ts";
import {
  forgetStage,
  type Measured,
  requireRoom,
  targetElsewhere,
  targetInRun,
} from "./restore_target.ts";

export interface RestoreWork extends Work {
  /** As `--only`; null for the whole run. */
  readonly only: readonly string[] | null;
}

export interface RestoreInPlace extends RestoreWork {
  /** The step that keeps its local copy; under the name of who asks. @default it has no name */
  readonly pin?: (job: Job) => Promise<Job>;
}

export interface Restored extends Brought {
  readonly job: Job;
  /** Records that were gone here too. */
  readonly records: number;
}

/**
 * @throws LabferryError `wrong_state` for a run that nothing is proven of, `run_busy`, `root_missing`,
 * `disk_full`; TransportError of the destination
 */
export async function restoreRun(asked: Job, work: RestoreInPlace): Promise<Restored> {
  const { context, destination, moves, signal } = work;
  const { pin = (run) => moves.take(run, { type: "pin", pinned: true }) } = work;
  await refuseShare(asked, work);
  await refuseOthersPlace(asked, work);
  const only = filterOf(work.only);
  await refuseUnproven(asked, work);
  if (await nextOf(wantedOf(asked, { context, only })) === null) throw noFileFits(work.only ?? []);
  const job = asked.pinned ? asked : await pin(asked);
  await makeRunFolder(job);
  using lock = await lockRun(job.runPath, context);
  if (lock === null) throw busy(job);
  await using far = await connectTo(destination, job, { context, signal });
  await far.confirm();
  const there = { ...work, far, only };
  const { brought, records } = await bring(job, there);
  // Records that came back say nothing of it, and a lost queue would let the copy go again.
  await recordPin(job, context);
  const now = await written(context.queue.jobs.byId(job.id) ?? job, { ...there, brought });
  return { ...brought, records, job: now };
}

/** On another computer's share nothing is written unless it was said. @throws LabferryError `wrong_state` */
async function refuseShare(
  { equipmentId, dataDir }: Job,
  { context: { sources } }: Pick<Work, "context">,
): Promise<void> {
  const why = await sources.keeps(equipmentId, dataDir);
  if (why === null) return;
  throw new LabferryError("wrong_state", "The files of this run are not put back by labferry", {
    path: dataDir,
    why,
    hint: "restore the run to another folder with --to DIR, and copy its files from there",
  });
}

/**
 * After a run that is files was let go the instrument may have used its names again. What belongs to two
 * runs would be sent as both. @throws LabferryError `wrong_state`
 */
async function refuseOthersPlace(job: Job, work: RestoreInPlace): Promise<void> {
  const name = await othersName(job, work);
  if (name === null) return;
  throw new LabferryError("wrong_state", "This run's place has a later run's files by now", {
    path: join(job.dataDir, name),
    why: "it has a name of this run's and is not what was let go",
    hint:
      "restore the run to another folder with --to DIR; or, once the later run is let go, to its own place",
  });
}

export interface RestoreElsewhere extends RestoreWork {
  readonly to: string;
}

/**
 * Brings a copy to another folder, by what the far manifest says. The run stays what and where it is.
 *
 * @throws LabferryError as `restoreOver`
 */
export async function restoreElsewhere(job: Job, work: RestoreElsewhere): Promise<RestoredFrom> {
  const { context, destination, only, to, signal } = work;
  await using far = await connectTo(destination, job, { context, signal });
  await far.confirm();
  const meter = meterOf(job, context);
  return await restoreOver({
    session: far.session,
    address: destination.transport.address,
    farDir: job.farDir,
    to,
    only,
    downloadMbps: ceilingOf(destination),
    scratchDir: far.scratchDir,
    pool: context.pool,
    onProgress: (now, whole) => meter(whole).update(now),
    signal,
  });
}

/** Made when the whole is known. */
function meterOf({ id: jobId }: Job, context: Work["context"]): (whole: Measured) => ProgressMeter {
  let meter: ProgressMeter | null = null;
  return ({ bytes: bytesTotal, files: filesTotal }) =>
    meter ??= new ProgressMeter({ jobId, phase: "fetching", bytesTotal, filesTotal }, context);
}

/** In megabits a second. A pause is for what goes by itself; a person waits for this. */
export function ceilingOf({ uploadMbps }: Pick<Work["destination"], "uploadMbps">): number | null {
  const ceiling = uploadMbps();
  return ceiling === 0 ? null : ceiling;
}

async function refuseUnproven(job: Job, { context }: Work): Promise<void> {
  if (await nextOf(wantedOf(job, { context, only: null })) !== null) return;
  throw new LabferryError("wrong_state", "Nothing of this run is proven at its destination", {
    path: job.runPath,
    why: `it is ${job.state}, and no pass has compared a file of it`,
    hint:
      "what is at the destination can be had with `labferry restore --from DEST FARPATH --to DIR`",
  });
}

async function nextOf<T>(all: AsyncIterable<T>): Promise<T | null> {
  for await (const one of all) return one;
  return null;
}

/**
 * A person may have deleted it with all that was in it; but below a root that is not there (an unplugged
 * disk) nothing is made.
 *
 * @throws LabferryError `root_missing`
 */
async function makeRunFolder(
  { runPath, dataDir, members, equipmentId, farDir }: Job,
): Promise<void> {
  // The instrument's own folder is not made by labferry.
  const kept = members !== null ? dataDir : dataDir === runPath ? null : dirname(dataDir);
  if (kept !== null && !(await statOrNull(kept))?.isDirectory) throw rootMissing(kept);
  if (await lstatOrNull(runPath)) return;
  const layout = join(equipmentId, farDir);
  const root = runPath.endsWith(layout) ? runPath.slice(0, -layout.length) : dirname(runPath);
  if (!(await statOrNull(root))?.isDirectory) throw rootMissing(root);
  await Deno.mkdir(runPath, { recursive: true });
}

function rootMissing(root: string): LabferryError {
  return new LabferryError("root_missing", "The folder that holds the runs is not there", {
    path: root,
    why: "its disk is unplugged or its share is not mounted",
    hint: "plug it in or mount it, or restore to another place with --to",
  });
}

type There = Omit<RestoreWork, "only"> & FarWork & { readonly only: PathFilter | null };

async function bring(
  job: Job,
  { context, far: { session }, destination, only, signal }: There,
): Promise<{ readonly brought: Brought; readonly records: number }> {
  const { queue, pool } = context;
  const { runPath, dataDir } = job;
  using target = dataDir === runPath ? await targetInRun(runPath) : await targetElsewhere(dataDir);
  const files = { [Symbol.asyncIterator]: () => wantedOf(job, { context, only }) };
  const whole = await requireRoom(target, { files, signal });
  const meter = meterOf(job, context)(whole);
  const part = { session, pool, farDir: job.farDir, target, signal };
  const ofFiles = await bringFiles({
    ...part,
    files,
    downloadMbps: ceilingOf(destination),
    onInPlace: (inPlace) => void queue.files(job.id).setHere(inPlace),
    onProgress: (now) => meter.update(now),
  });
  let records = 0;
  // With a part of the data too: without its record the folder is no run, and nothing says that it is kept.
  if (await lstatOrNull(recordPath(job.runPath, RECORD_FILES.creation)) === null) {
    using ofRecords = await targetInRun(runPath);
    records = await bringRecords({ ...part, target: ofRecords });
    await forgetStage(ofRecords);
  }
  const folders = { paths: queue.files(job.id).emptyDirs(), dir: dataDir, pool, signal };
  const brought = only === null ? await bringFolders(ofFiles, folders) : ofFiles;
  await forgetStage(target);
  return { brought, records };
}

/** What is at the destination by all that is known; of files that are gone here, the bytes that are there. */
async function* wantedOf(
  job: Job,
  { context, only }: Pick<Work, "context"> & { readonly only: PathFilter | null },
): AsyncGenerator<WantedFile> {
  for await (const file of context.queue.files(job.id).list("all")) {
    const sha256 = farHashOf(file);
    if (sha256 === null || (only && !only(file.path))) continue;
    const { path, sizeBytes, mtimeMs, fileId } = file;
    // A list that was read from a manifest knows no times; one of a share knows no ids.
    yield { path, sha256, sizeBytes, mtimeMs: fileId === "" && mtimeMs === 0 ? null : mtimeMs };
  }
}

function farHashOf({ localMissing, sha256, provenSha256 }: FileState): string | null {
  return localMissing ? sha256 : provenSha256;
}

/** The queue's part, when all that could come is in place. */
async function written(
  job: Job,
  work: There & { readonly brought: Brought },
): Promise<Job> {
  const { context, moves, brought, only } = work;
  const back = detailOf(brought);
  if (brought.damaged.count + brought.missing.count > 0) {
    context.queue.timeline.note(job.id, { kind: "restored", detail: back });
    if (job.state !== "cleaned") return job;
    return await moves.offer(job, farDamage(job, brought)) ?? job;
  }
  const isOthers = job.members !== null && brought.different.count > 0;
  if (only === null && !isOthers) {
    const moved = await moves.offer(job, { type: "restored", back });
    if (moved) return moved;
  }
  context.queue.timeline.note(job.id, {
    kind: "restored",
    detail: { ...back, part: only !== null },
  });
  return job;
}

function detailOf(
  { files, bytes, alreadyHere, different, damaged, missing }: Brought,
): Readonly<Record<string, unknown>> {
  return {
    files,
    bytes,
    already_here: alreadyHere.files,
    different: different.count,
    damaged: damaged.count,
    missing: missing.count,
  };
}

/** Of a run that has no other copy; one with a local copy is judged by its next pass. */
function farDamage(
  job: Job,
  { damaged, missing, files }: Brought,
): MachineEvent & { type: "far_damage" } {
  const verification: Verification = {
    strength: "read_back",
    matched: files,
    mismatched: damaged.names,
    missing: missing.names,
    extra: [],
    skipped: [],
    notes: ["found while files were brought back"],
  };
  const [example] = [...damaged.names, ...missing.names];
  const count = damaged.count + missing.count;
  const error = {
    code: "far_copy_damaged",
    message: `${
      counted(count, "file")
    } could not be brought back from ${job.destination}: ${damaged.count} with other bytes, ${missing.count} missing, e.g. ${
      JSON.stringify(example)
    }`,
  } as const;
  return { type: "far_damage", error, verification };
}
