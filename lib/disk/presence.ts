/** Whether something has a name on this computer. Everywhere else the absence of a file is a value. */
import { dirname, resolve } from "node:path";
import { diskFailure, errnoOf } from "./disk_failure.ts";

/**
 * False only where nothing has the name. What is there and may not be looked at counts as there:
 * whoever reads it says so, and it is never passed over for another.
 */
export async function isThere(path: string): Promise<boolean> {
  try {
    return await statOrNull(path) !== null;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return true;
    throw error;
  }
}

/** Null where nothing has the name; of a link, what it leads to. */
export function statOrNull(path: string): Promise<Deno.FileInfo | null> {
  return orNull(() => Deno.stat(path));
}

/** Null where nothing has the name; a link is a link. */
export function lstatOrNull(path: string): Promise<Deno.FileInfo | null> {
  return orNull(() => Deno.lstat(path));
}

/** A whole file; null where nothing has the name. */
export function readOrNull(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  return orNull(() => Deno.readFile(path));
}

/** Without links; null where nothing has the name. */
export function realPathOrNull(path: string): Promise<string | null> {
  return orNull(() => Deno.realPath(path));
}

/** Without the links of whatever part of it exists. @throws LabferryError what the disk says */
export async function realSpelling(path: string): Promise<string> {
  for (let there = path;; there = dirname(there)) {
    try {
      return resolve(await Deno.realPath(there), path.slice(there.length).replace(/^[\\/]+/, ""));
    } catch (error) {
      if (!isAbsence(error) || there === dirname(there)) {
        throw diskFailure(error, `${there} could not be examined`, there);
      }
    }
  }
}

/** What is gone already is as good as removed; false then. */
export async function removeIfThere(path: string): Promise<boolean> {
  return await orNull(() => Deno.remove(path).then(() => true)) ?? false;
}

async function orNull<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (isAbsence(error)) return null;
    throw error;
  }
}

/** As `lstatOrNull`, for threads that may block. @throws LabferryError what the disk says */
export function lstatOrNullSync(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (isAbsence(error)) return null;
    throw diskFailure(error, `${path} could not be examined`, path);
  }
}

/** As `removeIfThere`. @throws LabferryError what the disk says */
export function removeIfThereSync(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw diskFailure(error, `${path} could not be removed`, path);
  }
}

/**
 * Removes a temporary file of ours after something went wrong with it: that is the error to report,
 * and what stays is swept up later.
 */
export function discardTemp(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (errnoOf(error) === null) throw error;
  }
}

/** A file where a folder of the path should be: nothing can be below it. */
function isAbsence(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
