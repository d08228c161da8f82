/**
 * What a walk saw becomes what the job says: generation, totals, state and event change together or
 * not at all, in one small transaction, whatever the run's size. A little that is staged is taken
 * into the list by the same transaction; more of it follows (`seal_apply.ts`).
 */
import { LabferryError } from "../base/mod.ts";
import { type Connection, nowText } from "./connection.ts";
import { JOB_BY_NUMBER, JOB_COLUMNS, type JobRow, toJob } from "./job_row.ts";
import { jobNumber } from "./job_lookup.ts";
import { appendEvent } from "./events.ts";
import { applyAtOnce, type Decided } from "./seal_apply.ts";
import type { SealChanges, SealTally } from "./seal_differences.ts";
import type { Job, SealFacts } from "./types.ts";

export interface SealOptions {
  /** `sealed`, `changed_after_seal` …: why there is a (new) generation. */
  readonly reason: string;
  /** Who or what sealed: the service, or a person's name. */
  readonly sealedBy: string;
  /** How completeness and quiet were known. */
  readonly evidence?: Readonly<Record<string, unknown>>;
  /** What of the evidence people are told in the run's history: how the run ended, what is not there. */
  readonly told?: Readonly<Record<string, unknown>>;
  /** A person accepted the loss of the files that are gone here and not as sealed over there. */
  readonly forgetLost?: boolean;
}

/** Moves the job by what was sealed, inside the seal's transaction: the machine decides how. */
export type TakeSeal = (job: Job, seal: SealFacts) => Job;

export interface SeenWalk {
  readonly tally: SealTally;
  /** The job's row. */
  readonly number: number;
}

export function decideSeal(
  connection: Connection,
  begun: Job,
  { tally, number, options, take }: SeenWalk & {
    readonly options: SealOptions;
    readonly take: TakeSeal;
  },
): Job {
  const now = current(connection, begun);
  const generation = begun.sealedAt === null ? begun.generation : begun.generation + 1;
  const { forgetLost = false } = options;
  const totals = tally.totals({ forgetLost });
  if (totals.files === 0) throw nothingToSeal(begun);
  connection.run(
    "UPDATE passes SET outcome = 'abandoned', ended_at = ? WHERE job = ? AND outcome = 'open'",
    [nowText(connection), number],
  );
  insertGeneration(connection, { job: number, generation, ...totals, options });
  const { changes } = tally;
  const job = take(now, sealFacts(connection, { generation, ...totals, options, changes }));
  decide(connection, number, { forgetLost, keepsFolders: isPartGone(connection, number) });
  return job;
}

export function decideUnchanged(
  connection: Connection,
  begun: Job,
  { tally: { changes }, number }: SeenWalk,
): Job {
  const now = current(connection, begun);
  if (begun.sealedAt === null || changes.needsGeneration) {
    throw new LabferryError("seal_changed", "the run is not as it was sealed", {
      path: begun.runPath,
      why: begun.sealedAt === null
        ? "it is not sealed yet"
        : `${changes.added} new, ${changes.altered} altered, ${changes.goneUnproven} gone`,
    });
  }
  if (changes.goneProven > 0) {
    appendEvent(connection, number, {
      kind: "local_missing",
      fromState: now.state,
      toState: now.state,
      generation: now.generation,
      detail: { files: changes.goneProven },
    });
  }
  decide(connection, number, { forgetLost: false, keepsFolders: now.verifiedAt !== null });
  return now;
}

/** Before what was seen is taken into the list: files of it went before, and stand in it. */
function isPartGone(connection: Connection, number: number): boolean {
  const sql = "SELECT 1 FROM files WHERE job = ? AND local_missing = 1 LIMIT 1";
  return connection.get(sql, [number]) !== undefined;
}

function decide(connection: Connection, number: number, decided: Decided): void {
  connection.run("UPDATE seal_rounds SET decided = ? WHERE job = ?", [
    JSON.stringify(decided),
    number,
  ]);
  applyAtOnce(connection, number);
}

export interface ListedSeal {
  readonly files: Iterable<
    { readonly path: string; readonly sizeBytes: number; readonly sha256: string }
  >;
  readonly options: SealOptions;
  readonly take: TakeSeal;
}

/** For rebuilding a cleaned run: the list as its manifest has it, nothing on the local disk. */
export function sealFromManifest(
  connection: Connection,
  jobId: string,
  manifest: ListedSeal,
): Job {
  return connection.transaction(() => {
    const job = jobNumber(connection, jobId);
    const row = connection.get<JobRow>(JOB_BY_NUMBER, [job])!;
    if (row.sealed_at !== null) throw overtaken(toJob(row));
    const totals = { files: 0, bytes: 0 };
    for (const file of manifest.files) {
      connection.run(
        `INSERT INTO files (job, path, size_bytes, mtime_ms, ctime_s, file_id, generation, sha256,
          sent, local_missing) VALUES (?, ?, ?, 0, 0, '', 1, ?, 1, 1)`,
        [job, file.path, file.sizeBytes, file.sha256],
      );
      totals.files++;
      totals.bytes += file.sizeBytes;
    }
    if (totals.files === 0) throw nothingToSeal(toJob(row));
    insertGeneration(connection, { job, generation: 1, ...totals, options: manifest.options });
    const { options, take } = manifest;
    return take(toJob(row), sealFacts(connection, { generation: 1, ...totals, options }));
  });
}

const AS_IT_BEGAN =
  `SELECT ${JOB_COLUMNS} FROM jobs WHERE id = ? AND generation = ? AND sealed_at IS ?`;

/** The job as it is now, provided nobody sealed it since the walk began. */
function current(connection: Connection, begun: Job): Job {
  const row = connection.get<JobRow>(
    AS_IT_BEGAN,
    [begun.id, begun.generation, begun.sealedAt],
  );
  if (row) return toJob(row);
  throw overtaken(begun);
}

function overtaken(job: Job): LabferryError {
  return new LabferryError("seal_overtaken", "the run was sealed meanwhile", { path: job.runPath });
}

function nothingToSeal(job: Job): LabferryError {
  return new LabferryError("nothing_to_seal", "the run has no data files", {
    path: job.runPath,
    why: "a run without data is never sealed",
    hint: "put its files there first; folders alone are not sent",
  });
}

function insertGeneration(
  connection: Connection,
  entry: {
    readonly job: number;
    readonly generation: number;
    readonly files: number;
    readonly bytes: number;
    readonly options: SealOptions;
  },
): void {
  connection.run(
    `INSERT INTO generations (job, generation, reason, sealed_by, sealed_at, files, bytes, evidence)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      entry.job,
      entry.generation,
      entry.options.reason,
      entry.options.sealedBy,
      nowText(connection),
      entry.files,
      entry.bytes,
      JSON.stringify(entry.options.evidence ?? {}),
    ],
  );
}

function sealFacts(
  connection: Connection,
  { generation, files, bytes, options, changes }: {
    readonly generation: number;
    readonly files: number;
    readonly bytes: number;
    readonly options: SealOptions;
    readonly changes?: SealChanges;
  },
): SealFacts {
  const { added, altered, goneProven, goneUnproven } = changes ?? {};
  return {
    generation,
    sealedAt: nowText(connection),
    files,
    bytes,
    detail: {
      reason: options.reason,
      sealedBy: options.sealedBy,
      files,
      bytes,
      added,
      altered,
      goneProven,
      goneUnproven,
      ...options.told,
    },
  };
}
