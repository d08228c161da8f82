/** A rename is on disk only when its folder is. */
import { diskFailure } from "./disk_failure.ts";

/**
 * Flushes a folder's entries to disk. On Windows a folder cannot be opened this way, and NTFS
 * journals its names itself: there it does nothing.
 */
export async function syncDirectory(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  try {
    using folder = Deno.openSync(path, { read: true });
    await folder.sync();
  } catch (error) {
    if (isUnsupported(error)) return;
    throw diskFailure(error, "a folder could not be flushed to disk", path);
  }
}

/** The same for worker threads, which may block. */
export function syncDirectorySync(path: string): void {
  if (Deno.build.os === "windows") return;
  try {
    using folder = Deno.openSync(path, { read: true });
    folder.syncSync();
  } catch (error) {
    if (isUnsupported(error)) return;
    throw diskFailure(error, "a folder could not be flushed to disk", path);
  }
}

/** Some network file systems (CIFS, several FUSE ones) answer EINVAL to fsync of a folder. */
function isUnsupported(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return code === "EINVAL" || code === "ENOTSUP" || code === "EOPNOTSUPP" || code === "ENOSYS";
}
