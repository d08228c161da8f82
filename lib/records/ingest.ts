/** `ingest.json`: how far a run in the orchestrator's staging area has come. */
import { dirname, join } from "node:path";
import * as z from "zod";
import { type Clock, encodeUtf8, LabferryError, systemClock, utcSeconds } from "../base/mod.ts";
import type { JsonDocument } from "../base/json.ts";
import { editJson } from "../base/json_edit.ts";
import { writeFileAtomic } from "../disk/mod.ts";
import { ingestFault, type IngestState, isIngestState, nextIngestState } from "./ingest_states.ts";
import {
  lockRecord,
  type LockWait,
  makeRecordFolder,
  newRecordText,
  parseRecord,
  readRecord,
  rewriteRecord,
} from "./record_file.ts";
import { logToRun, runLogName } from "./run_log.ts";
import { viewAs } from "./shape.ts";
import { checkVersion, OUR_VERSIONS, stampOver, versionText } from "./versions.ts";

const historyEntry = z.object({
  state: z.string(),
  at: z.string(),
  host: z.string(),
  files_received: z.number().nullish(),
  bytes_received: z.number().nullish(),
  nas_path: z.string().nullish(),
  checksum_file: z.string().nullish(),
});

const ingestSchema = z.object({
  schema_version: z.string(),
  project_name: z.string(),
  equipment_id: z.string(),
  run_kind: z.string(),
  /** Relative to the staging root, with `/`. */
  run_path: z.string(),
  /** `smb_mount` or `file_transfer`; open, as a newer version may add one. */
  transport: z.string(),
  current_state: z.string(),
  /** The other program leaves an empty one out. */
  history: z.array(historyEntry).default([]),
});

export type Ingest = z.infer<typeof ingestSchema>;

export type IngestDraft =
  & Pick<Ingest, "project_name" | "equipment_id" | "run_kind" | "run_path">
  & { readonly transport: "smb_mount" | "file_transfer"; readonly host: string };

/**
 * Writes the first record, in state `staging`.
 *
 * @throws {LabferryError} `already_exists`
 */
export async function createIngest(
  path: string,
  draft: IngestDraft,
  options: LockWait & { readonly clock?: Clock } = {},
): Promise<Ingest> {
  const { project_name, equipment_id, run_kind, run_path, transport, host } = draft;
  const at = utcSeconds((options.clock ?? systemClock).now());
  const ingest: Ingest = {
    schema_version: versionText(OUR_VERSIONS.ingest),
    project_name,
    equipment_id,
    run_kind,
    run_path,
    transport,
    current_state: "staging",
    history: [{ state: "staging", at, host }],
  };
  await makeRecordFolder(path);
  using _lock = await lockRecord(path, { ...options, mode: "exclusive" });
  await writeFileAtomic(path, encodeUtf8(newRecordText(ingest)), { createOnly: true });
  await logStep(ingest, { ...options, path, host, message: "staging" });
  return ingest;
}

/**
 * Reads a record, also one whose state is out of step with its history: ask `ingestFault`.
 *
 * @throws {LabferryError} `record_missing`, `malformed_record`, `schema_major_mismatch`
 */
export async function readIngest(path: string): Promise<Ingest> {
  const document = await readRecord(path);
  return viewIngest(document, path);
}

/** The same, of bytes that came from elsewhere; `path` is what errors call them. */
export function parseIngest(text: string, path: string): Ingest {
  return viewIngest(parseRecord(text, path), path);
}

export function viewIngest(document: JsonDocument, path: string): Ingest {
  checkVersion(document, { path, ours: OUR_VERSIONS.ingest });
  return viewAs(ingestSchema, document.value, { document, path });
}

/** What the transition's history entry may say besides; each only at the state it belongs to. */
export interface IngestStep {
  readonly host: string;
  /** At `complete`. */
  readonly filesReceived?: number;
  readonly bytesReceived?: number;
  /** At `sync_verified`. */
  readonly nasPath?: string;
  readonly checksumFile?: string;
}

/**
 * Takes the record one step forward to `state`, by appending to its history. A record that is in
 * that state already stays as it is, so that a step can be repeated after a crash.
 *
 * @throws {LabferryError} `ingest_out_of_step` when state and history contradict each other;
 *   `ingest_step_refused` for a step back or more than one forward
 */
export async function advanceIngest(
  path: string,
  state: IngestState,
  options: IngestStep & LockWait & { readonly clock?: Clock },
): Promise<Ingest> {
  const { ingest, from } = await stepForward(path, { ...options, state });
  if (from !== null) await logStep(ingest, { ...options, path, message: `${from} → ${state}` });
  return ingest;
}

/** `from` is null when the record was in that state already. */
function stepForward(
  path: string,
  { state, ...options }: IngestStep & LockWait & {
    readonly state: IngestState;
    readonly clock?: Clock;
  },
): Promise<{ readonly ingest: Ingest; readonly from: string | null }> {
  return rewriteRecord<{ ingest: Ingest; from: string | null }>(path, (document) => {
    const ingest = viewIngest(document, path);
    const fault = ingestFault(ingest);
    if (fault) throw outOfStep(path, fault);
    if (ingest.current_state === state) {
      return { text: document.text, result: { ingest, from: null } };
    }
    if (nextIngestState(ingest.current_state) !== state) {
      throw stepRefused(path, { from: ingest.current_state, to: state });
    }
    const version = checkVersion(document, { path, ours: OUR_VERSIONS.ingest });
    const entry = entryFor(state, options);
    const hasHistory = Object.hasOwn(document.value as object, "history");
    const text = editJson(document, [
      { kind: "set", path: ["schema_version"], value: stampOver(version, OUR_VERSIONS.ingest) },
      { kind: "set", path: ["current_state"], value: state },
      hasHistory
        ? { kind: "append", path: ["history"], value: entry }
        : { kind: "set", path: ["history"], value: [entry] },
    ], { path });
    const after = viewIngest(parseRecord(text, path), path);
    return { text, result: { ingest: after, from: ingest.current_state } };
  }, options);
}

/** The run's own log says when a staged run went on, and on which machine. */
async function logStep(
  { equipment_id, project_name, run_kind, run_path }: Ingest,
  { path, host, message, clock = systemClock }: {
    readonly path: string;
    readonly host: string;
    readonly message: string;
    readonly clock?: Clock;
  },
): Promise<void> {
  const run = run_path.split("/").at(-1);
  await logToRun(join(dirname(path), runLogName(host)), {
    at: clock.now(),
    level: "INFO",
    host,
    equipmentId: equipment_id,
    project: project_name,
    kind: run_kind === "test" ? "test" : "experimental",
    ...(run ? { run } : {}),
    message: `ingest: ${message}`,
  });
}

function entryFor(
  state: IngestState,
  options: IngestStep & { readonly clock?: Clock },
): Record<string, unknown> {
  const at = utcSeconds((options.clock ?? systemClock).now());
  const entry: Record<string, unknown> = { state, at, host: options.host };
  const details: Partial<Record<IngestState, Record<string, unknown>>> = {
    complete: { files_received: options.filesReceived, bytes_received: options.bytesReceived },
    sync_verified: { nas_path: options.nasPath, checksum_file: options.checksumFile },
  };
  for (const [key, value] of Object.entries(details[state] ?? {})) {
    if (value !== undefined) entry[key] = value;
  }
  return entry;
}

function outOfStep(path: string, why: string): LabferryError {
  return new LabferryError("ingest_out_of_step", `${path} was not changed`, {
    why,
    path,
    hint: "Somebody edited the file; compare it with the run and repair it by hand.",
  });
}

function stepRefused(
  path: string,
  { from, to }: { readonly from: string; readonly to: string },
): LabferryError {
  const next = nextIngestState(from);
  const known = isIngestState(from) ? `only ${next ?? "nothing"}` : "nothing we know";
  return new LabferryError("ingest_step_refused", `${path} was not changed`, {
    why: `it is ${from}; ${known} can follow, not ${to}`,
    path,
  });
}
