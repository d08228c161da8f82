/**
 * The lock of one report, in the two ways other programs take it: as flock on `.lock`, and, by
 * igloo-mcp where its lock library is missing, as the existence of that file. So `.lock` is there
 * only while somebody works: whoever holds it removes it, still holding it.
 *
 * A removed lock file lets two in where one of them has opened the old file and locks it later. Ours
 * compare the file they locked with the name (`tryLockFile`). Others open and lock in one go and do
 * not wait; the short time that a removed file stays locked makes that attempt fail.
 */
import { LabferryError, systemClock } from "../base/mod.ts";
import { type FileLock, lockFile } from "../disk/mod.ts";
import type { ReportFolder } from "./report_folder.ts";

/** A thousand times what lies between a program's open and its lock. */
const LINGER_MS = 5;

/** @throws {LabferryError} `lock_timeout` naming the file */
export async function lockReport(
  folder: ReportFolder,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<AsyncDisposable> {
  const lock = await lockFile(folder.lockPath, { mode: "exclusive", timeoutMs });
  return { [Symbol.asyncDispose]: () => release(lock) };
}

/** As `lockReport`; null where the lock cannot be made: nobody of this account changes a report there. */
export async function lockReportIfWritable(
  folder: ReportFolder,
  options: { readonly timeoutMs: number },
): Promise<AsyncDisposable | null> {
  try {
    return await lockReport(folder, options);
  } catch (error) {
    const isRefused = error instanceof LabferryError &&
      (error.code === "read_only" || error.code === "permission_denied");
    if (isRefused) return null;
    throw error;
  }
}

async function release(lock: FileLock): Promise<void> {
  try {
    if (!await lock.isStillNamed()) return;
    await Deno.remove(lock.path);
    await systemClock.sleep(LINGER_MS);
  } catch (error) {
    // Removed by hand meanwhile, or in a folder of somebody else: then it stays.
    if (error instanceof Deno.errors.NotFound) return;
    if (error instanceof Deno.errors.PermissionDenied) return;
    throw error;
  } finally {
    lock.release();
  }
}
