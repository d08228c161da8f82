/** Giving a finished file its name, where nothing may be replaced. For threads that may block. */
import { LabferryError } from "../base/errors.ts";
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { isSameFile } from "./file_identity.ts";
import { hasNoHardLinks } from "./hard_links.ts";
import { onceFreeSync } from "./in_use.ts";
import { lstatOrNullSync, removeIfThereSync } from "./presence.ts";

/**
 * Gives the file `from` the name `to` instead of its own, in one step that fails where the name is
 * taken: a second name, then the first goes. Killed between, it has both, and the next call ends it.
 * Where there are no hard links it is looked at and renamed, a call apart.
 *
 * @throws LabferryError `already_exists` when another file, folder or link has the name
 */
export function takeFreeName(from: string, to: string): void {
  if (hasBothNames(from, to)) removeIfThereSync(from);
  else renameToFree(from, to);
}

/** The same; false when somebody else has the name. */
export function tookFreeName(from: string, to: string): boolean {
  try {
    takeFreeName(from, to);
    return true;
  } catch (error) {
    if (error instanceof LabferryError && error.code === "already_exists") return false;
    throw error;
  }
}

function hasBothNames(from: string, to: string): boolean {
  try {
    Deno.linkSync(from, to);
    return true;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === null) throw error;
    const taken = lstatOrNullSync(to);
    const own = lstatOrNullSync(from);
    if (taken && own && isSameFile(taken, own)) return true;
    if (taken) throw nameTaken(to);
    if (hasNoHardLinks(errno)) return false;
    throw diskFailure(error, `${to} could not be named`, to);
  }
}

function renameToFree(from: string, to: string): void {
  if (lstatOrNullSync(to) !== null) throw nameTaken(to);
  try {
    onceFreeSync(() => Deno.renameSync(from, to), { deniedToo: true });
  } catch (error) {
    throw diskFailure(error, `${to} could not be named`, to);
  }
}

function nameTaken(path: string): unknown {
  return diskError("already_exists", `${path} already exists`, {
    path,
    hint: "Nothing is overwritten: move it away, or choose another folder.",
  });
}
