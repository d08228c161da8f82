/**
 * The push: exactly the files that are not over there yet. What stood in their way was moved aside
 * by name before; whatever came in between the transport moves aside itself, and says so. Beside it
 * the same files are hashed here, so that no time is lost between sending and proving.
 */
import type { FileState, HashedFile, Job, OtherHashes } from "../queue/mod.ts";
import { AsideFolder } from "./aside_folder.ts";
import { beside } from "./beside.ts";
import type { EarlyProof } from "./early_proof.ts";
import { sendRecords } from "./far_records.ts";
import { hashUnhashed } from "./hash_unhashed.ts";
import { refuseChanged } from "./local_hash.ts";
import { withOthers } from "./origin.ts";
import { ProgressMeter } from "./progress.ts";
import { isLookedAfter } from "./staged_run.ts";
import type { FarWork, Work } from "./work.ts";

/** Hashes of the transport's own reading are stored in batches of so many files; each holds the loop. */
const BATCH = 100;

export interface Sent {
  /** The far side said that its disk has all of it. */
  readonly flushed: boolean;
  /** Of the files that had to be brought over by this push. */
  readonly bytes: number;
  /** What could not be had over there, for the receipt. */
  readonly notes: readonly string[];
}

export async function sendFiles(
  job: Job,
  work: FarWork & { readonly early: EarlyProof },
): Promise<Sent> {
  const { destination, signal } = work;
  await work.far.confirm();
  const notes = new Set<string>();
  const onNote = (note: string) => void notes.add(note);
  const { early } = work;
  const unsent = await work.context.queue.files(job.id).count("unsent");
  const pushes = async (push: AbortSignal) => {
    try {
      await pushInOrder(job, { ...work, signal: push, onNote, unsent });
    } finally {
      early.end();
    }
  };
  const hashes = (stop: AbortSignal) => hashUnhashed(job, { ...work, signal: stop });
  const proves = (stop: AbortSignal) => early.run(stop);
  const { hashesWhileSending } = destination.transport.traits;
  await beside(signal, hashesWhileSending ? [pushes, proves] : [pushes, hashes, proves]);
  await hashUnhashed(job, work);
  const flush = await work.far.session.flush(job.farDir);
  if (flush.note !== null) onNote(flush.note);
  await work.far.confirm();
  return { flushed: flush.flushed, bytes: unsent.bytes, notes: [...notes] };
}

/**
 * Everything in one push; for a staging area what says "complete" there goes last, when the rest of
 * the run and its records have arrived.
 */
async function pushInOrder(job: Job, work: NotedWork & { readonly unsent: Amount }): Promise<void> {
  const { queue, staged } = work.context;
  const markers = staged.get(job.equipmentId) ?? [];
  const meter = meterOf(job, work);
  const those = (wanted: (path: string) => boolean): AsyncIterable<FileState> => ({
    async *[Symbol.asyncIterator]() {
      for await (const file of queue.files(job.id).list("unsent")) {
        if (wanted(file.path)) yield file;
      }
    },
  });
  const isMarker = (path: string) => markers.includes(path);
  const push = (files: AsyncIterable<FileState>) => pushOnce(job, { ...work, files, meter });
  if (markers.length === 0) return await push(queue.files(job.id).list("unsent"));
  await push(those((path) => !isMarker(path)));
  if (await isNone(those(isMarker))) return;
  if (!await isLookedAfter(job, work)) await sendRecords(job, work);
  await work.far.session.flush(job.farDir);
  for (const marker of markers) await push(those((path) => path === marker));
}

/** What is not over there yet. */
interface Amount {
  readonly files: number;
  readonly bytes: number;
}

interface NotedWork extends FarWork {
  readonly early: EarlyProof;
  readonly onNote: (note: string) => void;
}

async function isNone(items: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _ of items) return false;
  return true;
}

async function pushOnce(
  job: Job,
  work: NotedWork & { readonly files: AsyncIterable<FileState>; readonly meter: ProgressMeter },
): Promise<void> {
  const { files, meter, onNote } = work;
  const { context, destination, signal } = work;
  const read = new SourceHashes(job, work);
  const aside = new AsideFolder(job, work);
  try {
    await work.far.session.push({
      sourceDir: job.dataDir,
      files: withOthers(files, { job, queue: context.queue }),
      farDir: job.farDir,
      emptyDirs: await Array.fromAsync(context.queue.files(job.id).emptyDirs()),
      supersedeInto: aside.into,
      onSetAside: (path) => aside.take(path),
      resend: job.resent,
      get uploadMbps() {
        return destination.uploadMbps();
      },
      onProgress: (progress) => meter.update(progress),
      onNote,
      onArrived: (path, arrived) => work.early.arrived(path, arrived),
      onOtherHashes: (path, others) => read.others.set(path, others),
      onSourceHash: (path, sha256) => read.take({ path, sha256 }),
      signal,
    });
  } finally {
    read.store();
  }
  aside.tell();
}

function meterOf(job: Job, { context, unsent }: Work & { readonly unsent: Amount }): ProgressMeter {
  const { files: filesTotal, bytes: bytesTotal } = unsent;
  const about = { jobId: job.id, phase: "sending", bytesTotal, filesTotal } as const;
  return new ProgressMeter(about, context);
}

/**
 * Takes the hashes of a transport that reads the source itself. Each of its files is whole on the
 * far side when it is told, so a restart goes on behind it.
 */
class SourceHashes {
  /** What was read of a file beside its own hash, until that comes. */
  readonly others = new Map<string, OtherHashes>();
  #batch: HashedFile[] = [];

  constructor(private readonly job: Job, private readonly work: Work) {}

  take(file: HashedFile): void {
    const others = this.others.get(file.path);
    this.others.delete(file.path);
    this.#batch.push(others ? { ...file, others } : file);
    if (this.#batch.length >= BATCH) this.store();
  }

  store(): void {
    if (this.#batch.length === 0) return;
    const { queue } = this.work.context;
    const batch = this.#batch;
    this.#batch = [];
    const outcome = queue.together(() => {
      const stored = queue.files(this.job.id).setHashes(batch);
      queue.origin(this.job.id).setFound(batch);
      const doubtful = new Set([...stored.differing, ...stored.stale]);
      queue.files(this.job.id).setSent(
        batch.map(({ path }) => path).filter((path) => !doubtful.has(path)),
      );
      return stored;
    }, { flush: false });
    refuseChanged(this.job, outcome);
  }
}
