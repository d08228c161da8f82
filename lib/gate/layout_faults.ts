/** Faults of a run's place in the tree: each segment's name, the project, and Runs against TestRuns. */
import { dirname } from "node:path";
import type { Hit, Tier } from "./finding.ts";
import { judgeName } from "./names.ts";
import { modePrefixMismatch } from "./rules/mode_prefix.ts";
import { utf8Length } from "./rules/path_length.ts";
import { unsafeProjectName } from "./rules/project_name.ts";
import type { GateSettings } from "./settings.ts";

/** `<EQUIPMENT_ID>/<project>/Runs/<leaf>`. */
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

/** Hits of one folder of the layout; `path` is where that folder is, or would be. */
export function segmentHits(
  segment: { readonly name: string; readonly role: keyof Layout; readonly path: string },
  options: { readonly settings: GateSettings; readonly projectTier: Tier },
): Hit[] {
  const { name, role, path } = segment;
  const hits = judgeName(name, {
    folderBytes: utf8Length(dirname(path)),
    settings: options.settings,
  });
  const unsafe = role === "project" ? unsafeProjectName(name, options.projectTier) : null;
  return unsafe === null ? hits : [...hits, unsafe];
}

/** The hit of a run whose parent folder, name and record do not agree; none when they do. */
export function modeHits(layout: Layout, runKind: string | null): Hit[] {
  const hit = modePrefixMismatch({ parentFolder: layout.folder, leaf: layout.leaf, runKind });
  return hit === null ? [] : [hit];
}
