/** A project: its runs one by one, then what it has beside them. */
import { basename } from "node:path";
import { KIND_NAMES, RECORD_FILES, RECORDS_DIR } from "../records/mod.ts";
import { type Finding, findingAt } from "./finding.ts";
import type { Hit } from "./judgements.ts";
import type { TreeContext } from "./reading.ts";
import { byName, kindFolder } from "./kind_folder.ts";
import { segmentHits } from "./layout_faults.ts";
import { isProblem, list, type Problem } from "./look.ts";
import type { PlaceAudit, Walk, Walking } from "./place_audit.ts";
import { creationIn, readRecords } from "./record_reading.ts";
import { renderedBelow } from "./rendered.ts";
import { kindOfFolder, kindOfLeaf } from "./layout.ts";
import { utf8Length } from "./utf8_length.ts";
import {
  auditRun,
  type FaultAbove,
  overrideClassesOf,
  pausing,
  recordFindings,
  type RunTarget,
} from "./run_audit.ts";
import { contextKey, findingsIn, readTree } from "./tree_reading.ts";
import { activeClasses, maskFindings } from "./verdict.ts";

export interface ProjectTarget {
  /** Absolute, with `/`. */
  readonly path: string;
  /** What only its neighbours in the equipment show. */
  readonly beside?: readonly Hit[];
  readonly above?: readonly FaultAbove[];
}

/** Yields every run of the project, then the project itself. */
export async function* auditProject(target: ProjectTarget, walk: Walk): Walking {
  const { path } = target;
  const listed = await list(path);
  const problems: Problem[] = isProblem(listed) ? [listed] : [];
  const entries = isProblem(listed) ? [] : listed;
  const own = ownHits(target, walk);
  const above = [...target.above ?? [], ...own.map((hit) => ({ path, hit }))];
  const found: Finding[] = [];
  const runs: RunTarget[] = [];
  for (const folder of entries.filter((entry) => entry.isDirectory).sort(byName)) {
    if (kindOfFolder(folder.name) !== null) {
      const kind = await kindFolder(`${path}/${folder.name}`, walk);
      problems.push(...kind.problems);
      found.push(...kind.findings.map((finding) => ({ ...finding, run_path: path })));
      runs.push(...kind.runs.map((run) => ({ ...run, above })));
    } else if (kindOfLeaf(folder.name) !== null) {
      runs.push({ path: `${path}/${folder.name}`, how: "tree", above });
    }
  }
  for (const run of runs) {
    yield yield* auditRun(run, walk);
  }
  if (problems.length > 0 && entries.length === 0 && gone(problems)) return;
  for (const hit of own) {
    found.push(findingAt({ runPath: path, path, kind: "directory_segment" }, hit));
  }
  yield yield* projectItself(target, { walk, found, problems, runs });
}

/** A project that is gone since it was listed is nobody's fault; a folder in it may be. */
function gone(problems: readonly Problem[]): boolean {
  return problems.every((problem) => problem.code === "vanished");
}

function ownHits(target: ProjectTarget, walk: Walk): Hit[] {
  const { path, beside = [] } = target;
  const hits = segmentHits({ name: basename(path), role: "project", path }, {
    settings: walk.settings,
    projectTier: "soft",
  });
  return [...hits, ...beside];
}

async function* projectItself(
  target: ProjectTarget,
  about: { walk: Walk; found: Finding[]; problems: Problem[]; runs: readonly RunTarget[] },
): Walking<PlaceAudit> {
  const { path } = target;
  const { walk, found, problems, runs } = about;
  const earlier = walk.cache.get(path);
  const records = await readRecords(path, {
    earlier: earlier?.records ?? undefined,
    telling: walk.telling,
    lookedAtMs: walk.now.getTime(),
  });
  const creation = creationIn(records.reading);
  const files = creation?.renderedFiles ?? [];
  const context: TreeContext = {
    settings: walk.settings,
    extensions: walk.extensions,
    insideRun: false,
    rendered: new Set(renderedBelow(files, [path, creation?.localPath ?? ""])),
    skipAtTop: belongsToOthers,
    farBytes: utf8Length(path),
    telling: walk.telling,
    lookedAtMs: walk.now.getTime(),
  };
  const key = contextKey(walk.settings, context);
  const known = earlier?.context === key ? earlier.folders : undefined;
  const tree = yield* pausing(readTree(path, { context, earlier: known }));
  walk.cache.set(path, { context: key, records: records.reading, folders: tree.folders });
  const findings = [
    ...found,
    ...findingsIn(tree.folders, { runPath: path, path }),
    ...recordFindings(records.reading, {
      path,
      name: basename(path),
      how: "tree",
      level: "project",
    }),
  ];
  const overrides = creation?.overrides ?? [];
  const own = activeClasses(overrides, walk.now);
  const hasHard = findings.some((finding) => finding.tier === "hard" && !own.has(finding.rule));
  const shared = hasHard ? await sharedClasses(runs, walk) : [];
  return {
    kind: "project",
    path,
    findings: maskFindings(findings, { active: new Set([...own, ...shared]), syncStatus: null }),
    above: [],
    problems: [...problems, ...records.problems, ...tree.problems],
    syncStatus: null,
    overrides,
    entries: tree.entries,
  };
}

/**
 * Classes that every run of the project overrides. Overrides live in the runs' records; a fault of
 * the project's name holds nothing back once each of its runs may pass.
 */
async function sharedClasses(runs: readonly RunTarget[], walk: Walk): Promise<string[]> {
  const [first, ...others] = runs;
  if (first === undefined) return [];
  let shared = [...await overrideClassesOf(first.path, walk)];
  for (const run of others) {
    if (shared.length === 0) break;
    const active = await overrideClassesOf(run.path, walk);
    shared = shared.filter((name) => active.has(name));
  }
  return shared;
}

/** What a project's top folder holds that is judged elsewhere: its records and its runs. */
function belongsToOthers(entry: Deno.DirEntry): boolean {
  if (!entry.isDirectory) return false;
  return entry.name === RECORDS_DIR || kindOfFolder(entry.name) !== null ||
    kindOfLeaf(entry.name) !== null;
}

/** True for a folder that holds what only a project has, whatever its name, or that may hold it. */
export async function looksLikeProject(path: string): Promise<boolean> {
  const entries = await list(path);
  // The project's own audit then tells that it cannot be listed.
  if (isProblem(entries)) return entries.code !== "vanished";
  const folders = Object.values(KIND_NAMES).map(({ folder }) => folder);
  if (entries.some((entry) => entry.isDirectory && folders.includes(entry.name))) return true;
  const records = entries.some((entry) => entry.isDirectory && entry.name === RECORDS_DIR);
  const inside = records ? await list(`${path}/${RECORDS_DIR}`) : [];
  return isProblem(inside) || inside.some((entry) => entry.name === RECORD_FILES.creation);
}
