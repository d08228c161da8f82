/** Where a run's data lies: all of its folder, or its own files among those of others. */
import { join } from "node:path";
import { compareUtf8, LabferryError } from "../base/mod.ts";
import { type DiskPool, type WalkedEntry, type WalkEntry, walkNames } from "../disk/mod.ts";
import type { Job, Members } from "../queue/mod.ts";
import { groupFolders, groupMembers } from "../records/mod.ts";

export interface WalkDataOptions {
  readonly pool: Pick<DiskPool, "walkTree">;
  readonly signal: AbortSignal;
  /** The data lies on another computer's share: its files' ids change when it is mounted anew. */
  readonly isPulled?: boolean;
}

/** @throws LabferryError what the disk says of the folder itself */
export async function* walkData(
  data: Pick<Job, "dataDir" | "members">,
  { isPulled = false, ...options }: WalkDataOptions,
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
  return members.beside === undefined
    ? walkNames(dataDir, { isWanted: groupMembers(members), signal })
    : walkWithFolder({ dataDir, members }, { pool, signal });
}

/** The files of a group and what is in the folder beside them, in the order of their whole paths. */
async function* walkWithFolder(
  { dataDir, members }: { readonly dataDir: string; readonly members: Members },
  { pool, signal }: Omit<WalkDataOptions, "isPulled">,
): AsyncGenerator<WalkEntry[]> {
  const [isFile, isFolder] = [groupMembers(members), groupFolders(members)];
  const found: WalkEntry[] = [];
  const isWanted = (name: string) => isFile(name) || isFolder(name);
  for await (const batch of walkNames(dataDir, { isWanted, signal })) {
    found.push(...batch.filter(({ path, kind }) => kind === "directory" || isFile(path)));
  }
  const key = ({ path, kind }: WalkEntry) => kind === "directory" ? `${path}/` : path;
  found.sort((a, b) => compareUtf8(key(a), key(b)));
  for (const entry of found) {
    if (entry.kind === "directory" && isFolder(entry.path)) {
      yield* walkFolder(entry, { dataDir, pool, signal });
    } else yield [entry];
  }
}

async function* walkFolder(
  folder: WalkedEntry,
  { dataDir, pool, signal }: Omit<WalkDataOptions, "isPulled"> & { readonly dataDir: string },
): AsyncGenerator<WalkEntry[]> {
  const { path: name } = folder;
  let isEmpty = true;
  try {
    for await (const batch of pool.walkTree(join(dataDir, name), { signal })) {
      if (isEmpty) yield [{ ...folder, empty: false }];
      isEmpty = false;
      yield batch.map((entry) => ({ ...entry, path: `${name}/${entry.path}` }));
    }
    if (isEmpty) yield [{ ...folder, empty: true }];
  } catch (error) {
    // Gone since its name was read: the run changes, and is not gone.
    if (!(error instanceof LabferryError) || error.code !== "not_found") throw error;
    yield [{
      kind: "problem",
      path: name,
      code: "vanished",
      message: error.message,
      failure: null,
    }];
  }
}
