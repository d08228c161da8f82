/**
 * Ransomware must not become generation 2 (`rules.md` 6): much of a proven run that is other than it
 * was, all at once, is sent only when a person says so.
 */
import { LabferryError } from "../base/mod.ts";
import type { Job, SealChanges } from "../queue/mod.ts";

/** More than this part of a run's files. */
const MOST_CHANGED = 0.2;
/** A run of few files in which one was written again is daily life. */
const LEAST_FILES = 5;

/**
 * New files alone are no change of those that were proven, and neither is a person who deletes what is
 * safe (`rules.md` 4); a file that is gone while a new one came may be the same under another name.
 *
 * @throws {LabferryError} `mass_change`
 */
export function refuseMassChange(job: Job, { added, altered, goneProven }: SealChanges): void {
  const changed = altered + Math.min(goneProven, added);
  if (job.verifyPasses === 0 || changed < LEAST_FILES || changed <= MOST_CHANGED * job.files) {
    return;
  }
  throw new LabferryError("mass_change", "Many files of a run that is safe changed at once", {
    path: job.runPath,
    why: `${changed} of ${job.files} are other than they were proven, or have other names`,
    hint: "look at them; `labferry enqueue RUN` sends the change if it is meant",
  });
}
