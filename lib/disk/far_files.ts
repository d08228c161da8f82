/**
 * Small pieces of work below the base of a mounted destination, in a worker thread, because each of
 * them can hang with the share: looking at a folder, reading and writing records, and what has files
 * of its own. No link below the base is followed.
 */
import { dirname, join } from "node:path";
import { LabferryError } from "../base/errors.ts";
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { checkMount, FAR_FOLDER_MODE, FarFolders } from "./far_folder.ts";
import { entriesOf } from "./folder_entries.ts";
import { renameOverSync } from "./in_use.ts";
import { notOurs } from "./make_way.ts";
import type { FarResults, FarWork } from "./messages.ts";
import { nameHabits } from "./name_habits.ts";
import { tryLocks, tryReplacing, tryWriting } from "./folder_trials.ts";
import { discardTemp, lstatOrNullSync, removeIfThereSync } from "./presence.ts";
import { setAllAside } from "./set_aside.ts";
import { replaceKnown } from "./replace_known.ts";
import { syncDirectorySync } from "./sync_directory.ts";
import { tempName } from "./temp_names.ts";

/** Does one piece; throws what the disk says, as an error of this room. */
export function performFar(
  work: FarWork,
): FarResults[FarWork["kind"]] | Promise<FarResults["look"]> {
  switch (work.kind) {
    case "look":
      return lookAt(work.root, work.folder);
    case "make_base":
      return makeBase(work.root);
    case "read":
      return readAll(work);
    case "write":
      return writeAll(work);
    case "set_aside":
      return setAllAside(work);
    case "flush":
      return flushFolders(work);
    case "name_habits":
      return nameHabits(work);
    case "remove_probe":
      return removeProbe(work);
    case "try_writing":
      return tryWriting(work.folder);
    case "try_locks":
      return tryLocks(work.folder);
    case "try_replacing":
      return tryReplacing(work.folder);
  }
}

async function lookAt(root: string, folder: string): Promise<FarResults["look"]> {
  if (!new FarFolders(root).isThere(folder)) return null;
  try {
    const { dev } = Deno.statSync(folder);
    // Listing proves more than a stat, which a cache of attributes answers for a dead server.
    await entriesOf(folder);
    return { dev, realPath: Deno.realPathSync(folder) };
  } catch (error) {
    throw diskFailure(error, `${folder} could not be listed`, folder);
  }
}

function makeBase(root: string): null {
  try {
    Deno.mkdirSync(root, { recursive: true, mode: FAR_FOLDER_MODE });
    syncDirectorySync(dirname(root));
    return null;
  } catch (error) {
    throw diskFailure(error, `the folder ${root} could not be made`, root);
  }
}

/** Names that a killed push gave and did not flush; what they stand for was flushed before. */
function flushFolders(work: Extract<FarWork, { kind: "flush" }>): boolean {
  const folders = new FarFolders(work.root);
  let all = true;
  for (const folder of work.folders) {
    if (folders.isThere(folder) && !syncDirectorySync(folder)) all = false;
  }
  return all;
}

function removeProbe(
  { root, guard, folder, names }: Extract<FarWork, { kind: "remove_probe" }>,
): null {
  checkMount(guard);
  if (!new FarFolders(root).isThere(folder)) return null;
  for (const name of names) {
    const path = join(folder, name);
    const info = lstatOrNullSync(path);
    if (info === null) continue;
    if (!info.isFile) throw notOurs(path, info);
    removeIfThereSync(path);
  }
  // Of a folder that is not empty this removes nothing.
  removeIfThereSync(folder);
  return null;
}

function readAll(
  { root, guard, paths, maxBytes }: Extract<FarWork, { kind: "read" }>,
): FarResults["read"] {
  const folders = new FarFolders(root);
  // A base that is gone holds nothing; one on another device is not the one that was connected to.
  if (folders.isThere(root)) checkMount(guard);
  return paths.map((path) => folders.isThere(dirname(path)) ? readOne(path, maxBytes) : null);
}

function readOne(path: string, maxBytes: number): Uint8Array<ArrayBuffer> | null {
  const info = lstatOrNullSync(path);
  if (info === null) return null;
  if (!info.isFile) throw notOurs(path, info);
  if (info.size > maxBytes) {
    throw diskError("io_failed", `${path} is too large to be read at once`, {
      path,
      why: `it has ${info.size} bytes, at most ${maxBytes} are read`,
    });
  }
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw diskFailure(error, `${path} could not be read`, path);
  }
}

/** Each file is replaced whole or not at all; the folders are flushed before this returns. */
function writeAll(work: Extract<FarWork, { kind: "write" }>): null {
  const folders = new FarFolders(work.root);
  for (const { path, bytes, known } of work.files) {
    checkMount(work.guard);
    folders.ensure(dirname(path));
    const old = lstatOrNullSync(path);
    if (old && !old.isFile) throw notOurs(path, old);
    const temp = written(path, bytes);
    try {
      if (known) replaceKnown({ temp, path, known, folders });
      else renameOverSync(temp, path);
    } catch (error) {
      discardTemp(temp);
      if (error instanceof LabferryError) throw error;
      throw diskFailure(error, `${path} could not be written`, path);
    }
    folders.touched(dirname(path));
  }
  for (const folder of folders.takeTouched()) syncDirectorySync(folder);
  return null;
}

/** The new version under a name of its own, beside its place. */
function written(path: string, bytes: Uint8Array): string {
  const temp = join(dirname(path), tempName());
  try {
    using file = Deno.openSync(temp, { write: true, createNew: true });
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    file.syncSync();
  } catch (error) {
    discardTemp(temp);
    throw diskFailure(error, `${path} could not be written`, path);
  }
  return temp;
}
