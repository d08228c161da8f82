/** Where a run's data lies: all of its folder, or its own files among those of others. */
import { type DiskPool, type WalkEntry, walkNames } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import { groupMembers } from "../records/mod.ts";

export interface WalkDataOptions {
  readonly pool: Pick<DiskPool, "walkTree">;
  readonly signal: AbortSignal;
  /** The data lies on another computer's share: its files' ids change when it is mounted anew. */
  readonly isPulled: boolean;
}

/** @throws LabferryError what the disk says of the folder itself */
export async function* walkData(
  data: Pick<Job, "dataDir" | "members">,
  { isPulled, ...options }: WalkDataOptions,
): AsyncGenerator<WalkEntry[]> {
  const walk = walkAll(data, options);
  if (!isPulled) return yield* walk;
  for await (const batch of walk) {
    yield batch.map((entry) => entry.kind === "problem" ? entry : { ...entry, fileId: "" });
  }
}

function walkAll(
  { dataDir, members }: Pick<Job, "dataDir" | "members">,
  { pool, signal }: Omit<WalkDataOptions, "isPulled">,
): AsyncIterable<WalkEntry[]> {
  if (members === null) return pool.walkTree(dataDir, { signal });
  return walkNames(dataDir, { isWanted: groupMembers(members), signal });
}
