/** One run, judged: its folders, its records, its place in the tree. */
import { basename, dirname } from "node:path";
import {
  type FileGroup,
  type FileRun,
  groupFolders,
  groupMembers,
  kindOfFolder,
  kindOfLeaf,
  type LayoutNames,
  layoutNamesOf,
  readFileRun,
  RECORDS_DIR,
} from "../records/mod.ts";
import { AuditCache } from "./audit_cache.ts";
import { asShown, findingsAt } from "./finding.ts";
import { judgeNeighbours } from "./judge_folder.ts";
import { judgeFolders } from "./judge_place.ts";
import { creationIn, readRecords, recordFindings } from "./judge_records.ts";
import type { CreationFacts } from "./reading.ts";
import { type Hit, runKindHits, segmentHits } from "./judgements.ts";
import { isProblem, type Problem } from "./look.ts";
import { type PlaceAudit, placeAudit } from "./place_audit.ts";
import { activeClasses } from "./verdict.ts";
import type { Walk } from "./walk.ts";

/** Faults of a folder above runs, before anybody knows which run they concern. */
export interface FaultsAbove {
  readonly path: string;
  readonly hits: readonly Hit[];
}

export interface RunTarget {
  /** Absolute, with `/`. */
  readonly path: string;
  /**
   * `tree`: found where runs live, so its place is judged. `named`: somebody named the folder; its
   * place is judged when it looks like one. `loose`: `ship`, which asks for no records and no place.
   */
  readonly how: "tree" | "named" | "loose";
  /** What only its neighbours in the folder show. */
  readonly beside?: readonly Hit[];
  readonly above?: readonly FaultsAbove[];
  /** Judge only this folder of the run (relative, with `/`). */
  readonly from?: string | undefined;
}

export async function judgeRun(target: RunTarget, walk: Walk): Promise<PlaceAudit> {
  const { path, how, above = [], from } = target;
  const records = await readRecords(path, walk);
  const creation = creationIn(records.reading);
  const layout = how === "loose" ? null : layoutFor(target, creation);
  // Below a root runs are folders; those that are files are named, each by itself.
  const files = how === "named" ? await filesOf(path, walk) : null;
  const folders = await judgeFolders(files?.folder ?? path, {
    // Of one folder other runs have other files: what is known of it holds for none of them.
    walk: !files?.members ? walk : { ...walk, cache: new AuditCache() },
    records: records.reading,
    farPath: farPathOf(path, { layout, walk }),
    insideRun: true,
    skipAtTop: files?.members ? othersThan(files.members) : isRecords,
    goApart: Boolean(files?.members),
    from,
  });
  const level = how === "loose" ? "loose_run" : "run";
  const own = ownHits(target, { walk, layout, creation });
  return placeAudit("run", {
    path,
    findings: [
      ...folders.findings,
      ...recordFindings(records.reading, { path, level }),
      ...findingsAt({ runPath: path, path, kind: "directory_segment" }, own),
    ],
    above: above.flatMap(({ path: at, hits }) =>
      findingsAt({ runPath: path, path: at, kind: "directory_segment" }, hits)
    ),
    problems: [...records.problems, ...folders.problems],
    active: activeClasses(creation?.overrides ?? [], walk.now),
    syncStatus: creation?.syncStatus ?? null,
    overrides: creation?.overrides ?? [],
    entries: folders.entries,
  });
}

/** Such a run has nothing but records of its own: one that was pushed here has its files beside them. */
async function filesOf(path: string, { shares }: Walk): Promise<FileRun | null> {
  const files = await readFileRun(path);
  const entries = files === null ? [] : await shares.looksAt(path).list(path);
  return !isProblem(entries) && entries.every(({ name }) => name === RECORDS_DIR) ? files : null;
}

function othersThan(files: FileGroup): (entry: Deno.DirEntry) => boolean {
  const [isFile, isFolder] = [groupMembers(files), groupFolders(files)];
  return ({ name, isDirectory }) => isDirectory ? !isFolder(name) : !isFile(name);
}

function isRecords(entry: Deno.DirEntry): boolean {
  return entry.isDirectory && entry.name === RECORDS_DIR;
}

/** The layout the run is judged by: its own place, or the one an adopted run would have. */
function layoutFor(target: RunTarget, creation: CreationFacts | null): LayoutNames | null {
  if (creation?.layout) return layoutNamesOf(creation.layout);
  const own = layoutNamesOf(target.path.split("/").slice(-4).join("/"));
  if (target.how === "tree" || kindOfFolder(basename(dirname(target.path))) !== null) return own;
  if (creation === null) return null;
  const meant = layoutNamesOf(
    creation.localPath.replaceAll("\\", "/").split("/").slice(-4).join("/"),
  );
  if (meant && kindOfFolder(meant.folder) !== null) return meant;
  return kindOfLeaf(basename(target.path)) === null ? null : own;
}

function farPathOf(path: string, about: { layout: LayoutNames | null; walk: Walk }): string {
  const { layout, walk } = about;
  const base = layout === null ? undefined : walk.destinationBases.get(layout.equipmentId);
  if (layout === null || base === undefined) return path;
  return `${base}/${layout.project}/${layout.folder}/${layout.leaf}`;
}

/** Hits of the run's own folder and of its place. */
function ownHits(
  { path, beside = [] }: RunTarget,
  about: { walk: Walk; layout: LayoutNames | null; creation: CreationFacts | null },
): Hit[] {
  const { walk, layout, creation } = about;
  const own = segmentHits({ name: basename(path), role: "leaf", path }, walk);
  if (layout === null) return [...own, ...beside];
  // An adopted run has names at the destination only; its own folder's is judged as it is.
  const far = !creation?.layout ? [] : (["equipmentId", "project", "leaf"] as const)
    .filter((role) => layout[role] !== basename(path))
    .flatMap((role) => segmentHits({ name: layout[role], role, path }, walk));
  return [...own, ...beside, ...runKindHits(layout, creation?.runKind ?? null), ...far];
}

/**
 * A run that somebody named (the gate, `audit RUN`), with the folders above it. Its place in the
 * tree is judged when the parent folder or its own name say that it has one; `loose` judges the
 * folder alone.
 */
export async function judgeNamedRun(
  path: string,
  options: { readonly walk: Walk; readonly loose: boolean; readonly from?: string },
): Promise<PlaceAudit> {
  const { walk, loose, from } = options;
  if (loose) return await judgeRun({ path, how: "loose", from }, walk);
  if (kindOfFolder(basename(dirname(path))) === null) {
    return await judgeRun({ path, how: "named", from }, walk);
  }
  const above = await judgeAbove(path, walk);
  const { hits: beside, problems } = await besideOf(path, walk);
  const judged = await judgeRun({ path, how: "named", above: above.faults, beside, from }, walk);
  return { ...judged, problems: [...above.problems, ...problems, ...judged.problems] };
}

/** Faults of the equipment's and project's names, for `<EQUIPMENT>/<project>/Runs/<leaf>`. */
export async function judgeAbove(
  path: string,
  walk: Walk,
): Promise<{ faults: readonly FaultsAbove[]; problems: readonly Problem[] }> {
  const layout = layoutNamesOf(path.split("/").slice(-4).join("/"));
  if (layout === null) return { faults: [], problems: [] };
  const project = dirname(dirname(path));
  const faults: FaultsAbove[] = [];
  const problems: Problem[] = [];
  for (const role of ["equipmentId", "project"] as const) {
    const at = role === "project" ? project : dirname(project);
    const beside = await besideOf(at, walk);
    const own = segmentHits({ name: layout[role], role, path: at }, walk);
    faults.push({ path: at, hits: [...own, ...beside.hits] });
    problems.push(...beside.problems);
  }
  return { faults, problems };
}

/** What its neighbours show of a folder, as an audit of them all would find it. */
async function besideOf(
  path: string,
  walk: Walk,
): Promise<{ hits: readonly Hit[]; problems: readonly Problem[] }> {
  const parent = dirname(path);
  const entries = await walk.shares.looksAt(parent).list(parent);
  // Nobody knows what else stands in it.
  if (isProblem(entries)) return { hits: [], problems: [entries] };
  const { beside } = await judgeNeighbours(parent, { entries, walk });
  return { hits: beside.get(basename(path)) ?? [], problems: [] };
}

/** A file or folder in a run: of the run's audit what is at or below that part. */
export async function judgePart(
  part: { readonly run: string; readonly below: string },
  walk: Walk,
): Promise<PlaceAudit> {
  const { run, below } = part;
  const path = `${run}/${below}`;
  const shown = asShown(path);
  // Read from the folder above, where the part's own name is judged among its neighbours.
  const from = below.slice(0, Math.max(0, below.lastIndexOf("/")));
  const judged = await judgeNamedRun(run, { walk, loose: false, from });
  return {
    ...judged,
    findings: judged.findings.filter((finding) => isAtOrBelow(finding.offending_path, shown)),
    above: [],
    problems: judged.problems.filter((problem) => isAtOrBelow(problem.path, path)),
  };
}

function isAtOrBelow(path: string, part: string): boolean {
  if (!path.startsWith(part)) return false;
  const next = path[part.length];
  return next === undefined || next === "/" || next === "\\";
}
