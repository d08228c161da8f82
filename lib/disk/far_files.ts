/**
 * Small pieces of work below the base of a mounted destination, in a worker thread, because each of
 * them can hang with the share: looking at a folder, reading and writing records, setting one file
 * aside. No link below the base is followed.
 */
import { basename, dirname, join } from "node:path";
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { checkMount, FarFolders } from "./far_folder.ts";
import type { FarResults, FarWork } from "./messages.ts";
import { isSameFile } from "./file_identity.ts";
import { renameOverSync } from "./rename_over.ts";
import { siblingName } from "./sibling_name.ts";
import { syncDirectorySync } from "./sync_directory.ts";

/** Does one piece; throws what the disk says, as an error of this room. */
export function performFar(work: FarWork): FarResults[FarWork["kind"]] {
  switch (work.kind) {
    case "look":
      return lookAt(work.root, work.folder);
    case "make_base":
      return makeBase(work.root);
    case "read":
      return readAll(work.root, work.paths, work.maxBytes);
    case "write":
      return writeAll(work);
    case "set_aside":
      return setAside(work);
  }
}

function lookAt(root: string, folder: string): FarResults["look"] {
  if (!new FarFolders(root).isThere(folder)) return null;
  try {
    const { dev } = Deno.statSync(folder);
    // Listing proves more than a stat, which a cache of attributes answers for a dead server.
    for (const _ of Deno.readDirSync(folder)) break;
    return { dev, realPath: Deno.realPathSync(folder) };
  } catch (error) {
    throw diskFailure(error, `${folder} could not be listed`, folder);
  }
}

function makeBase(root: string): null {
  try {
    Deno.mkdirSync(root, { recursive: true });
    syncDirectorySync(dirname(root));
    return null;
  } catch (error) {
    throw diskFailure(error, `the folder ${root} could not be made`, root);
  }
}

function readAll(root: string, paths: readonly string[], maxBytes: number): FarResults["read"] {
  const folders = new FarFolders(root);
  return paths.map((path) => folders.isThere(dirname(path)) ? readOne(path, maxBytes) : null);
}

function readOne(path: string, maxBytes: number): Uint8Array<ArrayBuffer> | null {
  const info = lstatOrNull(path);
  if (info === null) return null;
  if (!info.isFile) throw notRegular(path, info);
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
  for (const { path, bytes } of work.files) {
    checkMount(work.guard);
    folders.ensure(dirname(path));
    const old = lstatOrNull(path);
    if (old && !old.isFile) throw notRegular(path, old);
    replace(path, bytes);
    folders.touched(dirname(path));
  }
  for (const folder of folders.takeTouched()) syncDirectorySync(folder);
  return null;
}

function replace(path: string, bytes: Uint8Array): void {
  const temp = join(dirname(path), siblingName(basename(path), { suffix: ".tmp" }));
  try {
    using file = Deno.openSync(temp, { write: true, createNew: true });
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    file.syncSync();
  } catch (error) {
    removeIfThere(temp);
    throw diskFailure(error, `${path} could not be written`, path);
  }
  try {
    renameOverSync(temp, path);
  } catch (error) {
    removeIfThere(temp);
    throw diskFailure(error, `${path} could not be written`, path);
  }
}

/** A second name first, which fails where one is taken; only then does the first name go. */
function setAside(work: Extract<FarWork, { kind: "set_aside" }>): boolean {
  const { root, guard, from, to } = work;
  const folders = new FarFolders(root);
  checkMount(guard);
  if (!folders.isThere(dirname(from))) return false;
  const info = lstatOrNull(from);
  if (info === null) return false;
  if (!info.isFile) throw notRegular(from, info);
  folders.ensure(dirname(to));
  try {
    Deno.linkSync(from, to);
    Deno.removeSync(from);
  } catch (error) {
    const taken = lstatOrNull(to);
    // Killed between its two steps, an earlier call left both names on one file.
    if (taken && isSameFile(taken, info)) Deno.removeSync(from);
    else if (taken) throw alreadyThere(to);
    // No hard links here (exFAT, some shares): one writer works on a run, so look-then-rename will do.
    else renameAside(error, from, to);
  }
  folders.touched(dirname(from));
  folders.touched(dirname(to));
  for (const folder of folders.takeTouched()) syncDirectorySync(folder);
  return true;
}

function renameAside(linkError: unknown, from: string, to: string): void {
  if (errnoOf(linkError) === null) throw linkError;
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    throw diskFailure(error, `${from} could not be set aside`, from);
  }
}

function alreadyThere(path: string): unknown {
  return diskError("already_exists", `${path} already exists`, {
    path,
    hint: "Nothing is overwritten there; choose another folder to set files aside in.",
  });
}

function notRegular(path: string, info: Deno.FileInfo): unknown {
  return diskError(
    info.isSymlink ? "link_refused" : "not_a_file",
    `${path} is not a regular file`,
    {
      path,
      why: info.isSymlink ? "it is a symbolic link" : "something else has that name",
      hint: "Look at it on the destination and move it away; labferry does not remove it.",
    },
  );
}

function lstatOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw diskFailure(error, `${path} could not be examined`, path);
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    // What led here is the error to report; `removeStaleTemps` takes a temp that stays.
    if (errnoOf(error) === null) throw error;
  }
}
