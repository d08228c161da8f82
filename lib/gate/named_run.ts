/** A run that somebody named (the gate, `audit RUN`): it is judged with the folders above it. */
import { basename, dirname } from "node:path";
import { kindOfFolder, layoutOf } from "./layout.ts";
import { segmentHits } from "./layout_faults.ts";
import { isProblem, list, type Problem } from "./look.ts";
import type { PlaceAudit, Walk, Walking } from "./place_audit.ts";
import { garbledNames } from "./folder_reading.ts";
import { type Hit, neighbourHits } from "./judgements.ts";
import { auditRun, type FaultAbove } from "./run_audit.ts";

/**
 * The audit of one run. Its place in the tree is judged when the parent folder or its own name say
 * that it has one; `loose` judges the folder alone.
 */
export async function* auditNamedRun(
  path: string,
  options: { readonly walk: Walk; readonly loose: boolean; readonly from?: string },
): Walking<PlaceAudit> {
  const { walk, loose, from } = options;
  const part = from === undefined ? {} : { from };
  if (loose) return yield* auditRun({ path, how: "loose", ...part }, walk);
  const inTree = kindOfFolder(basename(dirname(path))) !== null;
  const above = inTree ? await faultsAbove(path, walk) : { faults: [], problems: [] };
  const beside = inTree ? await besideOf(path) : NOTHING;
  const judged = yield* auditRun(
    { path, how: "named", above: above.faults, beside: beside.hits, ...part },
    walk,
  );
  const problems = [...above.problems, ...beside.problems, ...judged.problems];
  return { ...judged, problems };
}

export interface Above {
  readonly faults: readonly FaultAbove[];
  /** Folders that could not be listed, so that nobody knows what stands in them. */
  readonly problems: readonly Problem[];
}

/** Faults of the equipment's and project's names, for `<EQUIPMENT>/<project>/Runs/<leaf>`. */
export async function faultsAbove(path: string, walk: Walk): Promise<Above> {
  const layout = layoutOf(path.split("/").slice(-4).join("/"));
  const faults: FaultAbove[] = [];
  const problems: Problem[] = [];
  if (layout === null) return { faults, problems };
  const project = dirname(dirname(path));
  const places = [
    { role: "equipmentId", path: dirname(project) },
    { role: "project", path: project },
  ] as const;
  for (const { role, path: at } of places) {
    const options = { settings: walk.settings, projectTier: "soft" } as const;
    const hits = segmentHits({ name: layout[role], role, path: at }, options);
    const beside = await besideOf(at);
    hits.push(...beside.hits);
    problems.push(...beside.problems);
    faults.push(...hits.map((hit) => ({ path: at, hit })));
  }
  return { faults, problems };
}

interface Beside {
  readonly hits: readonly Hit[];
  readonly problems: readonly Problem[];
}

const NOTHING: Beside = { hits: [], problems: [] };

/** What its neighbours show of a folder, as an audit of them all would find it. */
async function besideOf(path: string): Promise<Beside> {
  const parent = dirname(path);
  const entries = await list(parent);
  if (isProblem(entries)) return { hits: [], problems: [entries] };
  const garbled = garbledNames(parent, entries);
  const names = entries.map((entry) => entry.name).filter((name) => !garbled.has(name));
  return { hits: neighbourHits(names).get(basename(path)) ?? [], problems: [] };
}
