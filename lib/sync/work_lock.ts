/**
 * Who works on a run. `.exlab-wizard/transfer.lock` is held for the length of a push, a pass, a
 * deletion or a restore, so that a daemon, a `ship` and a second daemon exclude each other. Where
 * the run is on a read-only disk the lock is in the state directory.
 */
import { join } from "node:path";
import { derivedId, LabferryError } from "../base/mod.ts";
import {
  callsFor,
  type FileLock,
  isThere,
  refuseUnlessPlainBy,
  tryLockSoon,
  unlessSilent,
} from "../disk/mod.ts";
import { isProven } from "../jobs/mod.ts";
import type { Job } from "../queue/mod.ts";
import { RECORD_FILES, recordPath, RECORDS_DIR } from "../records/mod.ts";
import { runGone } from "./run_gone.ts";

/** Where the lock of a run may be, and what ends the wait for a share that does not answer. */
export interface RunLocking {
  readonly stateDir: string;
  readonly signal?: AbortSignal;
}

/**
 * Null when somebody else works on the run.
 *
 * @throws TransportError `source_vanished` when the run's folder is gone; LabferryError `device_lost` when
 * its share is silent; the signal's reason when it aborts
 */
export async function lockRun(
  runPath: string,
  { stateDir, signal }: RunLocking,
): Promise<FileLock | null> {
  const beside = recordPath(runPath, RECORD_FILES.transferLock);
  const isBeside = await unlessSilent({ path: beside, signal }, () => mayLockBeside(runPath));
  const path = isBeside ? beside : lockInState(runPath, stateDir);
  return await tryLockSoon(path, { mode: "exclusive", signal });
}

/**
 * As `lockRun`, of a run that is proven: one whose local copy was let go, by us or by a person, may have
 * no folder any more.
 */
export async function lockProvenRun(job: Job, locking: RunLocking): Promise<FileLock | null> {
  const { runPath } = job;
  const { stateDir, signal } = locking;
  const isHere = !isProven(job) ||
    await unlessSilent({ path: runPath, signal }, () => isThere(runPath));
  if (isHere) return await lockRun(runPath, locking);
  return await tryLockSoon(lockInState(runPath, stateDir), { mode: "exclusive", signal });
}

function lockInState(runPath: string, stateDir: string): string {
  return join(stateDir, "locks", `${derivedId(runPath)}.lock`);
}

async function mayLockBeside(runPath: string): Promise<boolean> {
  try {
    return await mayWriteRecords(runPath);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw runGone(runPath, error);
    }
    throw error;
  }
}

/**
 * True when records can be written beside the run's data; makes `.exlab-wizard` where it is missing.
 *
 * @throws LabferryError `link_refused` when `.exlab-wizard` is a link or a file
 */
export async function mayWriteRecords(runPath: string): Promise<boolean> {
  const dir = join(runPath, RECORDS_DIR);
  try {
    await Deno.mkdir(dir);
  } catch (error) {
    if (isReadOnly(error)) return false;
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const info = await Deno.lstat(dir);
  if (!info.isDirectory) {
    throw new LabferryError("link_refused", `${RECORDS_DIR} is not a folder`, {
      path: dir,
      why: info.isSymlink ? "it is a link, and links are never followed" : "it is a file",
      hint: "move it away; labferry keeps the run's records there",
    });
  }
  return await canCreateIn(dir);
}

/**
 * Tries with the lock file itself: it is to be there anyway. Whoever writes the run can put a link
 * or a FIFO in its place.
 */
async function canCreateIn(dir: string): Promise<boolean> {
  const path = join(dir, RECORD_FILES.transferLock);
  try {
    await refuseUnlessPlainBy(path, await callsFor(path));
    // Opened and closed aside in one call: a close from here stands still with a share that hangs.
    await Deno.writeFile(path, new Uint8Array(), { create: true, append: true });
    return true;
  } catch (error) {
    if (isReadOnly(error) || (error instanceof LabferryError && isReadOnly(error.cause))) {
      return false;
    }
    throw error;
  }
}

/** True for a write that this disk or this user does not allow. EROFS has no class of its own. */
export function isReadOnly(error: unknown): boolean {
  if (error instanceof Deno.errors.PermissionDenied) return true;
  return error instanceof Error && (error as { code?: string }).code === "EROFS";
}
