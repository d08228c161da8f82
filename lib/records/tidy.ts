/** Clearing what killed writers left beside records. */
import { join } from "node:path";
import type { Clock } from "../base/mod.ts";
import { removeStaleTemps } from "../disk/mod.ts";
import { RECORD_FILES, RECORDS_DIR } from "./layout.ts";

/**
 * Removes temporary files older than a day from a directory's `.exlab-wizard`, each only if its
 * record's lock can be taken at once. A directory without records has nothing to tidy.
 *
 * @returns paths of what was removed
 */
export function tidyRecords(
  directory: string,
  options: { readonly clock?: Clock } = {},
): string[] {
  const folder = join(directory, RECORDS_DIR);
  if (!isFolder(folder)) return [];
  return Object.values(RECORD_FILES).flatMap((name) =>
    removeStaleTemps(join(folder, name), options)
  );
}

function isFolder(path: string): boolean {
  try {
    return Deno.lstatSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
