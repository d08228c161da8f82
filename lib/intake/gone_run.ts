/**
 * A proven run of which nothing is here any more, deleted by a person: its proof stands, and its files
 * are known to be gone (`rules.md` 4).
 */
import type { Job } from "../queue/mod.ts";
import { lockProvenRun, refreshSeal } from "../sync/mod.ts";
import type { ScanHouse } from "./scan_house.ts";

/**
 * False when somebody works on the run.
 *
 * @throws LabferryError `root_missing` when it is the disk that is away; `source_vanished` when files
 * are gone that were never proven
 */
export async function noteGone(
  job: Job,
  { house: { context, moves }, signal }: {
    readonly house: ScanHouse;
    readonly signal: AbortSignal;
  },
): Promise<boolean> {
  const present = await context.queue.files(job.id).count("present");
  if (present.files === 0) return true;
  using lock = await lockProvenRun(job, context);
  if (lock === null) return false;
  await refreshSeal(job, { context, moves, signal, refusesMassChange: true });
  return true;
}
