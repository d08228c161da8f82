/**
 * Hashing the far copy into a pass. Names go over in the list's order and come back in it; a pass
 * that was interrupted goes on with the files it has not seen. What it all means (proven, damaged,
 * adopted) is the caller's to say.
 */
import type { ProofStrength } from "../base/mod.ts";
import type { FarHash, Job, Pass } from "../queue/mod.ts";
import type { FarConnection } from "./far_connection.ts";
import { type Progress, ProgressMeter } from "./progress.ts";
import type { Work } from "./work.ts";

export interface FarPass {
  readonly pass: Pass;
  readonly strength: ProofStrength;
  readonly notes: readonly string[];
}

export interface FarPassOptions {
  readonly phase: Progress["phase"];
  /** Drop each file's cache first where the system allows: the pass before a deletion. */
  readonly dropCache?: boolean;
}

const BATCH = 500;
/** An interrupted pass is gone on with for a day; what it saw earlier says too little about now. */
const OLDEST_OPEN_PASS_MS = 24 * 3_600_000;

export async function farPass(
  job: Job,
  far: FarConnection,
  work: Work,
  options: FarPassOptions,
): Promise<FarPass> {
  const { doors, signal } = work;
  const begunAfter = new Date(doors.clock.now().getTime() - OLDEST_OPEN_PASS_MS).toISOString();
  const pass = doors.queue.openPass(job, {
    destinationUuid: far.uuid,
    farDir: job.farDir,
    begunAfter,
  });
  const meter = new ProgressMeter(
    { jobId: job.id, phase: options.phase, bytesTotal: job.bytes, filesTotal: job.files },
    doors.onProgress,
    doors.clock,
  );
  let batch: FarHash[] = [];
  const store = () => {
    doors.queue.recordFar(pass, batch);
    batch = [];
  };
  const { strength, notes } = await far.session.hash({
    farDir: job.farDir,
    files: doors.queue.unhashedInPass(pass),
    onHash: (path, sha256) => {
      batch.push({ path, sha256 });
      if (batch.length >= BATCH) store();
    },
    dropCache: options.dropCache ?? false,
    maxStreamBytes: doors.maxStreamBytes,
    acceptProviderAsserted: doors.acceptProviderAsserted,
    onProgress: (done) => meter.update(done),
    signal,
  });
  store();
  return { pass, strength, notes };
}
