/** Temporary files of a copy that was killed. */
import { join } from "node:path";
import { diskFailure, errnoOf } from "./disk_failure.ts";
import { entriesOf } from "./folder_entries.ts";
import { removeIfThereSync } from "./presence.ts";
import { isPartName } from "./temp_names.ts";

/**
 * Removes every part below `folder`, which nobody is copying into, and returns
 * their paths. A folder that is not there has none.
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
      else if (entry.isFile && isPartName(entry.name) && removeIfThereSync(path)) {
        removed.push(path);
      }
    }
  }
  return removed;
}

async function listed(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await entriesOf(folder);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw diskFailure(error, `${folder} could not be listed`, folder);
  }
}
