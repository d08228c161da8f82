/**
 * The records of one folder (`.exlab-wizard/`), as far as the gate asks for them: can each be read,
 * what does `creation.json` say, and what is wrong with that. Like a folder's, a reading is a plain
 * value that holds as long as the stats it was made from.
 */
import { basename } from "node:path";
import { LabferryError } from "../base/mod.ts";
import {
  type Creation,
  parseRecord,
  RECORD_FILES,
  recordedLayout,
  RECORDS_DIR,
  viewRecord,
} from "../records/mod.ts";
import { type Finding, findingsAt } from "./finding.ts";
import { hitsOf } from "./judgements.ts";
import { isProblem, isSameStat, type Problem, statNumbers } from "./look.ts";
import type { CreationFacts, KnownRecord, RecordsReading } from "./reading.ts";
import type { Looks } from "./share_looks.ts";
import { entriesKey, wasAtRest } from "./trust.ts";
import type { Walk } from "./walk.ts";

export interface RecordsOutcome {
  readonly reading: RecordsReading;
  readonly problems: readonly Problem[];
}

/** Records whose form the gate vouches for. `checksums.sha256` may be huge and is the proof's. */
const JUDGED: ReadonlySet<string> = new Set([
  RECORD_FILES.creation,
  RECORD_FILES.equipment,
  RECORD_FILES.runs,
  RECORD_FILES.testRuns,
  RECORD_FILES.ingest,
]);

/** A thousand times the largest record seen; `readRecord` has the same limit. */
const MAX_RECORD_BYTES = 16 * 1024 * 1024;

export const NO_RECORDS: RecordsReading = { key: null, records: [] };

/** Reads what is in `<folder>/.exlab-wizard`; a folder without one has no records. */
export async function readRecords(folder: string, walk: Walk): Promise<RecordsOutcome> {
  const earlier = walk.cache.get(folder)?.records ?? undefined;
  const path = `${folder}/${RECORDS_DIR}`;
  const silent = await walk.shares.silence(folder);
  if (silent !== null) return { reading: NO_RECORDS, problems: [silent] };
  const looks = walk.shares.looksAt(folder);
  const stat = await looks.look(path);
  if (isProblem(stat)) {
    return { reading: NO_RECORDS, problems: stat.code === "vanished" ? [] : [stat] };
  }
  // A link here would be followed; the run's own reading reports it.
  if (stat.kind !== "directory") return { reading: NO_RECORDS, problems: [] };
  const key = entriesKey(stat, walk);
  const unchanged = key !== null && earlier?.key === key;
  const names = unchanged
    ? earlier.records.map(({ name }) => name)
    : await judgedNames(path, looks);
  if (isProblem(names)) return { reading: NO_RECORDS, problems: [names] };
  const problems: Problem[] = [];
  const records: KnownRecord[] = [];
  for (const name of names) {
    const known = earlier?.records.find((record) => record.name === name);
    const about = { path: `${path}/${name}`, known, now: walk.now, looks };
    const record = await readRecord(name, about);
    if (!isProblem(record)) records.push(record);
    else if (record.code !== "vanished") problems.push(record);
  }
  return { reading: { key, records }, problems };
}

/** The records of a listed folder. Asking for what is not there costs more than reading a record. */
export async function readRecordsAmong(
  entries: readonly Deno.DirEntry[],
  { path, walk }: { readonly path: string; readonly walk: Walk },
): Promise<RecordsOutcome> {
  const hasRecords = entries.some((entry) => entry.isDirectory && entry.name === RECORDS_DIR);
  if (!hasRecords) return { reading: NO_RECORDS, problems: [] };
  const records = await readRecords(path, walk);
  walk.cache.set(path, { context: null, records: records.reading, folders: new Map() });
  return records;
}

async function judgedNames(path: string, looks: Looks): Promise<string[] | Problem> {
  const entries = await looks.list(path);
  if (isProblem(entries)) return entries;
  return entries.map((entry) => entry.name).filter((name) => JUDGED.has(name)).sort();
}

async function readRecord(
  name: string,
  about: { path: string; known: KnownRecord | undefined; now: Date; looks: Looks },
): Promise<KnownRecord | Problem> {
  const { path, known, now, looks } = about;
  const file = await looks.look(path);
  if (isProblem(file)) return file;
  if (known?.stat && isSameStat(file, known.stat)) return known;
  const stat = wasAtRest(file, now.getTime()) ? statNumbers(file) : null;
  if (file.kind !== "file") {
    return { name, stat, error: `${name} is not a regular file`, creation: null };
  }
  if (file.sizeBytes > MAX_RECORD_BYTES) {
    return { name, stat, error: `${name} is too large to be a record`, creation: null };
  }
  const bytes = await looks.readSome(path, Math.min(file.sizeBytes + 1, MAX_RECORD_BYTES));
  if (!(bytes instanceof Uint8Array)) return bytes;
  return { name, stat, ...parseFacts(bytes, { name, path }) };
}

function parseFacts(
  bytes: Uint8Array,
  about: { name: string; path: string },
): Pick<KnownRecord, "error" | "creation"> {
  try {
    const view = viewRecord(about.path, parseRecord(bytes, about.path));
    const isCreation = about.name === RECORD_FILES.creation;
    return { error: null, creation: isCreation ? factsOf(view as Creation) : null };
  } catch (error) {
    // `malformed_record`, `schema_major_mismatch`: what the file says, not what we do.
    if (!(error instanceof LabferryError)) throw error;
    return { error: error.message, creation: null };
  }
}

function factsOf(creation: Creation): CreationFacts {
  const affected = creation.plugins_applied.flatMap((plugin) => plugin.files_affected);
  return {
    schemaVersion: creation.schema_version,
    runKind: creation.run_kind,
    syncStatus: creation.sync_status,
    hasLimsProject: creation.lims_project !== undefined && creation.lims_project !== null,
    overrides: creation.validation_overrides,
    renderedFiles: [...affected, ...creation.rendered_files ?? []],
    layout: recordedLayout(creation),
    localPath: creation.paths.local,
  };
}

export function creationIn(reading: RecordsReading): CreationFacts | null {
  return creationFile(reading)?.creation ?? null;
}

function creationFile({ records }: RecordsReading): KnownRecord | undefined {
  return records.find(({ name }) => name === RECORD_FILES.creation);
}

/**
 * Findings about the records of the place at `path`. What is `other` (an equipment, a folder of runs)
 * needs no `creation.json`, and one that lies there says nothing of it; a `loose_run` needs none.
 */
export function recordFindings(
  reading: RecordsReading,
  about: { path: string; runPath?: string; level: "project" | "run" | "loose_run" | "other" },
): Finding[] {
  const { path, runPath = path, level } = about;
  const findings = reading.records.flatMap(({ name, error, creation }) => {
    const record = { name, error, creation: level === "other" ? null : creation };
    const at = { runPath, path: `${path}/${RECORDS_DIR}/${name}`, kind: "file_content" } as const;
    return findingsAt(at, hitsOf("record", (judge) => judge(record)));
  });
  if (level === "other" || level === "loose_run") return findings;
  const hasCreation = creationFile(reading) !== undefined;
  const place = { name: basename(path), level, hasCreation };
  const hits = hitsOf("provenance", (judge) => judge(place));
  return [...findings, ...findingsAt({ runPath, path, kind: "directory_segment" }, hits)];
}
