/** Where runs live, read from names alone: `<EQUIPMENT_ID>/<project>/Runs/<leaf>`. */
import { KIND_NAMES, type RunKind } from "../records/mod.ts";

export interface Layout {
  readonly equipmentId: string;
  readonly project: string;
  readonly folder: string;
  readonly leaf: string;
}

/** Reads a layout path; null when it does not have four segments. */
export function layoutOf(path: string): Layout | null {
  const [equipmentId, project, folder, leaf, ...more] = path.split("/");
  if (!equipmentId || !project || !folder || !leaf || more.length > 0) return null;
  return { equipmentId, project, folder, leaf };
}

/** The kind of run a folder is for; null for any other folder. */
export function kindOfFolder(folder: string): RunKind | null {
  return KINDS.find((kind) => KIND_NAMES[kind].folder === folder) ?? null;
}

/** The kind a run's own name claims; null when it has neither prefix. */
export function kindOfLeaf(leaf: string): RunKind | null {
  return KINDS.find((kind) => leaf.startsWith(KIND_NAMES[kind].prefix)) ?? null;
}

const KINDS = ["experimental", "test"] as const;
