/** Whether a folder that is new by name is one that was known under another. */
import { lstatOrNull } from "../disk/mod.ts";
import type { SeenRow } from "../queue/mod.ts";

/**
 * Which folder of the disk it is: inode and birth, so that a number given again to a new folder is
 * another one. Null when it is gone, or where the system tells no inodes.
 */
export async function folderIdOf(runPath: string): Promise<string | null> {
  const info = await lstatOrNull(runPath);
  if (!info?.isDirectory || info.ino === null) return null;
  return `${info.dev}:${info.ino}-${info.birthtime?.getTime() ?? "unknown"}`;
}

/** The run that this folder was, and is not any more. */
export async function renamedFrom(
  folder: string | null,
  known: Iterable<SeenRow>,
): Promise<SeenRow | null> {
  if (folder === null) return null;
  for (const row of known) {
    if (row.folder === folder && await lstatOrNull(row.runPath) === null) return row;
  }
  return null;
}

/** The disk that the known runs' folders were on, as `folderIdOf` says; null when nobody knows. */
export function devOf(known: Iterable<SeenRow>): string | null {
  for (const { folder } of known) if (folder !== null) return folder.slice(0, folder.indexOf(":"));
  return null;
}
