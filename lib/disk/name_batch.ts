/** Giving finished files their names, many at a time, where nothing may be replaced. */
import { dirname } from "node:path";
import { diskError, diskFailure } from "./disk_failure.ts";
import { FarFolders } from "./far_folder.ts";
import { takeFreeName } from "./free_name.ts";
import type { NameItem, NameRequest } from "./messages.ts";
import { lstatOrNullSync } from "./presence.ts";
import { syncDirectorySync } from "./sync_directory.ts";

/** True: it has its name; false: there was nothing to name. */
type Result = boolean | { readonly failure: unknown };

/** One an item, in order; a failure does not touch the others. Throws only what `checkCancelled` does. */
export function nameBatch(work: NameRequest, checkCancelled: () => void): Result[] {
  const folders = new FarFolders(work.root);
  const results = work.items.map((item): Result => {
    checkCancelled();
    try {
      return nameOne(item, { folders, flush: work.flush });
    } catch (failure) {
      return { failure };
    }
  });
  if (!work.flush) return results;
  for (const folder of folders.takeTouched()) {
    try {
      syncDirectorySync(folder);
    } catch (failure) {
      // Names that may not be on disk are not there yet.
      for (const [at, { to }] of work.items.entries()) {
        if (results[at] === true && dirname(to) === folder) results[at] = { failure };
      }
    }
  }
  return results;
}

function nameOne(
  { from, to, mtimeMs }: NameItem,
  { folders, flush }: { readonly folders: FarFolders; readonly flush: boolean },
): boolean {
  const info = lstatOrNullSync(from);
  if (info === null) return false;
  if (!info.isFile) throw diskError("not_a_file", `${from} is not a regular file`, { path: from });
  folders.ensure(dirname(to));
  if (flush || mtimeMs !== null) finish(from, { mtimeMs, flush });
  takeFreeName(from, to);
  folders.touched(dirname(to));
  return true;
}

function finish(
  path: string,
  { mtimeMs, flush }: { readonly mtimeMs: number | null; readonly flush: boolean },
): void {
  try {
    using file = Deno.openSync(path, { read: true, write: true });
    if (mtimeMs !== null) file.utimeSync(new Date(mtimeMs), new Date(mtimeMs));
    if (flush) file.syncSync();
  } catch (error) {
    throw diskFailure(error, `${path} could not be finished`, path);
  }
}
