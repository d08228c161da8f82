/**
 * The push: exactly the files that are not over there yet. What stood in their way was moved aside
 * by name before; whatever came in between the transport moves aside itself, and says so. Beside it
 * the same files are hashed here, so that no time is lost between sending and proving.
 */
import { type HashedFile, type Job, MAX_LISTED } from "../queue/mod.ts";
import type { FarFlush } from "../transports/mod.ts";
import { beside } from "./beside.ts";
import type { FarConnection } from "./far_connection.ts";
import { hashUnhashed, refuseChanged } from "./local_hash.ts";
import { noteSetAside } from "./make_way.ts";
import { ProgressMeter } from "./progress.ts";
import { supersededDir } from "./superseded.ts";
import type { Work } from "./work.ts";

/** Hashes of the transport's own reading are stored in batches of so many files. */
const BATCH = 200;

/** Returns whether the far disk has all of it, as far as the far side can be asked. */
export async function sendFiles(job: Job, far: FarConnection, work: Work): Promise<FarFlush> {
  const { doors, place, signal } = work;
  await far.confirm();
  const pushes = (push: AbortSignal) => pushUnsent(job, far, { ...work, signal: push });
  const hashes = (stop: AbortSignal) => hashUnhashed(job, { ...work, signal: stop });
  await beside(signal, place.transport.type === "mount" ? [pushes] : [pushes, hashes]);
  await hashUnhashed(job, work);
  const flush = await far.session.flush(job.farDir);
  await far.confirm();
  doors.queue.setAllSent(job.id);
  return flush;
}

async function pushUnsent(job: Job, far: FarConnection, work: Work): Promise<void> {
  const { doors, place, signal } = work;
  const { files: filesTotal, bytes: bytesTotal } = doors.queue.countFiles(job.id, "unsent");
  const meter = new ProgressMeter(
    { jobId: job.id, phase: "sending", bytesTotal, filesTotal },
    doors.onProgress,
    doors.clock,
  );
  const read = new SourceHashes(job, work);
  const aside = new SetAside(supersededDir(job.farDir, doors.clock.now()));
  try {
    await far.session.push({
      sourceDir: job.runPath,
      files: doors.queue.files(job.id, "unsent"),
      farDir: job.farDir,
      emptyDirs: doors.queue.emptyDirs(job.id),
      supersedeInto: aside.into,
      onSetAside: (path) => aside.take(path),
      resend: job.resent,
      get uploadMbps() {
        return place.uploadMbps();
      },
      onProgress: (progress) => meter.update(progress),
      onSourceHash: (path, sha256) => read.take({ path, sha256 }),
      signal,
    });
  } finally {
    read.store();
    noteSetAside(job, aside, work);
  }
}

/** What the push itself had to move: it came there after we had looked. */
class SetAside {
  count = 0;
  readonly names: string[] = [];

  constructor(readonly into: string) {}

  take(path: string): void {
    this.count++;
    if (this.names.length < MAX_LISTED) this.names.push(path);
  }
}

/**
 * Takes the hashes of a transport that reads the source itself. Each of its files is whole on the
 * far side when it is told, so a restart goes on behind it.
 */
class SourceHashes {
  #batch: HashedFile[] = [];

  constructor(private readonly job: Job, private readonly work: Work) {}

  take(file: HashedFile): void {
    this.#batch.push(file);
    if (this.#batch.length >= BATCH) this.store();
  }

  store(): void {
    if (this.#batch.length === 0) return;
    const { queue } = this.work.doors;
    const batch = this.#batch;
    this.#batch = [];
    const outcome = queue.together(() => {
      const stored = queue.setHashes(this.job.id, batch);
      const doubtful = new Set([...stored.differing, ...stored.stale]);
      queue.setSent(
        this.job.id,
        batch.map(({ path }) => path).filter((path) => !doubtful.has(path)),
      );
      return stored;
    });
    refuseChanged(this.job, outcome);
  }
}
