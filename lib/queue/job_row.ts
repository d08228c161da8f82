/** A row of `jobs` and the `Job` it stands for. */
import type { Value } from "./connection.ts";
import type { Hold, Job, JobChange, JobState, Members, Verification } from "./types.ts";

export interface JobRow {
  readonly n: number;
  readonly id: string;
  readonly run_path: string;
  readonly data_dir: string | null;
  readonly members: string | null;
  readonly equipment_id: string;
  readonly destination: string;
  readonly destination_uuid: string | null;
  readonly far_dir: string;
  readonly state: JobState;
  readonly hold: Hold | null;
  readonly hold_reason: string | null;
  readonly generation: number;
  readonly sealed_at: string | null;
  readonly files: number;
  readonly bytes: number;
  readonly attempts: number;
  readonly resent: number;
  readonly prepared_generation: number;
  readonly verify_passes: number;
  readonly verified_at: string | null;
  readonly enqueued_ms: number;
  readonly next_attempt_at: string | null;
  readonly last_error_code: string | null;
  readonly last_error_message: string | null;
  readonly last_error_hint: string | null;
  readonly source_folder: string | null;
  readonly verification: string | null;
  readonly deletion_started_at: string | null;
  readonly pinned: number;
  readonly alarm_code: string | null;
  readonly alarm_since: string | null;
  readonly alarm_files: number | null;
  readonly updated_at: string;
}

/** Without those that SQLite would have to work out for each row. */
const COLUMNS: Readonly<Record<keyof JobRow, true>> = {
  n: true,
  id: true,
  run_path: true,
  data_dir: true,
  members: true,
  equipment_id: true,
  destination: true,
  destination_uuid: true,
  far_dir: true,
  state: true,
  hold: true,
  hold_reason: true,
  generation: true,
  sealed_at: true,
  files: true,
  bytes: true,
  attempts: true,
  resent: true,
  prepared_generation: true,
  verify_passes: true,
  verified_at: true,
  enqueued_ms: true,
  next_attempt_at: true,
  last_error_code: true,
  last_error_message: true,
  last_error_hint: true,
  source_folder: true,
  verification: true,
  deletion_started_at: true,
  pinned: true,
  alarm_code: true,
  alarm_since: true,
  alarm_files: true,
  updated_at: true,
};

/**
 * All that a job is made from. Named wherever a job is read: with `*` SQLite works out four more columns
 * for each row, two of them from JSON and from the path, and reading one takes half as long again.
 */
export const JOB_COLUMNS = Object.keys(COLUMNS).join(", ");
export const JOB_BY_NUMBER = `SELECT ${JOB_COLUMNS} FROM jobs WHERE n = ?`;

export function toJob(row: JobRow): Job {
  return {
    id: row.id,
    runPath: row.run_path,
    dataDir: row.data_dir ?? row.run_path,
    members: row.members === null ? null : JSON.parse(row.members) as Members,
    equipmentId: row.equipment_id,
    destination: row.destination,
    destinationUuid: row.destination_uuid,
    farDir: row.far_dir,
    state: row.state,
    hold: row.hold,
    holdReason: row.hold_reason,
    generation: row.generation,
    sealedAt: row.sealed_at,
    files: row.files,
    bytes: row.bytes,
    attempts: row.attempts,
    resent: row.resent === 1,
    preparedGeneration: row.prepared_generation,
    verifyPasses: row.verify_passes,
    verifiedAt: row.verified_at,
    enqueuedAt: new Date(row.enqueued_ms).toISOString(),
    nextAttemptAt: row.next_attempt_at,
    lastError: row.last_error_code === null ? null : {
      code: row.last_error_code,
      message: row.last_error_message ?? "",
      ...(row.last_error_hint === null ? {} : { hint: row.last_error_hint }),
    },
    sourceFolder: row.source_folder,
    verification: row.verification === null ? null : JSON.parse(row.verification) as Verification,
    deletionStartedAt: row.deletion_started_at,
    pinned: row.pinned === 1,
    alarm: row.alarm_code === null ? null : {
      code: row.alarm_code,
      since: row.alarm_since ?? row.updated_at,
      files: row.alarm_files ?? 0,
    },
    updatedAt: row.updated_at,
  };
}

/** The columns a change sets, in a fixed order, so that equal changes share one statement. */
export function columnsOf(change: JobChange): { names: string[]; values: Value[] } {
  const names: string[] = [];
  const values: Value[] = [];
  for (const [key, column] of PLAIN_COLUMNS) {
    const value = change[key];
    if (value === undefined) continue;
    names.push(column);
    values.push(typeof value === "boolean" ? Number(value) : value);
  }
  if (change.lastError !== undefined) {
    names.push("last_error_code", "last_error_message", "last_error_hint");
    const { code = null, message = null, hint = null } = change.lastError ?? {};
    values.push(code, message, hint);
  }
  if (change.alarm !== undefined) {
    names.push("alarm_code", "alarm_since", "alarm_files");
    const { code = null, since = null, files = null } = change.alarm ?? {};
    values.push(code, since, files);
  }
  if (change.verification !== undefined) {
    names.push("verification");
    values.push(change.verification === null ? null : JSON.stringify(change.verification));
  }
  return { names, values };
}

const PLAIN_COLUMNS = [
  ["state", "state"],
  ["hold", "hold"],
  ["holdReason", "hold_reason"],
  ["destination", "destination"],
  ["destinationUuid", "destination_uuid"],
  ["generation", "generation"],
  ["sealedAt", "sealed_at"],
  ["files", "files"],
  ["bytes", "bytes"],
  ["attempts", "attempts"],
  ["resent", "resent"],
  ["preparedGeneration", "prepared_generation"],
  ["verifyPasses", "verify_passes"],
  ["verifiedAt", "verified_at"],
  ["nextAttemptAt", "next_attempt_at"],
  ["deletionStartedAt", "deletion_started_at"],
  ["pinned", "pinned"],
  ["sourceFolder", "source_folder"],
] as const satisfies readonly (readonly [keyof JobChange, string])[];
