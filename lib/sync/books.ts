/**
 * The end of a generation's first pass, in the order that makes every crash harmless: the pass is
 * committed, then the manifest and the record here, then the records over there, and last of all
 * the far `checksums.sha256`: its presence means "arrived whole and proven". Each step can be done
 * again.
 */
import { dirname, join } from "node:path";
import { isThere } from "../disk/mod.ts";
import { type Job } from "../queue/mod.ts";
import {
  RECORD_FILES,
  recordPath,
  RECORDS_DIR,
  writeChecksums,
  type WrittenChecksums,
} from "../records/mod.ts";
import { type FileToSend, TransportError } from "../transports/mod.ts";
import { sendRecords } from "./far_records.ts";
import { supersededDir } from "./superseded.ts";
import { recordLeftOut } from "./left_out.ts";
import { isTheirs } from "./record_keeper.ts";
import { provenStatus, recordStatusOf, setRecordStatus } from "./record_status.ts";
import type { FarWork, Work } from "./work.ts";
import { mayWriteRecords } from "./work_lock.ts";

export async function closeBooks(job: Job, work: FarWork): Promise<void> {
  const { context, signal } = work;
  const manifest = await writeManifest(job, work);
  await setRecordStatus(job.runPath, {
    status: provenStatus(job, context),
    log: context.log,
    signal,
  });
  await recordLeftOut(job, work);
  await work.far.confirm();
  await sendRecords(job, work);
  await sendManifest(manifest, work);
  await flushBooks(job, work);
  await work.far.confirm();
}

/**
 * A later pass found the data whole; the manifest over there may have been removed or edited since.
 * What differs is moved aside and written again: `sha256sum -c` must say there what the pass said.
 */
export async function mendManifest(job: Job, work: FarWork): Promise<void> {
  const { context, signal } = work;
  const manifest = await writeManifest(job, work);
  // Another program may have changed it since; each pass puts it right.
  if (!await isTheirs(job)) {
    await setRecordStatus(job.runPath, {
      status: recordStatusOf(job, context),
      log: context.log,
      signal,
    });
  }
  await work.far.confirm();
  const list = await listOf(manifest, context);
  if (await farHash(job, { files: list, far: work.far, signal }) === manifest.sha256) return;
  await setManifestAside(job, work);
  await sendRecords(job, work);
  await sendManifest(manifest, work);
  await flushBooks(job, work);
  await work.far.confirm();
  context.queue.timeline.note(job.id, { kind: "manifest_mended" });
}

/** The word "proven" is on the far disk too, or the timeline says that nobody could be asked. */
async function flushBooks(job: Job, { context, far }: FarWork): Promise<void> {
  const { flushed, note } = await far.session.flush(farRecords(job));
  if (!flushed) {
    context.queue.timeline.note(job.id, { kind: "manifest_not_flushed", detail: { note } });
  }
}

interface LocalManifest extends WrittenChecksums {
  readonly job: Job;
  readonly path: string;
}

/** Every file ever sealed in the run, newest hash per path; in the state directory for a read-only run. */
async function writeManifest(job: Job, { context }: Work): Promise<LocalManifest> {
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

/**
 * Goes over like data (it may be a hundred megabytes) and is read back like data.
 *
 * @throws TransportError `hash_mismatch`
 */
async function sendManifest(manifest: LocalManifest, work: FarWork): Promise<void> {
  const { context, signal, far } = work;
  const { job } = manifest;
  const farDir = farRecords(job);
  const files = await listOf(manifest, context);
  const { clock } = context;
  await far.session.push({
    sourceDir: dirname(manifest.path),
    files,
    farDir,
    supersedeInto: `${supersededDir(job.farDir, clock.now())}/${RECORDS_DIR}`,
    resend: true,
    uploadMbps: null,
    signal,
  });
  if (await farHash(job, { files, far, signal }) === manifest.sha256) return;
  await setManifestAside(job, work);
  throw new TransportError("hash_mismatch", "The far manifest is not what was sent", {
    path: `${job.destination}/${farDir}/${RECORD_FILES.checksums}`,
    why: "it was read back and has other bytes",
    hint: "look at the destination's disk; the manifest is written again",
  });
}

function farRecords(job: Job): string {
  return `${job.farDir}/${RECORDS_DIR}`;
}

async function listOf(manifest: LocalManifest, { clock }: Work["context"]): Promise<FileToSend[]> {
  const { mtime } = await Deno.stat(manifest.path);
  return [{
    path: RECORD_FILES.checksums,
    sizeBytes: manifest.sizeBytes,
    mtimeMs: mtime?.getTime() ?? clock.now().getTime(),
  }];
}

/** The manifest over there as it is now; null when there is none. */
async function farHash(
  job: Job,
  { files, far, signal }: Pick<FarWork, "far" | "signal"> & { files: readonly FileToSend[] },
): Promise<string | null> {
  let there: string | null = null;
  await far.session.hash({
    farDir: farRecords(job),
    files,
    onHash: (_path, sha256) => there = sha256,
    dropCache: false,
    maxStreamBytes: 0,
    acceptProviderAsserted: false,
    signal,
  });
  return there;
}

async function setManifestAside(job: Job, { context, far }: FarWork): Promise<void> {
  const into = `${supersededDir(job.farDir, context.clock.now())}/${RECORDS_DIR}`;
  await far.session.setAside(farRecords(job), [RECORD_FILES.checksums], into);
}
