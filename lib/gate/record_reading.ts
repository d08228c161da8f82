/**
 * The records of one folder (`.exlab-wizard/`), as far as the gate asks for them: can each be read,
 * and what does `creation.json` say. Like a folder's reading it is a plain value that holds as long
 * as the stats it was made from.
 */
import { LabferryError } from "../base/mod.ts";
import {
  type Creation,
  type OverrideEntry,
  parseRecord,
  RECORD_FILES,
  recordedLayout,
  RECORDS_DIR,
  viewRecord,
} from "../records/mod.ts";
import { type Hit, hitsOf } from "./judgements.ts";
import { isProblem, list, look, type Problem, readSome, type Stat } from "./look.ts";
import { wasAtRest } from "./trust.ts";

/** What the gate needs of a `creation.json`; the rest of it may be large. */
export interface CreationFacts {
  readonly schemaVersion: string;
  readonly runKind: string;
  readonly syncStatus: string;
  readonly hasLimsProject: boolean;
  readonly overrides: readonly OverrideEntry[];
  /** As the record names them. */
  readonly renderedFiles: readonly string[];
  /** `<EQUIPMENT_ID>/<project>/Runs/<leaf>` of a run that lies elsewhere. */
  readonly layout: string | null;
  /** The folder the record was written for. */
  readonly localPath: string;
}

interface KnownRecord {
  readonly name: string;
  /** Null when the stat is not to be trusted the next time. */
  readonly stat: readonly [number, number, number, number] | null;
  readonly error: string | null;
  readonly creation: CreationFacts | null;
}

export interface RecordsReading {
  readonly key: string | null;
  readonly listedAtMs: number;
  readonly records: readonly KnownRecord[];
}

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

export const NO_RECORDS: RecordsReading = { key: null, listedAtMs: 0, records: [] };

interface ReadOptions {
  readonly earlier: RecordsReading | undefined;
  readonly telling: ReadonlySet<number>;
  readonly lookedAtMs: number;
}

/** Reads what is in `<folder>/.exlab-wizard`; a folder without one has no records. */
export async function readRecords(
  folder: string,
  options: ReadOptions,
): Promise<RecordsOutcome> {
  const { earlier, telling, lookedAtMs } = options;
  const path = `${folder}/${RECORDS_DIR}`;
  const stat = look(path);
  if (isProblem(stat)) {
    return { reading: NO_RECORDS, problems: stat.code === "vanished" ? [] : [stat] };
  }
  // A link here would be followed; the run's own reading tells of it.
  if (stat.kind !== "directory") return { reading: NO_RECORDS, problems: [] };
  const key = telling.has(stat.dev) && wasAtRest(stat, lookedAtMs)
    ? `${stat.dev}:${stat.ino}:${stat.mtimeMs}:${stat.ctimeMs}`
    : null;
  const unchanged = key !== null && earlier?.key === key;
  const names = unchanged ? earlier.records.map(({ name }) => name) : await judgedNames(path);
  if (isProblem(names)) return { reading: NO_RECORDS, problems: [names] };
  const problems: Problem[] = [];
  const records: KnownRecord[] = [];
  for (const name of names) {
    const known = earlier?.records.find((record) => record.name === name);
    const record = readRecord(`${path}/${name}`, { name, known, lookedAtMs });
    if (isProblem(record)) {
      if (record.code !== "vanished") problems.push(record);
    } else records.push(record);
  }
  const listedAtMs = unchanged ? earlier.listedAtMs : lookedAtMs;
  return { reading: { key, listedAtMs, records }, problems };
}

async function judgedNames(path: string): Promise<string[] | Problem> {
  const entries = await list(path);
  if (isProblem(entries)) return entries;
  return entries.map((entry) => entry.name).filter((name) => JUDGED.has(name)).sort();
}

function readRecord(
  path: string,
  about: { name: string; known: KnownRecord | undefined; lookedAtMs: number },
): KnownRecord | Problem {
  const { name, known, lookedAtMs } = about;
  const stat = look(path);
  if (isProblem(stat)) return stat;
  if (known?.stat && isSame(known.stat, stat)) return known;
  const kept = wasAtRest(stat, lookedAtMs)
    ? [stat.sizeBytes, stat.mtimeMs, stat.ctimeMs, stat.ino] as const
    : null;
  if (stat.kind !== "file") {
    return { name, stat: kept, error: `${name} is not a regular file`, creation: null };
  }
  if (stat.sizeBytes > MAX_RECORD_BYTES) {
    return { name, stat: kept, error: `${name} is too large to be a record`, creation: null };
  }
  const bytes = readSome(path, Math.min(stat.sizeBytes + 1, MAX_RECORD_BYTES));
  if (!(bytes instanceof Uint8Array)) return bytes;
  return { name, stat: kept, ...parsed(bytes, { name, path }) };
}

function isSame(known: readonly number[], stat: Stat): boolean {
  return known[0] === stat.sizeBytes && known[1] === stat.mtimeMs && known[2] === stat.ctimeMs &&
    known[3] === stat.ino;
}

function parsed(
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
  return recordNamed(reading, RECORD_FILES.creation)?.creation ?? null;
}

/** True when there is a `creation.json`, readable or not. */
export function hasCreation(reading: RecordsReading): boolean {
  return recordNamed(reading, RECORD_FILES.creation) !== undefined;
}

function recordNamed(reading: RecordsReading, name: string): KnownRecord | undefined {
  return reading.records.find((record) => record.name === name);
}

/**
 * Hits of each record, with the record's name. Of which place `creation.json` is the record only a
 * project or run says: of others it is a file like the rest.
 */
export function recordHits(
  reading: RecordsReading,
  of: "project" | "run" | "other",
): { name: string; hit: Hit }[] {
  return reading.records.flatMap(({ name, error, creation }) => {
    const record = { name, error, creation: of === "other" ? null : creation };
    return hitsOf("record", (judge) => judge(record)).map((hit) => ({ name, hit }));
  });
}
