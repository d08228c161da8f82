/**
 * Hashing the far copy into a pass. Names go over in the list's order and come back in it. A pass
 * belongs to this process and this connection: one that was interrupted is made anew, because what
 * it saw says nothing of what is there now. What it all means (proven, damaged, adopted) is the
 * caller's to say.
 */
import type { ProofStrength } from "../base/mod.ts";
import type { FarHash, Job, Pass } from "../queue/mod.ts";
import type { FileList } from "../transports/mod.ts";
import { type Progress, ProgressMeter } from "./progress.ts";
import type { FarWork } from "./work.ts";

export interface FarPass {
  readonly pass: Pass;
  readonly strength: ProofStrength;
  readonly notes: readonly string[];
  /** As `FarHashOutcome.isFromThere`. */
  readonly isFromThere: boolean;
}

export interface FarPassWork extends FarWork {
  readonly phase: Progress["phase"];
  /** Drop each file's cache first where the system allows: the pass before a deletion. */
  readonly dropCache?: boolean;
  /** Those to hash; all that are not hashed in this pass yet when absent. */
  readonly files?: FileList;
  /** One that is under way already, over this connection. */
  readonly pass?: Pass;
  /** What of the list was hashed in it before, for the progress. @default nothing */
  readonly done?: { readonly bytes: number; readonly files: number };
}

const BATCH = 500;

export async function farPass(job: Job, work: FarPassWork): Promise<FarPass> {
  const { context, signal, done: before = { bytes: 0, files: 0 } } = work;
  const pass = work.pass ?? context.queue.passes.begin(job, {
    destinationUuid: work.far.uuid,
    farDir: job.farDir,
  });
  const meter = new ProgressMeter(
    { jobId: job.id, phase: work.phase, bytesTotal: job.bytes, filesTotal: job.files },
    context,
  );
  let batch: FarHash[] = [];
  const store = () => {
    context.queue.passes.record(pass, batch);
    batch = [];
  };
  const { strength, notes, isFromThere } = await work.far.session.hash({
    farDir: job.farDir,
    files: work.files ?? context.queue.passes.unhashed(pass),
    onHash: (path, sha256) => {
      batch.push({ path, sha256 });
      if (batch.length >= BATCH) store();
    },
    get downloadMbps() {
      return work.destination.uploadMbps();
    },
    dropCache: work.dropCache ?? false,
    maxStreamBytes: context.maxStreamBytes,
    acceptProviderAsserted: context.acceptProviderAsserted,
    onProgress: (now) =>
      meter.update({
        ...now,
        bytesDone: before.bytes + now.bytesDone,
        filesDone: now.filesDone === null ? null : before.files + now.filesDone,
      }),
    signal,
  });
  store();
  return { pass, strength, notes, isFromThere };
}
