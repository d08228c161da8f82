/** `record show`, `record check` and `record set` as values; the command line only prints them. */
import { hostname } from "node:os";
import { type Clock, type Code, LabferryError, systemClock } from "../base/mod.ts";
import { readChecksums } from "./checksums_file.ts";
import { mutateCreation } from "./creation.ts";
import type { Creation, SyncStatus } from "./creation_schema.ts";
import { advanceIngest, type Ingest } from "./ingest.ts";
import { ingestFault, isIngestState } from "./ingest_states.ts";
import { overridesAt } from "./overrides.ts";
import { isChecksumsName, kindOfRecord, type RecordKind, viewRecord } from "./record_kind.ts";
import { type LockWait, readRecord } from "./record_file.ts";

export interface ShownRecord {
  readonly path: string;
  readonly kind: RecordKind;
  /** As the file says it, unknown fields included. */
  readonly fields: unknown;
  /** As labferry reads it: defaults filled in, unknown fields left out; null for unknown kinds. */
  readonly view: object | null;
}

/**
 * Reads a record and says what it is.
 *
 * @throws {LabferryError} `record_missing`, `malformed_record`, `malformed_manifest`,
 *   `schema_major_mismatch`
 */
export async function showRecord(path: string): Promise<ShownRecord> {
  if (isChecksumsName(path)) {
    const counted = { files: await countChecksums(path) };
    return { path, kind: "checksums", fields: counted, view: counted };
  }
  const document = await readRecord(path);
  const kind = kindOfRecord(path, document);
  return { path, kind, fields: document.value, view: viewRecord(path, document) };
}

export interface RecordProblem {
  readonly code: Code;
  readonly message: string;
}

/** Worth knowing, but no fault of the file's form. */
export interface RecordNote {
  readonly code: "unknown_record" | "orphan_tombstone" | "malformed_override";
  readonly message: string;
}

export interface CheckedRecord {
  readonly path: string;
  readonly kind: RecordKind;
  /** True when readers and writers can use it. */
  readonly ok: boolean;
  readonly problems: readonly RecordProblem[];
  readonly notes: readonly RecordNote[];
}

/**
 * Says everything that is wrong with a record, instead of throwing it.
 *
 * @throws {LabferryError} `record_missing`: nothing to check is not a pass
 */
export async function checkRecord(
  path: string,
  options: { readonly clock?: Clock } = {},
): Promise<CheckedRecord> {
  const now = (options.clock ?? systemClock).now();
  let kind: RecordKind = isChecksumsName(path) ? "checksums" : "unknown";
  const problems: RecordProblem[] = [];
  const notes: RecordNote[] = [];
  try {
    if (kind === "checksums") {
      await countChecksums(path);
    } else {
      const document = await readRecord(path);
      kind = kindOfRecord(path, document);
      const duplicate = document.duplicateKey();
      if (duplicate) problems.push(duplicateProblem(duplicate));
      const view = viewRecord(path, document);
      if (kind === "creation") notes.push(...overrideNotes(view as Creation, now));
      if (kind === "ingest") problems.push(...stepProblems(view as Ingest));
      if (kind === "unknown") notes.push({ code: "unknown_record", message: "not a known record" });
    }
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code === "record_missing") throw error;
    problems.push({ code: error.code, message: error.message });
  }
  return { path, kind, ok: problems.length === 0, problems, notes };
}

function duplicateProblem(
  { key, position }: { key: string; position: { line: number; column: number } },
): RecordProblem {
  const message = `line ${position.line}, column ${position.column}: ` +
    `the key ${JSON.stringify(key)} is in one object twice; it can be read but not changed`;
  return { code: "duplicate_key", message };
}

function overrideNotes(creation: Creation, now: Date): RecordNote[] {
  const { orphans, malformed } = overridesAt(creation.validation_overrides, now);
  const note = (code: RecordNote["code"]) => ({ id, why }: { id: string | null; why: string }) => ({
    code,
    message: `override ${id ?? "without id"}: ${why}`,
  });
  return [...orphans.map(note("orphan_tombstone")), ...malformed.map(note("malformed_override"))];
}

function stepProblems(ingest: Ingest): RecordProblem[] {
  const fault = ingestFault(ingest);
  return fault === null ? [] : [{ code: "ingest_out_of_step", message: fault }];
}

async function countChecksums(path: string): Promise<number> {
  let files = 0;
  for await (const _ of readChecksums(path)) files++;
  return files;
}

/** What `record set` may change, by kind. */
const SETTABLE: Readonly<Partial<Record<RecordKind, string>>> = {
  creation: "sync_status",
  ingest: "current_state",
};

/**
 * Changes what may change, through the same locked writers as everything else: `sync_status` of a
 * creation record, `current_state` of an ingest record (one step forward).
 *
 * @throws {LabferryError} `change_refused` for any other key, and whatever the writer refuses
 */
export async function setRecord(
  path: string,
  changes: Readonly<Record<string, string>>,
  options: LockWait & { readonly host?: string; readonly clock?: Clock } = {},
): Promise<Creation | Ingest> {
  const kind = isChecksumsName(path) ? "checksums" : kindOfRecord(path, await readRecord(path));
  const settable = SETTABLE[kind];
  const keys = Object.keys(changes);
  const forbidden = keys.find((key) => key !== settable);
  if (settable === undefined || forbidden !== undefined || keys.length === 0) {
    throw refused(path, { kind, settable, forbidden });
  }
  const value = changes[settable]!;
  if (kind === "creation") {
    const sync_status = value as SyncStatus;
    return await mutateCreation(path, (creation) => ({ ...creation, sync_status }), options);
  }
  if (!isIngestState(value)) throw notAState(path, value);
  return await advanceIngest(path, value, { ...options, host: options.host ?? hostname() });
}

function refused(
  path: string,
  what: { kind: RecordKind; settable: string | undefined; forbidden: string | undefined },
): LabferryError {
  const why = what.forbidden === undefined
    ? "nothing to set was named"
    : `${what.forbidden} of a record of kind ${what.kind} cannot be set`;
  return new LabferryError("change_refused", `${path} was not changed`, {
    why,
    path,
    hint: what.settable === undefined
      ? "Nothing in this kind of record may be set by hand."
      : `Only ${what.settable} may be set, like ${what.settable}=VALUE.`,
  });
}

function notAState(path: string, value: string): LabferryError {
  return new LabferryError("change_refused", `${path} was not changed`, {
    why: `${JSON.stringify(value)} is not a state of a staged run`,
    path,
  });
}
