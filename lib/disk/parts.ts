/** Temporary files of a copy, and of small files beside it, that was killed. */
import { join } from "node:path";
import { diskFailure, errnoOf } from "./disk_failure.ts";
import { entriesOf } from "./folder_entries.ts";
import { lstatOrNullSync, removeIfThereSync } from "./presence.ts";
import { isStaleTemp } from "./stale_temps.ts";
import { isOwnTempName, isPartName } from "./temp_names.ts";

/**
 * Removes every part below `folder`, which nobody is copying into, and other temporary files of ours
 * that are older than a day, and returns their paths. A folder that is not there has none.
 */
export async function removePartsIn(
  folder: string,
  checkCancelled: () => void,
): Promise<string[]> {
  const removed: string[] = [];
  const open = [folder];
  while (open.length > 0) {
    checkCancelled();
    const here = open.pop()!;
    for (const entry of await listed(here)) {
      const path = join(here, entry.name);
      if (entry.isDirectory) open.push(path);
      else if (entry.isFile && isLeftOver(entry.name, path) && removeIfThereSync(path)) {
        removed.push(path);
      }
    }
  }
  return removed;
}

/** A small file may be written beside the copy: its temporary file has to be old. */
function isLeftOver(name: string, path: string): boolean {
  return isPartName(name) || isOwnTempName(name) && isStaleTemp(lstatOrNullSync(path), Date.now());
}

async function listed(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await entriesOf(folder);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw diskFailure(error, `${folder} could not be listed`, folder);
  }
}
