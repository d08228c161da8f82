/** A rename is on disk only when its folder is. */
import { diskFailure, errnoOf } from "./disk_failure.ts";
import { AT_ONCE, type SmallCalls } from "./small_calls.ts";

/**
 * Flushes a folder's entries to disk; false where the file system does not flush folders. On Windows
 * a folder cannot be opened this way, and NTFS journals its names itself: there it does nothing.
 */
export async function syncDirectory(
  path: string,
  { open }: Pick<SmallCalls, "open"> = AT_ONCE,
): Promise<boolean> {
  if (Deno.build.os === "windows") return true;
  try {
    using folder = await open(path, { read: true });
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
