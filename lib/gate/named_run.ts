/** A run that somebody named (the gate, `audit RUN`): it is judged with the folders above it. */
import { basename, dirname } from "node:path";
import { layoutOf, segmentHits } from "./layout_faults.ts";
import { isProblem, list } from "./look.ts";
import type { PlaceAudit, Walk, Walking } from "./place_audit.ts";
import { garbledNames } from "./folder_reading.ts";
import type { Hit } from "./finding.ts";
import { caseCollisions } from "./rules/case_collision.ts";
import { kindOfFolder } from "./rules/mode_prefix.ts";
import { auditRun, type FaultAbove } from "./run_audit.ts";

/**
 * The audit of one run. Its place in the tree is judged when the parent folder or its own name say
 * that it has one; `loose` judges the folder alone.
 */
export function* auditNamedRun(
  path: string,
  options: { readonly walk: Walk; readonly loose: boolean; readonly from?: string },
): Walking<PlaceAudit> {
  const { walk, loose, from } = options;
  const part = from === undefined ? {} : { from };
  if (loose) return yield* auditRun({ path, how: "loose", ...part }, walk);
  const inTree = kindOfFolder(basename(dirname(path))) !== null;
  const above = inTree ? faultsAbove(path, walk) : [];
  const collision = inTree ? collisionOf(path) : undefined;
  return yield* auditRun({ path, how: "named", above, collision, ...part }, walk);
}

/** Faults of the equipment's and project's names, for `<EQUIPMENT>/<project>/Runs/<leaf>`. */
export function faultsAbove(path: string, walk: Walk): FaultAbove[] {
  const layout = layoutOf(path.split("/").slice(-4).join("/"));
  if (layout === null) return [];
  const project = dirname(dirname(path));
  const places = [
    { role: "equipmentId", path: dirname(project) },
    { role: "project", path: project },
  ] as const;
  return places.flatMap(({ role, path: at }) => {
    const options = { settings: walk.settings, projectTier: "soft" } as const;
    const hits = segmentHits({ name: layout[role], role, path: at }, options);
    const collision = collisionOf(at);
    if (collision) hits.push(collision);
    return hits.map((hit) => ({ path: at, hit }));
  });
}

/** The collision of a folder with its neighbours, as an audit of them all would tell it. */
function collisionOf(path: string): Hit | undefined {
  const parent = dirname(path);
  const entries = list(parent);
  if (isProblem(entries)) return undefined;
  const garbled = garbledNames(parent, entries);
  const names = entries.map((entry) => entry.name).filter((name) => !garbled.has(name));
  return caseCollisions(names).get(basename(path));
}
