/** Folders whose entries are places of their own: `Runs` and `TestRuns`, and an equipment's. */
import { dirname } from "node:path";
import { compareUtf8 } from "../base/mod.ts";
import { RECORDS_DIR } from "../records/mod.ts";
import { type Finding, findingAt } from "./finding.ts";
import { garbledNames } from "./folder_reading.ts";
import { type Hit, hitsOf, nameHits, neighbourHits } from "./judgements.ts";
import { isProblem, list, type Problem } from "./look.ts";
import { faultsAbove } from "./named_run.ts";
import type { Walk, Walking } from "./place_audit.ts";
import { NO_RECORDS, readRecords, recordHits, type RecordsOutcome } from "./record_reading.ts";
import { auditRun, type RunTarget } from "./run_audit.ts";
import { utf8Length } from "./utf8_length.ts";
import { maskFindings } from "./verdict.ts";

export interface KindFolder {
  readonly runs: readonly RunTarget[];
  readonly findings: readonly Finding[];
  readonly problems: readonly Problem[];
}

/** `Runs` or `TestRuns`: every folder in it is a run, whatever its name. */
export async function kindFolder(path: string, walk: Walk): Promise<KindFolder> {
  const entries = await list(path);
  if (isProblem(entries)) return { runs: [], findings: [], problems: [entries] };
  const records = await recordsOfEntries(path, { entries, walk });
  const findings = recordHits(records.reading, "other").map(({ name, hit }) =>
    findingAt({ runPath: path, path: `${path}/${RECORDS_DIR}/${name}`, kind: "file_content" }, hit)
  );
  const places = judgeEntries(path, { entries, walk });
  const runs = places.folders.map(({ name, beside }): RunTarget => ({
    path: `${path}/${name}`,
    how: "tree",
    beside,
  }));
  return { runs, findings: [...findings, ...places.findings], problems: records.problems };
}

/** The records of a listed folder. Asking for what is not there costs more than reading a record. */
export async function recordsOfEntries(
  path: string,
  options: { entries: readonly Deno.DirEntry[]; walk: Walk },
): Promise<RecordsOutcome> {
  const { entries, walk } = options;
  const hasRecords = entries.some((entry) => entry.isDirectory && entry.name === RECORDS_DIR);
  if (!hasRecords) return { reading: NO_RECORDS, problems: [] };
  const records = await readRecords(path, {
    earlier: walk.cache.get(path)?.records ?? undefined,
    telling: walk.telling,
    lookedAtMs: walk.now.getTime(),
  });
  walk.cache.set(path, { context: null, records: records.reading, folders: new Map() });
  return records;
}

export interface JudgedEntries {
  /** Folders that can be places of their own, with what only their neighbours show. */
  readonly folders: readonly { name: string; beside: readonly Hit[] }[];
  /** What is wrong with everything else in the folder. */
  readonly findings: readonly Finding[];
}

/**
 * A folder of places (runs, or projects): what else is in it is judged by name only. A link in it
 * is a fault, because the runs behind it would never be looked at.
 */
export function judgeEntries(
  path: string,
  options: { entries: readonly Deno.DirEntry[]; walk: Walk },
): JudgedEntries {
  const { entries, walk } = options;
  const garbled = garbledNames(path, entries);
  const besides = neighbourHits(
    entries.map(({ name }) => name).filter((name) => !garbled.has(name)),
  );
  const folders: { name: string; beside: readonly Hit[] }[] = [];
  const findings: Finding[] = [];
  for (const entry of [...entries].sort(byName)) {
    const { name } = entry;
    const beside = besides.get(name) ?? [];
    if (entry.isDirectory && !garbled.has(name)) {
      if (name !== RECORDS_DIR) folders.push({ name, beside });
      continue;
    }
    const at = `${path}/${name}`;
    const hits = garbled.has(name)
      ? hitsOf("garbled", (judge) => judge(name))
      : nameHits(name, { folderBytes: utf8Length(path), settings: walk.settings });
    hits.push(...beside);
    if (entry.isSymlink) {
      const link = { name, kind: "symlink" } as const;
      hits.push(...hitsOf("special", (judge) => judge(link, walk.settings)));
    }
    const kind = entry.isDirectory ? "directory_segment" : "file_name";
    for (const hit of hits) findings.push(findingAt({ runPath: path, path: at, kind }, hit));
  }
  return { folders, findings };
}

export function byName(a: { name: string }, b: { name: string }): number {
  return compareUtf8(a.name, b.name);
}

/** Yields the runs in a folder of runs that somebody named, then what is beside them in it. */
export async function* auditKindFolder(path: string, walk: Walk): Walking {
  const folder = await kindFolder(path, walk);
  const above = await faultsAbove(`${path}/_`, walk);
  for (const run of folder.runs) {
    yield yield* auditRun({ ...run, above: above.faults }, walk);
  }
  const project = dirname(path);
  const findings = folder.findings.map((finding) => ({ ...finding, run_path: project }));
  yield {
    kind: "project",
    path: project,
    findings: maskFindings(findings, { active: new Set(), syncStatus: null }),
    above: [],
    problems: [...above.problems, ...folder.problems],
    syncStatus: null,
    overrides: [],
    entries: 0,
  };
}
