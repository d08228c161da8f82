/**
 * Moving many things aside at a mounted destination at once, because the caller has looked and says
 * so: files and whole folders. All second names are on disk before the first of the old ones goes.
 */
import { dirname } from "node:path";
import { diskFailure, errnoOf } from "./disk_failure.ts";
import { checkMount, FarFolders } from "./far_folder.ts";
import { onceFreeSync } from "./in_use.ts";
import { linked, notOurs, removeFirstName, renameAside } from "./make_way.ts";
import { lstatOrNullSync } from "./presence.ts";
import type { FarWork } from "./messages.ts";
import { syncDirectorySync } from "./sync_directory.ts";

/** One answer a move, in order: false where there was nothing. */
export function setAllAside(work: Extract<FarWork, { kind: "set_aside" }>): boolean[] {
  const folders = new FarFolders(work.root);
  const doubled: { readonly from: string; readonly to: string }[] = [];
  const moved = work.moves.map(({ from, to }) => {
    checkMount(work.guard);
    if (!folders.isThere(dirname(from))) return false;
    const info = lstatOrNullSync(from);
    if (info === null) return false;
    if (info.isSymlink || (!info.isFile && !info.isDirectory)) throw notOurs(from, info);
    folders.ensure(dirname(to));
    if (info.isFile && linked(from, { aside: to, info })) doubled.push({ from, to });
    else renameAside(from, to);
    folders.touched(dirname(from));
    folders.touched(dirname(to));
    return true;
  });
  flush(folders);
  for (const { from, to } of doubled) {
    checkMount(work.guard);
    removeFirst(from, to);
    folders.touched(dirname(from));
  }
  flush(folders);
  return moved;
}

function flush(folders: FarFolders): void {
  for (const folder of folders.takeTouched()) syncDirectorySync(folder);
}

function removeFirst(path: string, aside: string): void {
  try {
    onceFreeSync(() => removeFirstName(path, aside), { deniedToo: true });
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw diskFailure(error, `${path} could not be set aside`, path);
  }
}
