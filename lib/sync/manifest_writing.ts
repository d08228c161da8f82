/** The run's own `checksums.sha256`: what was proven of it, for whoever has nothing but the folder. */
import { join } from "node:path";
import { isThere } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  RECORD_FILES,
  recordPath,
  RECORDS_DIR,
  writeChecksums,
  type WrittenChecksums,
} from "../records/mod.ts";
import type { Work } from "./work.ts";
import { mayWriteRecords } from "./work_lock.ts";

export interface LocalManifest extends WrittenChecksums {
  readonly job: Job;
  readonly path: string;
}

/** Every file ever sealed in the run, newest hash per path; in the state directory for a read-only run. */
export async function writeManifest(job: Job, { context }: Work): Promise<LocalManifest> {
  const path = await isThere(job.runPath) && await mayWriteRecords(job.runPath)
    ? recordPath(job.runPath, RECORD_FILES.checksums)
    : recordPath(await stateFolder(job, context), RECORD_FILES.checksums);
  const entries = async function* () {
    for await (const { path, sha256 } of context.queue.files(job.id).list("all")) {
      if (sha256 === null) throw new TypeError(`a proven file without a hash: ${path}`);
      yield { path, sha256 };
    }
  };
  return { job, path, ...await writeChecksums(path, entries()) };
}

/** The place of a read-only run's manifest. */
async function stateFolder(job: Job, { stateDir }: Work["context"]): Promise<string> {
  const folder = join(stateDir, "manifests", job.id);
  await Deno.mkdir(join(folder, RECORDS_DIR), { recursive: true, mode: 0o700 });
  return folder;
}
