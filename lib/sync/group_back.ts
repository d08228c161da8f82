/**
 * Files of a run that is files, in the instrument's folder after they were let go. What has a name of
 * theirs there may be theirs, brought back, or the next acquisition's (`rules.md` 25): it is theirs when
 * its size and time are those of the list as well, which the scanner goes by too.
 */
import type { WalkEntry } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import { isRecordPath } from "../records/mod.ts";
import { walkData } from "./run_data.ts";
import type { Work } from "./work.ts";

type GroupWork = Pick<Work, "signal"> & {
  readonly context: Pick<Work["context"], "queue" | "pool" | "sources" | "ignored">;
};

/** True of a run whose names may be another run's by now. */
export function mayBeAnothers({ state, members }: Pick<Job, "state" | "members">): boolean {
  return members !== null && state === "cleaned";
}

/** What is back of a run that was let go; `others` are what has the group's names besides. */
export async function* walkBack(
  job: Job,
  { context, signal }: GroupWork,
): AsyncGenerator<{ readonly back: WalkEntry[]; readonly others: WalkEntry[] }> {
  const { queue, pool, sources, ignored } = context;
  const files = queue.files(job.id);
  const isIgnored = ignored.get(job.equipmentId);
  const isPulled = sources.isPulled(job.equipmentId);
  for await (const batch of walkData(job, { pool, signal, isPulled })) {
    const [back, others]: [WalkEntry[], WalkEntry[]] = [[], []];
    for (const entry of batch) {
      if (entry.kind === "directory" || isRecordPath(entry.path)) continue;
      const known = files.get(entry.path);
      if (known === null && isIgnored?.(entry.path)) continue;
      const isBack = known !== null && entry.kind === "file" &&
        known.sizeBytes === entry.sizeBytes && known.mtimeMs === entry.mtimeMs;
      (isBack ? back : others).push(entry);
    }
    yield { back, others };
  }
}

/** The first name of the group that something else has, after the run was let go; null for none. */
export async function othersName(job: Job, work: GroupWork): Promise<string | null> {
  if (!mayBeAnothers(job)) return null;
  for await (const { others: [first] } of walkBack(job, work)) if (first) return first.path;
  return null;
}
