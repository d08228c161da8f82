/**
 * `<base>/.labferry-fleet/sessions/<id>/<EQUIPMENT>.json`: how one part of a session stands, as the service
 * says that looks after it. Others, and newer versions, read and write it: nothing in it is taken on trust.
 *
 * ```json
 * { "schema_version": "1.0", "session": "mouse12", "equipment": "PROBE_01", "parts": ["PROBE_01", "PROBE_02"],
 *   "host": "rig-1", "written_at": "…Z",
 *   "runs": [{ "far_path": "Ephys/Runs/Run_…_mouse12_g0", "state": "proven", "generation": 1, "files": 4,
 *              "bytes": 123, "sealed_at": "…Z", "proven_at": "…Z" }] }
 * ```
 */
import { parseJson } from "../base/json.ts";
import { decodeUtf8, encodeUtf8, LabferryError } from "../base/mod.ts";

export interface SessionRun {
  /** Below the equipment's base. */
  readonly farPath: string;
  readonly state: "sealed" | "proven";
  readonly generation: number;
  readonly files: number;
  readonly bytes: number;
  /** ISO 8601. */
  readonly sealedAt: string | null;
  readonly provenAt: string | null;
}

export interface SessionPart {
  readonly session: string;
  readonly equipment: string;
  readonly parts: readonly string[];
  readonly host: string;
  readonly writtenAt: string;
  readonly runs: readonly SessionRun[];
}

export type ReadPart = { readonly part: SessionPart } | {
  /** A sentence for people. */
  readonly fault: string;
};

const MAJOR = "1";
/** A part of more runs, or a larger file, is none of ours. */
const MOST_RUNS = 10_000;

export function partText(part: SessionPart): Uint8Array<ArrayBuffer> {
  const { session, equipment, parts, host, writtenAt, runs } = part;
  const record = {
    schema_version: `${MAJOR}.0`,
    session,
    equipment,
    parts,
    host,
    written_at: writtenAt,
    runs: runs.map((run) => ({
      far_path: run.farPath,
      state: run.state,
      generation: run.generation,
      files: run.files,
      bytes: run.bytes,
      sealed_at: run.sealedAt,
      proven_at: run.provenAt,
    })),
  };
  return encodeUtf8(`${JSON.stringify(record, null, 2)}\n`);
}

export function readPart(
  bytes: Uint8Array,
  { session, equipment }: Pick<SessionPart, "session" | "equipment">,
): ReadPart {
  const value = fieldsOf(bytes);
  if (value === null) return { fault: "it is torn, or no record" };
  const version = value["schema_version"];
  if (typeof version !== "string") return { fault: "it does not say its version" };
  if (version.split(".")[0] !== MAJOR) return { fault: `it is of version ${version}` };
  if (value["session"] !== session || value["equipment"] !== equipment) {
    return { fault: "it speaks of another session or equipment" };
  }
  const { runs, parts } = value;
  if (!Array.isArray(runs) || runs.length > MOST_RUNS || !Array.isArray(parts)) {
    return { fault: "it names no runs" };
  }
  const read = runs.map(runOf);
  if (read.some((run) => run === null)) return { fault: "one of its runs cannot be read" };
  return {
    part: {
      session,
      equipment,
      parts: parts.filter((one) => typeof one === "string"),
      host: textOf(value["host"]) ?? "",
      writtenAt: textOf(value["written_at"]) ?? "",
      runs: read.filter((run) => run !== null),
    },
  };
}

function runOf(value: unknown): SessionRun | null {
  if (typeof value !== "object" || value === null) return null;
  const run = value as Record<string, unknown>;
  const farPath = textOf(run["far_path"]);
  const { state } = run;
  if (farPath === null || (state !== "sealed" && state !== "proven")) return null;
  return {
    farPath,
    state,
    generation: countOf(run["generation"]),
    files: countOf(run["files"]),
    bytes: countOf(run["bytes"]),
    sealedAt: textOf(run["sealed_at"]),
    provenAt: textOf(run["proven_at"]),
  };
}

function fieldsOf(bytes: Uint8Array): Record<string, unknown> | null {
  try {
    const { value } = parseJson(decodeUtf8(bytes));
    const isFields = typeof value === "object" && value !== null && !Array.isArray(value);
    return isFields ? value as Record<string, unknown> : null;
  } catch (error) {
    if (error instanceof LabferryError || error instanceof TypeError) return null;
    throw error;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function countOf(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
