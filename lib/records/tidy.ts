/** Clearing what killed writers left beside records. */
import { join } from "node:path";
import { type SweepOptions, sweepTemps, type Swept } from "../disk/mod.ts";
import { RECORD_FILES, RECORDS_DIR } from "./layout.ts";

/**
 * Removes temporary files older than a day from a directory's `.exlab-wizard`: our own, and those
 * that are called after a record, if its lock can be taken at once. A directory without records has
 * nothing to tidy.
 */
export function tidyRecords(
  directory: string,
  options: Omit<SweepOptions, "records"> = {},
): Promise<Swept> {
  return sweepTemps(join(directory, RECORDS_DIR), {
    ...options,
    records: Object.values(RECORD_FILES),
  });
}
