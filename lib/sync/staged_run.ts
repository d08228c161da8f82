/**
 * What an orchestrator says of a run that was handed over to it. Its word that the run is on the NAS
 * counts only with the NAS manifest, which it copies beside the run: every file of this generation has
 * to stand there with its hash (`rules.md` 24). Once it looks after the run, its records are its own.
 */
import { decodeUtf8, LabferryError } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  isOnTheNas,
  parseChecksums,
  parseIngest,
  RECORD_FILES,
  RECORDS_DIR,
} from "../records/mod.ts";
import type { SyncContext } from "./destination.ts";
import { setRecordStatus } from "./record_status.ts";
import { isTakenOver } from "./taken_over.ts";
import type { FarWork } from "./work.ts";

/** True for a staged run of which the orchestrator keeps a record: no record is written there. */
export async function isLookedAfter(
  job: Job,
  { context, far }: Pick<FarWork, "context" | "far">,
): Promise<boolean> {
  if (!context.staged.has(job.equipmentId)) return false;
  const name = RECORD_FILES.ingest;
  const there = await far.session.getFiles(`${job.farDir}/${RECORDS_DIR}`, [name]);
  return (there.get(name) ?? null) !== null;
}

/**
 * Asks the staging area; true when the run is on the NAS as it is in this generation, and that is
 * written down now. False while it is not, or while what stands there cannot be read.
 */
export async function askOrchestrator(job: Job, work: FarWork): Promise<boolean> {
  const { context, far, signal } = work;
  await far.confirm();
  if (!await isProvenThere(job, work)) return false;
  await far.confirm();
  // The record first: one that cannot be written now is asked for again with the run.
  await setRecordStatus(job.runPath, { status: "synced", log: context.log, signal });
  if (!isTakenOver(job, context.queue)) context.queue.timeline.note(job.id, { kind: "on_nas" });
  return true;
}

async function isProvenThere(job: Job, { context, far }: FarWork): Promise<boolean> {
  const names = [RECORD_FILES.ingest, RECORD_FILES.nasChecksums];
  const there = await far.session.getFiles(`${job.farDir}/${RECORDS_DIR}`, names);
  const ingest = there.get(RECORD_FILES.ingest) ?? null;
  const manifest = there.get(RECORD_FILES.nasChecksums) ?? null;
  if (ingest === null || manifest === null) return false;
  try {
    const path = `${job.destination}/${job.farDir}/${RECORDS_DIR}/${RECORD_FILES.ingest}`;
    return isOnTheNas(parseIngest(decodeUtf8(ingest), path)) &&
      await covers(manifest, { job, queue: context.queue });
  } catch (error) {
    if (!(error instanceof LabferryError) && !(error instanceof TypeError)) throw error;
    context.log("warn", `What the orchestrator says cannot be read: ${error.message}`, {
      job: job.id,
      run: job.runPath,
    });
    return false;
  }
}

/** Every file of the list, with the very hash: one that is missing or another is not on the NAS. */
async function covers(
  manifest: Uint8Array,
  { job, queue }: { readonly job: Job; readonly queue: SyncContext["queue"] },
): Promise<boolean> {
  const proven = new Map<string, string>();
  for await (const { path, sha256 } of parseChecksums([manifest], RECORD_FILES.nasChecksums)) {
    proven.set(path, sha256);
  }
  let files = 0;
  for await (const { path, sha256 } of queue.files(job.id).list("all")) {
    if (sha256 === null || proven.get(path) !== sha256) return false;
    files++;
  }
  return files > 0;
}
