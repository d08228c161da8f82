/** A rename is on disk only when its folder is. */
import { diskFailure, errnoOf } from "./disk_failure.ts";
import { shareOf, unlessSilent } from "./small_calls.ts";

/**
 * Flushes a folder's entries to disk; false where the file system does not flush folders. On Windows
 * a folder cannot be opened this way, and NTFS journals its names itself: there it does nothing.
 */
export async function syncDirectory(path: string): Promise<boolean> {
  if (Deno.build.os === "windows") return true;
  // The share that the folder itself is on, which may be mounted there.
  const inside = `${path}/.`;
  const share = await shareOf(inside);
  if (share === null) return await syncDirectoryAtOnce(path);
  return await unlessSilent({ path: inside }, () => share.run({ kind: "sync_folder", path }));
}

/** As `syncDirectory`, for a folder that is on no share. */
export async function syncDirectoryAtOnce(path: string): Promise<boolean> {
  if (Deno.build.os === "windows") return true;
  try {
    using folder = Deno.openSync(path, { read: true });
    await folder.sync();
    return true;
  } catch (error) {
    if (isUnsupported(error)) return false;
    throw diskFailure(error, "a folder could not be flushed to disk", path);
  }
}

/** The same for worker threads, which may block. */
export function syncDirectorySync(path: string): boolean {
  if (Deno.build.os === "windows") return true;
  try {
    using folder = Deno.openSync(path, { read: true });
    folder.syncSync();
    return true;
  } catch (error) {
    if (isUnsupported(error)) return false;
    throw diskFailure(error, "a folder could not be flushed to disk", path);
  }
}

/** Some network file systems (CIFS, several FUSE ones) answer so to fsync of a folder. */
function isUnsupported(error: unknown): boolean {
  const name = errnoOf(error);
  return name === "EINVAL" || name === "ENOTSUP" || name === "ENOSYS";
}
