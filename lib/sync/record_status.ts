/**
 * The run's own record says how it stands: `sync_status` follows the job. A run without
 * `creation.json` (shipped by hand) and one on a read-only disk have no such record; everything else
 * that keeps it from being written is an error, because record and queue must not disagree.
 */
import { LabferryError } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  type LockWait,
  mutateCreation,
  RECORD_FILES,
  recordPath,
  snapshotRecord,
  type SyncStatus,
} from "../records/mod.ts";
import type { SyncContext } from "./destination.ts";
import { isStaged } from "./taken_over.ts";
import { isReadOnly, mayWriteRecords } from "./work_lock.ts";

/**
 * What the record of a job in this state has to say. A staged run that was proven at the staging
 * area is handed over: it is not on the NAS yet, so its record stays `pending`.
 */
export function recordStatusOf(
  job: Pick<Job, "id" | "generation" | "state" | "hold" | "equipmentId">,
  context: Pick<SyncContext, "staged" | "queue">,
): SyncStatus {
  switch (job.state) {
    case "queued":
    case "running":
    case "awaiting_verify":
      return job.hold === "gate" ? "blocked_by_validation" : "pending";
    case "verified":
    case "cleanup_eligible":
      return provenStatus(job, context);
    case "cleaned":
    case "failed":
      return job.state;
  }
}

/** What a proven run's record says: proven at the NAS, or handed over to who takes it there. */
export function provenStatus(
  job: Pick<Job, "id" | "generation" | "equipmentId">,
  context: Pick<SyncContext, "staged" | "queue">,
): SyncStatus {
  return isStaged(job, context) ? "pending" : "synced";
}

/** Returns whether there is such a record and it now says `status`. */
export async function setRecordStatus(
  runPath: string,
  { status, log, ...wait }: LockWait & Pick<SyncContext, "log"> & { readonly status: SyncStatus },
): Promise<boolean> {
  if (!await hasCreation(runPath)) return false;
  if (!await mayWriteRecords(runPath)) {
    log("warn", "The run is on a read-only disk; its record cannot follow", {
      run: runPath,
      status,
    });
    return false;
  }
  const path = recordPath(runPath, RECORD_FILES.creation);
  await mutateCreation(path, (creation) => ({ ...creation, sync_status: status }), wait);
  return true;
}

/** True when the run has a record and it can be written. */
export async function mayHaveRecord(runPath: string): Promise<boolean> {
  return await hasCreation(runPath) && await mayWriteRecords(runPath);
}

/** The record's bytes under its shared lock, to be sent; null when the run has none. */
export async function farSnapshot(runPath: string): Promise<Uint8Array | null> {
  if (!await hasCreation(runPath)) return null;
  const path = recordPath(runPath, RECORD_FILES.creation);
  return await snapshotOf(path);
}

/** A record's bytes under its shared lock; on a read-only disk, where nobody can write, without. */
export async function snapshotOf(path: string): Promise<Uint8Array> {
  try {
    return await snapshotRecord(path);
  } catch (error) {
    if (!isReadOnly(error) && !(error instanceof LabferryError && isReadOnly(error.cause))) {
      throw error;
    }
    return await Deno.readFile(path);
  }
}

/** @throws LabferryError `record_unreadable` for whatever stands in the record's place */
async function hasCreation(runPath: string): Promise<boolean> {
  const path = recordPath(runPath, RECORD_FILES.creation);
  try {
    if ((await Deno.lstat(path)).isFile) return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw new LabferryError("record_unreadable", "The run's record cannot be looked at", {
      path,
      cause: error,
    });
  }
  throw new LabferryError("record_unreadable", "The run's record is no file", {
    path,
    why: "a link or a folder has its name, and links are never followed",
    hint: "put the record back; the run goes on from where it is",
  });
}
