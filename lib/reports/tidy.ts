/** Clearing what killed writers left in the reports. */
import { type SweepOptions, sweepTemps, type Swept } from "../disk/mod.ts";
import { isReportId, reportFolder, reportsDirOf } from "./report_folder.ts";

/** A lab has a report a project: this many folders are a mistake of somebody, not reports. */
const MOST_REPORTS = 100_000;

/** Removes our own temporary files older than a day from the root and from each report's folders. */
export async function tidyReports(root: string, options: SweepOptions = {}): Promise<Swept> {
  const removed: string[] = [];
  const failed: Swept["failed"][number][] = [];
  for await (const folder of foldersOf(root)) {
    if (options.signal?.aborted) break;
    const swept = await sweepTemps(folder, options);
    removed.push(...swept.removed);
    failed.push(...swept.failed);
  }
  return { removed, failed };
}

async function* foldersOf(root: string): AsyncGenerator<string> {
  yield root;
  let count = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(reportsDirOf(root))) {
      if (!isDirectory || !isReportId(name)) continue;
      if (count++ >= MOST_REPORTS) return;
      const { path, backupsDir } = reportFolder(root, name);
      yield path;
      yield backupsDir;
    }
  } catch (error) {
    // No report was ever made.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
