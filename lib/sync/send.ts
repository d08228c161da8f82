/**
 * The push: exactly the files that are not over there yet, first those whose names are free, then
 * those that take the name of proven bytes, which are moved aside. Beside it the same files are
 * hashed here, so that no time is lost between sending and proving.
 */
import type { HashedFile, Job } from "../queue/mod.ts";
import { TransportError } from "../transports/mod.ts";
import { beside } from "./beside.ts";
import type { FarConnection } from "./far_connection.ts";
import { hashLocal } from "./local_hash.ts";
import { supersededDir } from "./prepare.ts";
import { ProgressMeter } from "./progress.ts";
import type { Work } from "./work.ts";

/** Hashes of the transport's own reading are stored in batches of so many files. */
const BATCH = 200;

export async function sendFiles(job: Job, far: FarConnection, work: Work): Promise<void> {
  const { doors, place, signal } = work;
  await far.confirm();
  const pushes = (push: AbortSignal) => pushGroups(job, far, { ...work, signal: push });
  const hashes = (stop: AbortSignal) => hashUnhashed(job, { ...work, signal: stop });
  await beside(signal, place.transport.type === "mount" ? [pushes] : [pushes, hashes]);
  await hashUnhashed(job, work);
  await far.confirm();
  doors.queue.setAllSent(job.id);
}

/** Hashes what has no hash yet; nothing is read twice. */
export async function hashUnhashed(job: Job, { doors, signal }: Work): Promise<void> {
  for await (
    const batch of hashLocal(job.runPath, doors.queue.files(job.id, "unhashed"), { doors, signal })
  ) {
    refuseChanged(job, doors.queue.setHashes(job.id, batch));
  }
}

async function pushGroups(job: Job, far: FarConnection, work: Work): Promise<void> {
  const { doors, place, signal } = work;
  const { files: filesTotal, bytes: bytesTotal } = doors.queue.countFiles(job.id, "unsent");
  const meter = new ProgressMeter(
    { jobId: job.id, phase: "sending", bytesTotal, filesTotal },
    doors.onProgress,
    doors.clock,
  );
  const before = doors.queue.countFiles(job.id, "freshUnsent");
  const replacing = doors.queue.countFiles(job.id, "provenAndUnsent").files > 0;
  const read = new SourceHashes(job, work);
  const push = (
    filter: "freshUnsent" | "provenAndUnsent",
    done: { bytes: number; files: number },
  ) =>
    far.session.push({
      sourceDir: job.runPath,
      files: doors.queue.files(job.id, filter),
      farDir: job.farDir,
      emptyDirs: filter === "freshUnsent" ? doors.queue.emptyDirs(job.id) : [],
      supersedeInto: supersededDir(job.farDir, doors.clock.now()),
      resend: job.resent,
      get uploadMbps() {
        return place.uploadMbps();
      },
      onProgress: ({ bytesDone, filesDone, currentPath }) =>
        meter.update({
          bytesDone: done.bytes + bytesDone,
          filesDone: filesDone === null ? null : done.files + filesDone,
          currentPath,
        }),
      onSourceHash: (path, sha256) => read.take({ path, sha256 }),
      signal,
    });
  try {
    await push("freshUnsent", { bytes: 0, files: 0 });
    read.store();
    if (replacing) await push("provenAndUnsent", before);
  } finally {
    read.store();
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

/**
 * The same stat with other bytes is rot (or somebody who sets times back): nothing of it is sent
 * over a good copy, and a person decides.
 *
 * @throws TransportError `local_copy_damaged`, `source_changed`
 */
export function refuseChanged(
  job: Job,
  { differing, stale }: { differing: readonly string[]; stale: readonly string[] },
): void {
  if (differing.length > 0) {
    throw new TransportError(
      "local_copy_damaged",
      "A local file has other bytes than when it was sealed",
      {
        path: `${job.runPath}/${differing[0]}`,
        why:
          `its size and times are unchanged, so no program wrote it: the disk, or something that hides its traces (${differing.length} files)`,
        hint:
          "do not delete anything; compare with the far copy, then `labferry retry` or restore the file",
      },
    );
  }
  if (stale.length > 0) {
    throw new TransportError("source_changed", "A file changed after it was sealed", {
      path: `${job.runPath}/${stale[0]}`,
      why: "it was written to while it was being sent",
    });
  }
}
