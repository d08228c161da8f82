/** The sealed files of a run: what each is, what it hashes to, and whether it is over there. */
import type { Connection, Value } from "./connection.ts";
import { jobNumber } from "./jobs.ts";
import { pagedByPath } from "./paged.ts";
import type { FileState, HashedFile } from "./types.ts";

/**
 * - `all`: every file of the list, gone ones too: the manifest;
 * - `present`: those that should be on the local disk;
 * - `unsent`, `unhashed`: present, and still to be pushed, or hashed here;
 * - `proven`: those that some pass compared under their present name, whatever they are now;
 * - `provenAsTheyAre`: present ones whose very bytes some pass proved;
 * - `localMissing`: gone from the local disk, their proof stands;
 * - `{pass, result}`: those with that result in that pass.
 */
export type FileFilter =
  | keyof typeof CONDITIONS
  | { readonly pass: number; readonly result: "matched" | "mismatched" | "missing" };

const CONDITIONS = {
  all: "1",
  present: "local_missing = 0",
  unsent: "local_missing = 0 AND sent = 0",
  unhashed: "local_missing = 0 AND sha256 IS NULL",
  proven: "proven_sha256 IS NOT NULL",
  provenAsTheyAre: "local_missing = 0 AND proven_sha256 IS NOT NULL AND proven_sha256 = sha256",
  localMissing: "local_missing = 1",
} as const;

export interface HashesSet {
  /** Files whose hash was unknown and is known now. */
  readonly set: number;
  /** Files whose known hash is another: the bytes changed under an unchanged stat. Kept as known. */
  readonly differing: readonly string[];
  /** Files that are not in the list, or not with this stat any more. Nothing was stored. */
  readonly stale: readonly string[];
}

/** Sorted by the path's bytes; safe to walk while the table is written. */
export function files(
  connection: Connection,
  jobId: string,
  filter: FileFilter = "all",
): Iterable<FileState> {
  const job = jobNumber(connection, jobId);
  const [condition, values]: [string, Value[]] = typeof filter === "string"
    ? [CONDITIONS[filter], []]
    : ["far_pass = ?3 AND result = ?4", [filter.pass, filter.result]];
  return pagedByPath<FileRow, FileState>(connection, {
    sql: `SELECT * FROM files WHERE job = ?2 AND path > ?1 AND ${condition} ORDER BY path`,
    values: [job, ...values],
    map: toFile,
  });
}

/** How many files and bytes a filter finds. */
export function countFiles(
  connection: Connection,
  jobId: string,
  filter: keyof typeof CONDITIONS,
): { readonly files: number; readonly bytes: number } {
  const row = connection.get<{ files: number; bytes: number }>(
    `SELECT count(*) AS files, ifnull(sum(size_bytes), 0) AS bytes FROM files
    WHERE job = ? AND ${CONDITIONS[filter]}`,
    [jobNumber(connection, jobId)],
  )!;
  return { ...row };
}

export function emptyDirs(connection: Connection, jobId: string): Iterable<string> {
  return pagedByPath<{ path: string }, string>(connection, {
    sql: "SELECT path FROM empty_dirs WHERE job = ?2 AND path > ?1 ORDER BY path",
    values: [jobNumber(connection, jobId)],
    map: (row) => row.path,
  });
}

/**
 * Stores hashes of files that had none. A known hash is never replaced here: only a seal round may
 * say that a file's bytes are new.
 */
export function setHashes(
  connection: Connection,
  jobId: string,
  batch: readonly HashedFile[],
): HashesSet {
  const differing: string[] = [];
  const stale: string[] = [];
  let set = 0;
  connection.transaction(() => {
    const job = jobNumber(connection, jobId);
    for (const file of batch) {
      const known = connection.get<FileRow>(ONE_FILE, [job, file.path]);
      if (!known || !isThatFile(known, file)) stale.push(file.path);
      else if (known.sha256 === null) {
        set += connection.run(SET_HASH, [file.sha256, job, file.path]);
      } else if (known.sha256 !== file.sha256) differing.push(file.path);
    }
  });
  return { set, differing, stale };
}

/** Marks files as pushed, or as to be pushed again. Returns how many rows there were. */
export function setSent(
  connection: Connection,
  jobId: string,
  batch: { readonly paths: readonly string[]; readonly sent: boolean },
): number {
  return connection.transaction(() => {
    const job = jobNumber(connection, jobId);
    const sql = "UPDATE files SET sent = ? WHERE job = ? AND path = ?";
    return batch.paths.reduce(
      (sum, path) => sum + connection.run(sql, [Number(batch.sent), job, path]),
      0,
    );
  });
}

/**
 * Before a push: whatever stands under these names from now on, this run may have put there. Said
 * first, because a push that is killed cannot say it afterwards.
 */
export function claimFarNames(connection: Connection, jobId: string): number {
  return connection.run(
    "UPDATE files SET ours = 1 WHERE job = ? AND ours = 0 AND sent = 0 AND local_missing = 0",
    [jobNumber(connection, jobId)],
  );
}

/**
 * Present files whose bytes some file of the run had when it was proven (or when an old manifest
 * named it), under whatever name; and those whose name was ours before, whatever they hold now.
 */
export function sharedWithOlder(
  connection: Connection,
  jobId: string,
): { readonly bytes: number; readonly names: number } {
  const row = connection.get<{ bytes: number; names: number }>(
    `SELECT ifnull(sum(sha256 IN (
        SELECT coalesce(o.proven_sha256, o.sha256) FROM files o WHERE o.job = ?1
          AND (o.proven_sha256 IS NOT NULL OR o.local_missing = 1))), 0) AS bytes,
      ifnull(sum(ours = 1), 0) AS names
    FROM files WHERE job = ?1 AND local_missing = 0`,
    [jobNumber(connection, jobId)],
  )!;
  return { ...row };
}

/** Marks every present file as pushed: after a push that ended well. */
export function setAllSent(connection: Connection, jobId: string): number {
  return connection.run(
    "UPDATE files SET sent = 1 WHERE job = ? AND sent = 0 AND local_missing = 0",
    [jobNumber(connection, jobId)],
  );
}

const ONE_FILE = "SELECT * FROM files WHERE job = ? AND path = ?";
const SET_HASH = "UPDATE files SET sha256 = ? WHERE job = ? AND path = ?";

interface StatColumns {
  readonly size_bytes: number;
  readonly mtime_ms: number;
  readonly ctime_s: number;
  readonly file_id: string;
}

export interface FileRow extends StatColumns {
  readonly path: string;
  readonly generation: number;
  readonly sha256: string | null;
  readonly sent: number;
  readonly far_sha256: string | null;
  readonly far_pass: number | null;
  readonly result: FileState["result"];
  readonly proven_sha256: string | null;
  readonly local_missing: number;
  readonly ours: number;
}

/** Every column of `FileRow`, which the compiler compares. */
const COLUMNS: Readonly<Record<keyof FileRow, true>> = {
  path: true,
  size_bytes: true,
  mtime_ms: true,
  ctime_s: true,
  file_id: true,
  generation: true,
  sha256: true,
  sent: true,
  far_sha256: true,
  far_pass: true,
  result: true,
  proven_sha256: true,
  local_missing: true,
  ours: true,
};

export const FILE_COLUMNS: readonly string[] = Object.keys(COLUMNS);

export function toFile(row: FileRow): FileState {
  return {
    path: row.path,
    sizeBytes: row.size_bytes,
    mtimeMs: row.mtime_ms,
    ctimeS: row.ctime_s,
    fileId: row.file_id,
    generation: row.generation,
    sha256: row.sha256,
    sent: row.sent === 1,
    farSha256: row.far_sha256,
    farPass: row.far_pass,
    result: row.result,
    provenSha256: row.proven_sha256,
    localMissing: row.local_missing === 1,
    ours: row.ours === 1,
  };
}

/** True unless the hash came with a stat, and the row has another. */
export function isThatFile(row: StatColumns, { stat }: HashedFile): boolean {
  return stat === undefined || (row.size_bytes === stat.sizeBytes &&
    row.mtime_ms === stat.mtimeMs && row.ctime_s === stat.ctimeS && row.file_id === stat.fileId);
}

/** True when the sealed list has a file of that name. */
export function hasFile(connection: Connection, jobId: string, path: string): boolean {
  return connection.get(ONE_FILE, [jobNumber(connection, jobId), path]) !== undefined;
}

/** In the list, and on the local disk when it was last walked. */
export function isHere(connection: Connection, jobId: string, path: string): boolean {
  const row = connection.get<FileRow>(ONE_FILE, [jobNumber(connection, jobId), path]);
  return row?.local_missing === 0;
}
