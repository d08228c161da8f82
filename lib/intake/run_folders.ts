/** Which run folders an equipment's root holds: `<root>/<EQUIPMENT>/<project>/Runs/<run>`. */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { diskFailure, lstatOrNull, realPathOrNull, statOrNull } from "../disk/mod.ts";
import { equipmentDir, KIND_NAMES, kindOfLeaf } from "../records/mod.ts";

export interface RunFolders {
  readonly runs: readonly string[];
  /** Folders that could not be listed: what is in them is not known to be gone. */
  readonly unread: readonly LabferryError[];
}

/** A root as it answers, or what is wrong with it. */
export type RootLook = LookedRoot | { readonly fault: string };

export interface LookedRoot {
  /** The equipment's folder, by the root's path without links. */
  readonly folder: string;
  /** The device that folder is on; null while it is not there. */
  readonly dev: string | null;
}

export async function lookAtRoot(path: string, equipmentId: string): Promise<RootLook> {
  try {
    const root = await realPathOrNull(path);
    if (root === null || !(await statOrNull(root))?.isDirectory) {
      return { fault: `${path} is not there` };
    }
    const folder = equipmentDir(root, equipmentId);
    const info = await lstatOrNull(folder);
    if (info?.isSymlink) {
      return { fault: `${folder} is a link; local_root has to name the folder it leads to` };
    }
    return { folder, dev: info?.isDirectory ? String(info.dev) : null };
  } catch (error) {
    const failure = diskFailure(error, `${path} cannot be looked at`, path);
    if (!(failure instanceof LabferryError)) throw failure;
    return { fault: failure.message };
  }
}

/** Folders with a run's name; whether name and place agree is the gate's question. */
export async function runFoldersOf(equipmentFolder: string): Promise<RunFolders> {
  const runs: string[] = [];
  const unread: LabferryError[] = [];
  for (const project of await foldersIn(equipmentFolder, unread)) {
    for (const { folder } of Object.values(KIND_NAMES)) {
      const parent = join(equipmentFolder, project, folder);
      for (const leaf of await foldersIn(parent, unread)) {
        if (kindOfLeaf(leaf)) runs.push(join(parent, leaf));
      }
    }
  }
  return { runs, unread };
}

/** A folder of the instrument's software: its sub-folders are the runs. */
export async function lookAtWatched(path: string): Promise<RootLook> {
  try {
    const folder = await realPathOrNull(path);
    const info = folder === null ? null : await statOrNull(folder);
    if (folder === null || !info?.isDirectory) return { fault: `${path} is not there` };
    return { folder, dev: String(info.dev) };
  } catch (error) {
    const failure = diskFailure(error, `${path} cannot be looked at`, path);
    if (!(failure instanceof LabferryError)) throw failure;
    return { fault: failure.message };
  }
}

export async function watchedFoldersOf(folder: string): Promise<RunFolders> {
  const unread: LabferryError[] = [];
  const names = await foldersIn(folder, unread);
  return { runs: names.map((name) => join(folder, name)), unread };
}

async function foldersIn(path: string, unread: LabferryError[]): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (isDirectory && !name.startsWith(".")) names.push(name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    const failure = diskFailure(error, "A folder cannot be listed", path);
    if (!(failure instanceof LabferryError)) throw failure;
    unread.push(failure);
  }
  return names.sort();
}
