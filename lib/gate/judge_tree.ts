/** What is above runs, judged: a root, its equipment, their projects, folders of runs. */
import { basename, dirname } from "node:path";
import { compareUtf8 } from "../base/mod.ts";
import {
  equipmentIdFault,
  KIND_NAMES,
  kindOfFolder,
  kindOfLeaf,
  RECORD_FILES,
  RECORDS_DIR,
} from "../records/mod.ts";
import { type Finding, findingsAt } from "./finding.ts";
import { judgeNeighbours, kindOf } from "./judge_folder.ts";
import { judgeFolders } from "./judge_place.ts";
import { creationIn, readRecords, readRecordsAmong, recordFindings } from "./judge_records.ts";
import { type FaultsAbove, judgeAbove, judgeRun, type RunTarget } from "./judge_run.ts";
import { type Hit, hitsOf, nameHits, segmentHits } from "./judgements.ts";
import { isProblem, type Problem } from "./look.ts";
import { type PlaceAudit, placeAudit } from "./place_audit.ts";
import { utf8Length } from "./utf8_length.ts";
import { activeClasses } from "./verdict.ts";
import type { Walk } from "./walk.ts";

/** Walks yield each place as soon as it is judged. */
type Walking = AsyncGenerator<PlaceAudit, void>;

export interface PlaceTarget {
  /** Absolute, with `/`. */
  readonly path: string;
  /** What only its neighbours show. */
  readonly beside?: readonly Hit[];
  readonly above?: readonly FaultsAbove[];
}

/** Yields everything below a `local_root` or staging root. */
export async function* judgeRoot(path: string, walk: Walk): Walking {
  const { entries, problems } = await entriesOrProblem(path, walk);
  // A root may be a whole disk: only what is, or could be, an equipment is looked at.
  const wanted = entries.filter(({ name }) =>
    walk.equipmentIds?.has(name) ?? equipmentIdFault(name) === null
  );
  const places = await judgeEntries(wanted, { path, walk });
  for (const { name, beside } of places.folders) {
    yield* judgeEquipment({ path: `${path}/${name}`, beside }, walk);
  }
  yield placeAudit("root", { path, findings: places.findings, problems });
}

/** Yields every run and project of the equipment, then the equipment itself. */
export async function* judgeEquipment(target: PlaceTarget, walk: Walk): Walking {
  const { path, beside = [] } = target;
  const { entries, problems } = await entriesOrProblem(path, walk);
  const places = await judgeEntries(entries, { path, walk });
  const own = segmentHits({ name: basename(path), role: "equipmentId", path }, walk);
  const hits = [...own, ...beside];
  for (const { name, beside } of places.folders) {
    const project = `${path}/${name}`;
    // Trash, snapshots and what a replaced copy was moved to live beside projects, dotted.
    if (name.startsWith(".") && !await looksLikeProject(project, walk)) continue;
    yield* judgeProject({ path: project, beside, above: [{ path, hits }] }, walk);
  }
  const records = await readRecordsAmong(entries, { path, walk });
  yield placeAudit("equipment", {
    path,
    findings: [
      ...places.findings,
      ...findingsAt({ runPath: path, path, kind: "directory_segment" }, hits),
      ...recordFindings(records.reading, { path, level: "other" }),
    ],
    problems: [...problems, ...records.problems],
  });
}

/** Yields every run of the project, then the project itself. */
export async function* judgeProject(target: PlaceTarget, walk: Walk): Walking {
  const { path, beside = [] } = target;
  const { entries, problems } = await entriesOrProblem(path, walk);
  const own = segmentHits({ name: basename(path), role: "project", path }, walk);
  const hits = [...own, ...beside];
  const above = [...target.above ?? [], { path, hits }];
  const findings: Finding[] = [];
  const runs: RunTarget[] = [];
  for (const { name } of entries.filter((entry) => entry.isDirectory).sort(byName)) {
    if (kindOfFolder(name) !== null) {
      const folder = await runsIn(`${path}/${name}`, { project: path, walk });
      for (const problem of folder.problems) problems.push(problem);
      for (const finding of folder.findings) findings.push(finding);
      for (const run of folder.runs) runs.push({ ...run, above });
    } else if (kindOfLeaf(name) !== null) {
      runs.push({ path: `${path}/${name}`, how: "tree", above });
    }
  }
  for (const run of runs) yield await judgeRun(run, walk);
  // A project that is gone since it was listed is nobody's fault; a folder in it may be.
  const gone = problems.length > 0 && problems.every(({ code }) => code === "vanished");
  if (gone && entries.length === 0) return;
  findings.push(...findingsAt({ runPath: path, path, kind: "directory_segment" }, hits));
  yield await projectItself(path, { walk, findings, problems, runs });
}

async function projectItself(
  path: string,
  about: {
    walk: Walk;
    findings: readonly Finding[];
    problems: readonly Problem[];
    runs: readonly RunTarget[];
  },
): Promise<PlaceAudit> {
  const { walk, problems, runs } = about;
  const records = await readRecords(path, walk);
  const folders = await judgeFolders(path, {
    walk,
    records: records.reading,
    farPath: path,
    insideRun: false,
    skipAtTop: belongsToOthers,
  });
  const findings = [
    ...about.findings,
    ...folders.findings,
    ...recordFindings(records.reading, { path, level: "project" }),
  ];
  const overrides = creationIn(records.reading)?.overrides ?? [];
  const own = activeClasses(overrides, walk.now);
  const hasHard = findings.some((finding) => finding.tier === "hard" && !own.has(finding.rule));
  return placeAudit("project", {
    path,
    findings,
    problems: [...problems, ...records.problems, ...folders.problems],
    active: hasHard ? own.union(await sharedClasses(runs, walk)) : own,
    overrides,
    entries: folders.entries,
  });
}

/**
 * Classes that every run of the project overrides. Overrides live in the runs' records; a fault of
 * the project's name holds nothing back once each of its runs may pass.
 */
async function sharedClasses(
  runs: readonly RunTarget[],
  walk: Walk,
): Promise<ReadonlySet<string>> {
  let shared: ReadonlySet<string> = new Set();
  for (const [index, { path }] of runs.entries()) {
    const { reading } = await readRecords(path, walk);
    const active = activeClasses(creationIn(reading)?.overrides ?? [], walk.now);
    shared = index === 0 ? active : active.intersection(shared);
    if (shared.size === 0) break;
  }
  return shared;
}

/** What a project's top folder holds that is judged elsewhere: its records and its runs. */
function belongsToOthers({ isDirectory, name }: Deno.DirEntry): boolean {
  if (!isDirectory) return false;
  return name === RECORDS_DIR || kindOfFolder(name) !== null || kindOfLeaf(name) !== null;
}

/** True for a folder that holds what only a project has, whatever its name, or that may hold it. */
async function looksLikeProject(path: string, { shares }: Walk): Promise<boolean> {
  const looks = shares.looksAt(path);
  const entries = await looks.list(path);
  // The project's own audit then says that it cannot be listed.
  if (isProblem(entries)) return entries.code !== "vanished";
  const folders = Object.values(KIND_NAMES).map(({ folder }) => folder);
  if (entries.some((entry) => entry.isDirectory && folders.includes(entry.name))) return true;
  const records = entries.some((entry) => entry.isDirectory && entry.name === RECORDS_DIR);
  const inside = records ? await looks.list(`${path}/${RECORDS_DIR}`) : [];
  return isProblem(inside) || inside.some((entry) => entry.name === RECORD_FILES.creation);
}

/** Yields the runs in a folder of runs that somebody named, then what is beside them in it. */
export async function* judgeRunsFolder(path: string, walk: Walk): Walking {
  const project = dirname(path);
  const folder = await runsIn(path, { project, walk });
  const above = await judgeAbove(`${path}/_`, walk);
  for (const run of folder.runs) yield await judgeRun({ ...run, above: above.faults }, walk);
  const problems = [...above.problems, ...folder.problems];
  yield placeAudit("project", { path: project, findings: folder.findings, problems });
}

/** `Runs` or `TestRuns`: every folder in it is a run, whatever its name. */
async function runsIn(
  path: string,
  about: { project: string; walk: Walk },
): Promise<{ runs: RunTarget[]; findings: Finding[]; problems: readonly Problem[] }> {
  const { project, walk } = about;
  const entries = await walk.shares.looksAt(path).list(path);
  if (isProblem(entries)) return { runs: [], findings: [], problems: [entries] };
  const records = await readRecordsAmong(entries, { path, walk });
  const places = await judgeEntries(entries, { path, walk, runPath: project });
  return {
    runs: places.folders.map(({ name, beside }) => ({
      path: `${path}/${name}`,
      how: "tree",
      beside,
    })),
    findings: [
      ...recordFindings(records.reading, { path, runPath: project, level: "other" }),
      ...places.findings,
    ],
    problems: records.problems,
  };
}

interface JudgedEntries {
  /** Folders that can be places of their own, with what only their neighbours show. */
  readonly folders: readonly { name: string; beside: readonly Hit[] }[];
  /** What is wrong with everything else in the folder. */
  readonly findings: readonly Finding[];
}

/**
 * A folder of places (runs, or projects): what else is in it is judged by name only. A link in it
 * is a fault, because the runs behind it would never be looked at.
 */
async function judgeEntries(
  entries: readonly Deno.DirEntry[],
  about: { path: string; walk: Walk; runPath?: string },
): Promise<JudgedEntries> {
  const { path, walk, runPath = path } = about;
  const { settings } = walk;
  const { garbled, beside } = await judgeNeighbours(path, { entries, walk });
  const folders: { name: string; beside: readonly Hit[] }[] = [];
  const findings: Finding[] = [];
  for (const entry of [...entries].sort(byName)) {
    const { name } = entry;
    const fromNeighbours = beside.get(name) ?? [];
    if (entry.isDirectory && !garbled.has(name)) {
      if (name !== RECORDS_DIR) folders.push({ name, beside: fromNeighbours });
      continue;
    }
    const hits = garbled.has(name)
      ? hitsOf("garbled", (judge) => judge(name))
      : nameHits(name, { folderBytes: utf8Length(path), settings });
    if (entry.isSymlink) {
      hits.push(...hitsOf("special", (judge) => judge({ name, kind: "symlink" }, settings)));
    }
    const at = { runPath, path: `${path}/${name}`, kind: kindOf(entry) };
    findings.push(...findingsAt(at, [...hits, ...fromNeighbours]));
  }
  return { folders, findings };
}

/** The entries of a place that is audited even when it cannot be listed. */
async function entriesOrProblem(
  path: string,
  walk: Walk,
): Promise<{ entries: Deno.DirEntry[]; problems: Problem[] }> {
  const entries = await walk.shares.looksAt(path).list(path);
  return isProblem(entries) ? { entries: [], problems: [entries] } : { entries, problems: [] };
}

function byName(a: { name: string }, b: { name: string }): number {
  return compareUtf8(a.name, b.name);
}
