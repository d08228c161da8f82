/** Files that lie beside one another in a tree, as the runs that they may be. Reads names, sizes, times. */
import { compareUtf8 } from "../base/mod.ts";
import { presetRules } from "../config/mod.ts";
import { type DiskPool, type WalkedEntry, walkNames } from "../disk/mod.ts";
import { MarkSeeker, planMarks } from "../intake/mod.ts";
import { type Preset, PRESETS } from "../presets/mod.ts";
import { type FileGrouping, groupNamer } from "../records/mod.ts";
import { isEnded, type OldRun } from "./old_runs.ts";
import { Tracer } from "./trace.ts";

export interface OldFiles {
  /** Files directly in the tree, whatever they are. */
  readonly all: Beside;
  /** Those of them that are in no group. */
  readonly others: Beside;
  /** How the most of them are grouped into runs. */
  readonly grouping: FileGrouping;
  readonly runs: readonly OldRun[];
}

/** What lies beside the runs, and is not looked after. */
export interface Beside {
  readonly what: "file" | "folder";
  readonly count: number;
  readonly bytes: number;
  /** The name of one. */
  readonly example: string | null;
}

const NO_GROUPING: FileGrouping = { match: "*", group: "stem" };
const NEARLY_ALL = 0.9;

export async function oldFilesIn(
  tree: string,
  { signal }: { readonly signal: AbortSignal; readonly pool: Pick<DiskPool, "walkTree"> },
): Promise<OldFiles> {
  const entries: WalkedEntry[] = [];
  const isWanted = (name: string) => !name.startsWith(".");
  for await (const batch of walkNames(tree, { isWanted, signal })) {
    for (const entry of batch) if (entry.kind === "file") entries.push(entry);
  }
  const { grouping, preset } = bestGrouping(entries);
  const groups = Map.groupBy(entries, ({ path }) => groupNamer(grouping)(path) ?? "");
  const others = groups.get("") ?? [];
  groups.delete("");
  const runs: OldRun[] = [];
  for (const [name, members] of [...groups].sort(([a], [b]) => compareUtf8(a, b))) {
    runs.push(await traced(tree, { name, members, preset }));
  }
  return { all: besides(entries), others: besides(others), grouping, runs };
}

function besides(files: readonly WalkedEntry[]): Beside {
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { what: "file", count: files.length, bytes, example: files[0]?.path ?? null };
}

/**
 * The one that takes the most files: a preset's, else that of the most frequent ending, with the endings
 * whose files are called as those are (`plate 1.csv` and `plate 1.png` are of one run).
 */
function bestGrouping(
  entries: readonly WalkedEntry[],
): { readonly grouping: FileGrouping; readonly preset: Preset | null } {
  const ofPresets = PRESETS.flatMap((preset) =>
    preset.keys.intake ? [{ preset, grouping: preset.keys.intake.run as FileGrouping }] : []
  );
  const endings = Map.groupBy(entries, ({ path }) => /\.[A-Za-z0-9]{1,12}$/.exec(path)?.[0] ?? "");
  const [ending] = [...endings].sort(([, a], [, b]) => b.length - a.length)[0] ?? [""];
  const plain = ending === "" ? NO_GROUPING : { match: `*${ending}`, group: "stem" };
  const together = ending === "" ? NO_GROUPING : withCompanions(ending, endings);
  const candidates = [...ofPresets, { preset: null, grouping: plain }];
  const taken = candidates.map((one) => {
    const keyOf = groupNamer(one.grouping);
    return { ...one, files: entries.filter(({ path }) => keyOf(path) !== null).length };
  });
  const best = taken.sort((a, b) => b.files - a.files)[0]!;
  return best.preset ? best : { preset: null, grouping: together };
}

/** `*.csv`, or `*.{csv,png}` where nearly every picture is called as a table is. */
function withCompanions(
  ending: string,
  endings: ReadonlyMap<string, readonly WalkedEntry[]>,
): FileGrouping {
  const stemsOf = (one: string) =>
    endings.get(one)!.map(({ path }) => path.slice(0, path.length - one.length).toLowerCase());
  const stems = new Set(stemsOf(ending));
  const companions = [...endings.keys()].filter((one) => {
    if (one === "" || one === ending) return false;
    const own = stemsOf(one);
    return own.filter((stem) => stems.has(stem)).length >= NEARLY_ALL * own.length;
  });
  const names = [ending, ...companions.sort(compareUtf8)].map((one) => one.slice(1));
  return { match: names.length === 1 ? `*.${names[0]}` : `*.{${names.join(",")}}`, group: "stem" };
}

async function traced(
  tree: string,
  { name, members, preset }: {
    readonly name: string;
    readonly members: readonly WalkedEntry[];
    readonly preset: Preset | null;
  },
): Promise<OldRun> {
  const tracer = new Tracer();
  const rules = preset ? presetRules(preset) : null;
  const seeker = rules ? new MarkSeeker(planMarks(rules.completeness, rules.rules)) : null;
  for (const entry of members) {
    tracer.see(entry);
    seeker?.see(entry);
  }
  const hasEnded = rules !== null && isEnded(await seeker!.end(tree), rules);
  return {
    ...tracer.end(),
    name,
    // The name of the file comes last in each; it says nothing of the others.
    newest: [],
    ended: hasEnded ? [preset!.name] : [],
  };
}
