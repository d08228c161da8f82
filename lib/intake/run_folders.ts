/** Which run folders an equipment's root holds: `<root>/<EQUIPMENT>/<project>/Runs/<run>`. */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { diskFailure, lstatOrNull, statOrNull } from "../disk/mod.ts";
import { equipmentDir, KIND_NAMES, kindOfLeaf } from "../records/mod.ts";

export interface RunFolders {
  readonly runs: readonly string[];
  /** Folders that could not be listed: what is in them is not known to be gone. */
  readonly unread: readonly LabferryError[];
}

/** A root as it answers: the device it is on, or what is wrong with it. */
export type RootLook =
  | { readonly dev: number; readonly holdsEquipment: boolean }
  | { readonly fault: string };

export async function lookAtRoot(root: string, equipmentId: string): Promise<RootLook> {
  try {
    const info = await statOrNull(root);
    if (!info?.isDirectory) return { fault: `${root} is not there` };
    const own = await lstatOrNull(equipmentDir(root, equipmentId));
    return { dev: info.dev, holdsEquipment: own !== null };
  } catch (error) {
    const failure = diskFailure(error, `${root} cannot be looked at`, root);
    if (!(failure instanceof LabferryError)) throw failure;
    return { fault: failure.message };
  }
}

/** Folders with a run's name; whether name and place agree is the gate's question. */
export async function runFoldersOf(root: string, equipmentId: string): Promise<RunFolders> {
  const runs: string[] = [];
  const unread: LabferryError[] = [];
  const own = equipmentDir(root, equipmentId);
  for (const project of await foldersIn(own, unread)) {
    for (const { folder } of Object.values(KIND_NAMES)) {
      const parent = join(own, project, folder);
      for (const leaf of await foldersIn(parent, unread)) {
        if (kindOfLeaf(leaf)) runs.push(join(parent, leaf));
      }
    }
  }
  return { runs, unread };
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
