/** What somebody who names a path wants audited: a file, a run, a project, an equipment, a root. */
import { basename, dirname } from "node:path";
import {
  equipmentIdFault,
  kindOfFolder,
  kindOfLeaf,
  RECORD_FILES,
  RECORDS_DIR,
} from "../records/mod.ts";
import { isProblem, list, look } from "./look.ts";

export type NamedPlace =
  | { readonly kind: "root" | "equipment" | "project" | "run"; readonly path: string }
  /** A folder of runs, whose project is audited for these runs only. */
  | { readonly kind: "runs_folder"; readonly path: string }
  /** A file or folder in a run. */
  | { readonly kind: "part"; readonly run: string; readonly below: string };

/**
 * Classifies an existing path (absolute, links resolved) by the roots that are known, else by what
 * stands around it. A folder that is nothing else is taken for a run.
 */
export async function placeAt(path: string, roots: readonly string[]): Promise<NamedPlace> {
  const root = roots.find((known) => path === known || path.startsWith(`${known}/`));
  if (root !== undefined) return placeBelow(path, root);
  return await guessPlace(path);
}

function placeBelow(path: string, root: string): NamedPlace {
  const segments = path === root ? [] : path.slice(root.length + 1).split("/");
  const [, , folder] = segments;
  if (segments.length === 0) return { kind: "root", path };
  if (segments.length === 1) return { kind: "equipment", path };
  if (segments.length === 2) return { kind: "project", path };
  if (folder !== undefined && kindOfFolder(folder) !== null) {
    if (segments.length === 3) return { kind: "runs_folder", path };
    return partOf(path, [root, ...segments.slice(0, 4)].join("/"));
  }
  if (folder !== undefined && kindOfLeaf(folder) !== null) {
    return partOf(path, [root, ...segments.slice(0, 3)].join("/"));
  }
  return { kind: "project", path: [root, ...segments.slice(0, 2)].join("/") };
}

function partOf(path: string, run: string): NamedPlace {
  return path === run
    ? { kind: "run", path }
    : { kind: "part", run, below: path.slice(run.length + 1) };
}

async function guessPlace(path: string): Promise<NamedPlace> {
  const run = await runAround(path);
  if (run !== null) return partOf(path, run);
  if (kindOfFolder(basename(path)) !== null) return { kind: "runs_folder", path };
  const folders = await foldersIn(path);
  if (folders.some((name) => kindOfFolder(name) !== null)) return { kind: "project", path };
  if (await hasRecord(path, RECORD_FILES.equipment)) return { kind: "equipment", path };
  if (await hasRecord(path, RECORD_FILES.creation)) return await aboveRuns(path);
  if (await looksLikeRoot(path, folders)) return { kind: "root", path };
  if (equipmentIdFault(basename(path)) === null && await looksLikeEquipment(path, folders)) {
    return { kind: "equipment", path };
  }
  const file = look(path);
  if (!isProblem(file) && file.kind !== "directory") {
    const folder = dirname(path);
    return await isProject(folder) ? { kind: "project", path: folder } : partOf(path, folder);
  }
  return { kind: "run", path };
}

/** The nearest folder at or above `path` that is a run by its parent's or its own name. */
async function runAround(path: string): Promise<string | null> {
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    if (kindOfFolder(basename(dirname(at))) !== null && basename(at) !== RECORDS_DIR) return at;
    if (kindOfLeaf(basename(at)) !== null) return at;
    // A folder somebody adopted, or a file in one.
    if (at !== path && await hasRecord(at, RECORD_FILES.creation)) {
      return await isProject(at) ? null : at;
    }
  }
  return null;
}

/** A folder with a record but without folders of runs: a project that has none yet, or a run. */
async function aboveRuns(path: string): Promise<NamedPlace> {
  return { kind: await isProject(path) ? "project" : "run", path };
}

async function isProject(path: string): Promise<boolean> {
  if ((await foldersIn(path)).some((name) => kindOfFolder(name) !== null)) return true;
  return await hasRecord(dirname(path), RECORD_FILES.equipment);
}

async function looksLikeRoot(path: string, folders: readonly string[]): Promise<boolean> {
  for (const name of folders) {
    if (equipmentIdFault(name) !== null) continue;
    const equipment = `${path}/${name}`;
    if (await hasRecord(equipment, RECORD_FILES.equipment)) return true;
    if (await looksLikeEquipment(equipment, await foldersIn(equipment))) return true;
  }
  return false;
}

async function looksLikeEquipment(path: string, folders: readonly string[]): Promise<boolean> {
  for (const name of folders) {
    const project = `${path}/${name}`;
    const inside = await foldersIn(project);
    if (inside.some((folder) => kindOfFolder(folder) !== null)) return true;
    if (await hasRecord(project, RECORD_FILES.creation)) return true;
  }
  return false;
}

/** Enough to recognise a tree by; a folder of a million others is not looked through. */
const MAX_LOOKED_AT = 200;

async function foldersIn(path: string): Promise<string[]> {
  const entries = await list(path);
  if (isProblem(entries)) return [];
  return entries.filter((entry) => entry.isDirectory && entry.name !== RECORDS_DIR)
    .slice(0, MAX_LOOKED_AT).map((entry) => entry.name);
}

async function hasRecord(path: string, name: string): Promise<boolean> {
  const entries = await list(`${path}/${RECORDS_DIR}`);
  return !isProblem(entries) && entries.some((entry) => entry.name === name);
}
