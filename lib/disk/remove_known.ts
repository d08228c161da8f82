/** Removing what is known to be elsewhere too: only the very file that was read, only empty folders. */
import { diskFailure, errnoOf } from "./disk_failure.ts";
import { type FileStat, fileStatOf } from "./file_identity.ts";
import { lstatOrNull, realPathOrNull, removeIfThere } from "./presence.ts";

/**
 * Removes a file if it is still the one that `stat` was read of. `changed` is whatever has the name by
 * now: it stays, as does a file that is reached through a link.
 *
 * @throws LabferryError what the disk says
 */
export async function removeUnchanged(
  path: string,
  stat: FileStat,
): Promise<"removed" | "gone" | "changed"> {
  try {
    const info = await lstatOrNull(path);
    if (info === null) return "gone";
    if (!info.isFile || !isSame(fileStatOf(path, info), stat)) return "changed";
    if (await realPathOrNull(path) !== path) return "changed";
    return await removeIfThere(path) ? "removed" : "gone";
  } catch (error) {
    throw diskFailure(error, "A file could not be removed", path);
  }
}

/**
 * False for what stays: a folder that holds something, a link, a file. True where it is gone.
 *
 * @throws LabferryError what the disk says
 */
export async function removeIfEmpty(path: string): Promise<boolean> {
  try {
    const info = await lstatOrNull(path);
    if (info === null) return true;
    if (!info.isDirectory || await realPathOrNull(path) !== path) return false;
    for await (const _entry of Deno.readDir(path)) return false;
    await removeIfThere(path);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes(errnoOf(error) ?? "")) return false;
    throw diskFailure(error, "An empty folder could not be removed", path);
  }
}

function isSame(now: FileStat, then: FileStat): boolean {
  return now.sizeBytes === then.sizeBytes && now.mtimeMs === then.mtimeMs &&
    now.ctimeS === then.ctimeS && now.fileId === then.fileId;
}
