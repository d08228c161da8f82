/** Where a run's data lies: all of its folder, or its own files among those of others. */
import { type DiskPool, type WalkEntry, walkNames } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import { groupMembers } from "../records/mod.ts";

/** @throws LabferryError what the disk says of the folder itself */
export function walkData(
  { dataDir, members }: Pick<Job, "dataDir" | "members">,
  { pool, signal }: { readonly pool: Pick<DiskPool, "walkTree">; readonly signal: AbortSignal },
): AsyncIterable<WalkEntry[]> {
  if (members === null) return pool.walkTree(dataDir, { signal });
  return walkNames(dataDir, { isWanted: groupMembers(members), signal });
}
