/**
 * Replacing a small file of a mounted destination that was looked at before, and only that very one:
 * what somebody wrote there since the look is moved aside, whether they wrote into the file or put
 * another one under its name.
 */
import { dirname, join } from "node:path";
import { equalBytes } from "../base/bytes.ts";
import { diskError, diskFailure } from "./disk_failure.ts";
import type { FarFolders } from "./far_folder.ts";
import { tookFreeName } from "./free_name.ts";
import { renameOverSync } from "./in_use.ts";
import { isOneFile, linked, notOurs, removeFirstName, renameAside } from "./make_way.ts";
import type { KnownFile } from "./messages.ts";
import { lstatOrNullSync, removeIfThereSync } from "./presence.ts";
import { syncDirectorySync } from "./sync_directory.ts";
import { tempName } from "./temp_names.ts";

export interface Replacing {
  /** The new version, flushed, beside `path`. */
  readonly temp: string;
  readonly path: string;
  readonly known: KnownFile;
  readonly folders: FarFolders;
}

/** Somebody who writes faster than that is at work there, and is let finish. */
const MOST_TRIES = 10;

/**
 * At every instant the name holds a whole version. What had it keeps a second name until it was read
 * again after the rename: bytes that were written into it meanwhile are found there. Where there are
 * no hard links the look just before the rename is all there is.
 *
 * @throws LabferryError `already_exists` where the name to set aside under is taken; nothing was replaced
 */
export function replaceKnown(one: Replacing): void {
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const old = lstatOrNullSync(one.path);
    if (old !== null && !old.isFile) throw notOurs(one.path, old);
    if (old === null ? tookFreeName(one.temp, one.path) : isReplaced(one, old)) return;
  }
  throw diskError("file_in_use", `${one.path} is written by another program`, {
    path: one.path,
    why: `it was another file at each of ${MOST_TRIES} looks`,
  });
}

/** False when it was not what is known, and made way. */
function isReplaced({ temp, path, known, folders }: Replacing, old: Deno.FileInfo): boolean {
  const kept = join(dirname(path), tempName());
  if (!linked(path, { aside: kept, info: old })) {
    if (holds(path, known.bytes)) {
      renameOverSync(temp, path);
      return true;
    }
    folders.ensure(dirname(known.aside));
    renameAside(path, known.aside);
    folders.touched(dirname(known.aside));
    return false;
  }
  const isKnown = holds(kept, known.bytes);
  const now = lstatOrNullSync(path);
  const isStill = now !== null && isOneFile(now, Deno.lstatSync(kept));
  if (isKnown && isStill) {
    renameOverSync(temp, path);
    // From here on nobody finds it by its name, and it may have been written to until now.
    if (!holds(kept, known.bytes)) keepAside(kept, { known, folders });
    removeIfThereSync(kept);
    return true;
  }
  try {
    if (!isKnown) keepAside(kept, { known, folders });
    if (!isKnown) removeFirstName(path, kept);
  } finally {
    // It has its first name still, or a third one.
    removeIfThereSync(kept);
  }
  return false;
}

function keepAside(
  kept: string,
  { known, folders }: Pick<Replacing, "known" | "folders">,
): void {
  const folder = dirname(known.aside);
  folders.ensure(folder);
  const info = Deno.lstatSync(kept);
  if (!linked(kept, { aside: known.aside, info })) renameAside(kept, known.aside);
  syncDirectorySync(folder);
}

function holds(path: string, bytes: Uint8Array | null): boolean {
  if (bytes === null) return false;
  try {
    return Deno.lstatSync(path).size === bytes.length && equalBytes(Deno.readFileSync(path), bytes);
  } catch (error) {
    throw diskFailure(error, `${path} could not be read`, path);
  }
}
