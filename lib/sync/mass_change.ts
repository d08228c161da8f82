/**
 * Ransomware must not become generation 2 (`rules.md` 6): much of a proven run that is other than it
 * was, all at once, is sent only when a person says so.
 */
import { LabferryError } from "../base/mod.ts";
import type { Job, SealChanges } from "../queue/mod.ts";
import type { SyncContext } from "./destination.ts";

/** More than this part of a run's files. */
const MOST_CHANGED = 0.2;
/** A run of few files in which one was written again is daily life. */
const LEAST_FILES = 5;

/** So many runs of which proven bytes were replaced within a day, none of them at a person's word. */
const MOST_RUNS = 3;
const DAY_MS = 24 * 3600 * 1000;

/**
 * Files of a proven run that are other than they were proven. New files alone are no change of those,
 * and neither is a person who deletes what is safe (`rules.md` 4); a file that is gone while a new one
 * came may be the same under another name.
 */
export function replacedIn(job: Job, { added, altered, goneProven }: SealChanges): number {
  return job.verifyPasses === 0 ? 0 : altered + Math.min(goneProven, added);
}

/** @throws {LabferryError} `mass_change` */
export function refuseMassChange(
  job: Job,
  { replaced, context: { queue, clock } }: {
    readonly replaced: number;
    readonly context: Pick<SyncContext, "queue" | "clock">;
  },
): void {
  if (replaced === 0) return;
  if (replaced >= LEAST_FILES && replaced > MOST_CHANGED * job.files) {
    throw new LabferryError("mass_change", "Many files of a run that is safe changed at once", {
      path: job.runPath,
      why: `${replaced} of ${job.files} are other than they were proven, or have other names`,
      hint: HINT,
    });
  }
  const since = new Date(clock.now().getTime() - DAY_MS).toISOString();
  const runs = queue.jobs.replacedSince(since, { besides: job.id }) + 1;
  if (runs < MOST_RUNS) return;
  throw new LabferryError("mass_change", "Files of several runs that are safe changed in a day", {
    path: job.runPath,
    why:
      `${runs} runs have files that are other than they were proven, and this is the last of them`,
    hint: HINT,
  });
}

const HINT = "look at them; `labferry enqueue RUN` sends the change if it is meant";
