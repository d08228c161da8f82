/** Faults of a run's place in the tree: each segment's name, the project, and Runs against TestRuns. */
import { dirname } from "node:path";
import { type Hit, hitsOf, nameHits } from "./judgements.ts";
import type { Layout } from "./layout.ts";
import type { Tier } from "./rules/rule.ts";
import type { GateSettings } from "./settings.ts";
import { utf8Length } from "./utf8_length.ts";

/** Hits of one folder of the layout; `path` is where that folder is, or would be. */
export function segmentHits(
  segment: { readonly name: string; readonly role: keyof Layout; readonly path: string },
  options: { readonly settings: GateSettings; readonly projectTier: Tier },
): Hit[] {
  const { name, role, path } = segment;
  const hits = nameHits(name, {
    folderBytes: utf8Length(dirname(path)),
    settings: options.settings,
  });
  if (role !== "project") return hits;
  return [...hits, ...hitsOf("project", (judge) => judge(name, options.projectTier))];
}

/** Hits of a run whose parent folder, name and record do not agree. */
export function runKindHits(layout: Layout, recorded: string | null): Hit[] {
  const signals = { parentFolder: layout.folder, leaf: layout.leaf, recorded };
  return hitsOf("runKind", (judge) => judge(signals));
}
