/**
 * Turning a finished walk into the sealed list. Called inside the round's transaction, so that list,
 * generation, job and event change together or not at all.
 */
import { LabferryError } from "../base/mod.ts";
import { type Connection, nowText } from "./connection.ts";
import { type JobRow, toJob } from "./job_row.ts";
import { jobNumber } from "./job_lookup.ts";
import { forgetLost } from "./lost_files.ts";
import { appendEvent } from "./events.ts";
import { changesOf, DIFFERS, NOT_SEEN, type SealChanges, UNSETTLED } from "./seal_differences.ts";
import type { Job, SealFacts } from "./types.ts";

export interface SealOptions {
  /** `sealed`, `changed_after_seal` …: why there is a (new) generation. */
  readonly reason: string;
  /** Who or what sealed: the service, or a person's name. */
  readonly sealedBy: string;
  /** How completeness and quiet were known. */
  readonly evidence?: Readonly<Record<string, unknown>>;
  /** A person accepted the loss of the files that are gone here and not proven over there. */
  readonly forgetLost?: boolean;
}

/** Moves the job by what was sealed, inside the seal's transaction: the machine decides how. */
export type TakeSeal = (job: Job, seal: SealFacts) => Job;

export function applySeal(
  connection: Connection,
  begun: Job,
  { options, take }: { readonly options: SealOptions; readonly take: TakeSeal },
): Job {
  const job = jobNumber(connection, begun.id);
  const now = current(connection, begun);
  const changes = changesOf(connection, job);
  const generation = begun.sealedAt === null ? begun.generation : begun.generation + 1;
  if (options.forgetLost) forgetLost(connection, job);
  updateFiles(connection, job, generation);
  updateEmptyDirs(connection, job);
  const totals = totalsOf(connection, job);
  if (totals.files === 0) throw nothingToSeal(begun);
  connection.run(
    "UPDATE passes SET outcome = 'abandoned', ended_at = ? WHERE job = ? AND outcome = 'open'",
    [nowText(connection), job],
  );
  insertGeneration(connection, { job, generation, ...totals, options });
  return take(now, sealFacts(connection, { generation, ...totals, options, changes }));
}

export function applyUnchanged(connection: Connection, begun: Job): Job {
  const job = jobNumber(connection, begun.id);
  const now = current(connection, begun);
  const changes = changesOf(connection, job);
  if (begun.sealedAt === null || changes.needsGeneration) {
    throw new LabferryError("seal_changed", "the run is not as it was sealed", {
      path: begun.runPath,
      why: begun.sealedAt === null
        ? "it is not sealed yet"
        : `${changes.added} new, ${changes.altered} altered, ${changes.goneUnproven} gone`,
    });
  }
  updateFiles(connection, job, begun.generation);
  updateEmptyDirs(connection, job);
  if (changes.goneProven > 0) {
    appendEvent(connection, job, {
      kind: "local_missing",
      fromState: now.state,
      toState: now.state,
      generation: now.generation,
      detail: { files: changes.goneProven },
    });
  }
  return now;
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
    const row = connection.get<JobRow>("SELECT * FROM jobs WHERE n = ?", [job])!;
    if (row.sealed_at !== null) throw overtaken(toJob(row));
    for (const file of manifest.files) {
      connection.run(
        `INSERT INTO files (job, path, size_bytes, mtime_ms, ctime_s, file_id, generation, sha256,
          sent, local_missing) VALUES (?, ?, ?, 0, 0, '', 1, ?, 1, 1)`,
        [job, file.path, file.sizeBytes, file.sha256],
      );
    }
    const totals = totalsOf(connection, job);
    if (totals.files === 0) throw nothingToSeal(toJob(row));
    insertGeneration(connection, { job, generation: 1, ...totals, options: manifest.options });
    const { options, take } = manifest;
    return take(toJob(row), sealFacts(connection, { generation: 1, ...totals, options }));
  });
}

/** The job as it is now, provided nobody sealed it since the walk began. */
function current(connection: Connection, begun: Job): Job {
  const row = connection.get<JobRow>(
    "SELECT * FROM jobs WHERE id = ? AND generation = ? AND sealed_at IS ?",
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

/** Order matters: altered rows first, because refreshing makes every stat equal. */
function updateFiles(connection: Connection, job: number, generation: number): void {
  connection.run(
    `INSERT OR IGNORE INTO once_ours (job, path) SELECT f.job, f.path FROM files f
    WHERE f.job = ? AND f.ours = 1 AND f.proven_sha256 IS NULL AND ${NOT_SEEN}`,
    [job],
  );
  connection.run(
    `DELETE FROM files AS f WHERE f.job = ? AND f.proven_sha256 IS NULL AND ${NOT_SEEN}`,
    [job],
  );
  // A gone file of which older bytes were proven: unless the new ones were pushed, what is over
  // there, and so in the manifest, is the older version.
  connection.run(
    `UPDATE files AS f SET local_missing = 1, sent = 1, sha256 = CASE
      WHEN f.sent = 1 AND f.sha256 IS NOT NULL THEN f.sha256 ELSE f.proven_sha256 END
    WHERE f.job = ? AND f.proven_sha256 IS NOT NULL AND ${NOT_SEEN}`,
    [job],
  );
  const stat = `size_bytes = s.size_bytes, mtime_ms = s.mtime_ms, ctime_s = s.ctime_s,
    file_id = s.file_id, local_missing = 0`;
  const from = "FROM seal_files s WHERE f.job = ? AND s.job = f.job AND s.path = f.path";
  connection.run(
    `UPDATE files AS f SET ${stat}, generation = ?, sha256 = s.sha256, sent = 0,
      far_sha256 = NULL, far_pass = NULL ${from} AND ${DIFFERS} AND ${UNSETTLED}`,
    [generation, job],
  );
  connection.run(`UPDATE files AS f SET ${stat} ${from} AND ${DIFFERS}`, [job]);
  connection.run(
    `INSERT INTO files (job, path, size_bytes, mtime_ms, ctime_s, file_id, generation, sha256)
    SELECT s.job, s.path, s.size_bytes, s.mtime_ms, s.ctime_s, s.file_id, ?, s.sha256
    FROM seal_files s WHERE s.job = ?
      AND NOT EXISTS (SELECT 1 FROM files f WHERE f.job = s.job AND f.path = s.path)`,
    [generation, job],
  );
}

function updateEmptyDirs(connection: Connection, job: number): void {
  connection.run("DELETE FROM empty_dirs WHERE job = ?", [job]);
  connection.run(
    "INSERT INTO empty_dirs (job, path) SELECT job, path FROM seal_dirs WHERE job = ?",
    [job],
  );
}

function totalsOf(connection: Connection, job: number): { files: number; bytes: number } {
  const row = connection.get<{ files: number; bytes: number }>(
    "SELECT count(*) AS files, ifnull(sum(size_bytes), 0) AS bytes FROM files WHERE job = ?",
    [job],
  )!;
  return { files: row.files, bytes: row.bytes };
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
    },
  };
}
