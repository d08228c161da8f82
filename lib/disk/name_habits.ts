/**
 * What a file system does to names: whether it keeps `Keep` and `keep` apart, and the two spellings
 * of an accented letter. Nobody says so reliably (a share shows its protocol, not of the disk behind
 * it), so it is tried: an empty file is made and asked for by its other spelling.
 */
import { dirname, join } from "node:path";
import type { Code } from "../base/codes.ts";
import { LabferryError } from "../base/errors.ts";
import { diskFailure } from "./disk_failure.ts";
import { checkMount, FarFolders } from "./far_folder.ts";
import { lstatOrNullSync, removeIfThereSync } from "./presence.ts";
import type { FarResults, FarWork } from "./messages.ts";

/** Upwards from the folder asked about; deeper than any run. */
const MOST_PARENTS = 256;

export function nameHabits(
  work: Extract<FarWork, { kind: "name_habits" }>,
): FarResults["name_habits"] {
  checkMount(work.guard);
  const folder = nearestFolder(work.root, work.folder);
  const random = crypto.getRandomValues(new Uint8Array(5)).toHex();
  return {
    foldsCase: answersTo(folder, { name: `.Lf-${random}`, other: `.lF-${random.toUpperCase()}` }),
    normalises: answersTo(folder, { name: `.lf-${random}\u00e9`, other: `.lf-${random}e\u0301` }),
  };
}

function nearestFolder(root: string, folder: string): string {
  const folders = new FarFolders(root);
  let here = folder;
  for (let i = 0; i < MOST_PARENTS && here !== root && !folders.isThere(here); i++) {
    here = dirname(here);
  }
  return here;
}

/** Null where the place lets nothing be made, or has no such names. */
function answersTo(
  folder: string,
  { name, other }: { readonly name: string; readonly other: string },
): boolean | null {
  const path = join(folder, name);
  try {
    Deno.openSync(path, { write: true, createNew: true }).close();
  } catch (error) {
    const failure = diskFailure(error, `${folder} could not be written to`, folder);
    if (isNoAnswer(failure)) return null;
    throw failure;
  }
  try {
    return lstatOrNullSync(join(folder, other)) !== null;
  } finally {
    removeIfThereSync(path);
  }
}

const NO_ANSWER = new Set<Code>([
  "permission_denied",
  "read_only",
  "name_refused",
  "io_failed",
  "disk_full",
]);

/** The place is there and says no; a place that is not there is another matter. */
function isNoAnswer(failure: unknown): boolean {
  return failure instanceof LabferryError && NO_ANSWER.has(failure.code);
}
