/** Clearing what killed writers left beside records. */
import { join } from "node:path";
import type { Clock } from "../base/mod.ts";
import { lstatOrNullSync, removeStaleTemps } from "../disk/mod.ts";
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
  if (!lstatOrNullSync(folder)?.isDirectory) return [];
  return Object.values(RECORD_FILES).flatMap((name) =>
    removeStaleTemps(join(folder, name), options)
  );
}
