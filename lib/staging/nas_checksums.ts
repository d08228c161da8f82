/**
 * `nas_checksums.sha256` beside a received run: what this orchestrator has proven at the NAS, for the
 * PC that pushed it. It names the same files and hashes as the manifest that was written over there
 * last and read back; the pusher believes nothing else (`rules.md` 24).
 */
import { LabferryError } from "../base/mod.ts";
import type { Job, Queue } from "../queue/mod.ts";
import {
  type Checksum,
  readChecksums,
  RECORD_FILES,
  recordPath,
  writeChecksums,
} from "../records/mod.ts";

/** Writes it for a run whose books are closed, unless it says so already. */
export async function keepNasChecksums(job: Job, queue: Queue): Promise<void> {
  const path = recordPath(job.runPath, RECORD_FILES.nasChecksums);
  if (await saysTheSame(path, proven(job, queue))) return;
  await writeChecksums(path, proven(job, queue));
}

/** @throws TypeError for a file that no pass has proven: then the books were not closed */
async function* proven(job: Job, queue: Queue): AsyncGenerator<Checksum> {
  for await (const { path, sha256, provenSha256 } of queue.files(job.id).list("all")) {
    if (provenSha256 === null || provenSha256 !== sha256) {
      throw new TypeError(`a verified run with a file that is not proven: ${path}`);
    }
    yield { path, sha256: provenSha256 };
  }
}

async function saysTheSame(path: string, entries: AsyncIterator<Checksum>): Promise<boolean> {
  try {
    for await (const { path: name, sha256 } of readChecksums(path)) {
      const { value, done } = await entries.next();
      if (done || value.path !== name || value.sha256 !== sha256) return false;
    }
    return (await entries.next()).done === true;
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    // Not there, or cut off by hand: it is written.
    return false;
  }
}
