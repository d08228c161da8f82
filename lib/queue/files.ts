/** The sealed files of a run: what each is, what it hashes to, and whether it is over there. */
import type { Connection, Value } from "./connection.ts";
import { jobNumber } from "./job_lookup.ts";
import { FarLook } from "./far_look.ts";
import { type FileRow, isThatFile, toFile } from "./file_row.ts";
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

/** One run's list. A known hash is never replaced here, and nothing here moves the job. */
export class RunFiles {
  readonly #connection: Connection;
  readonly #jobId: string;

  constructor(connection: Connection, jobId: string) {
    this.#connection = connection;
    this.#jobId = jobId;
  }

  /** Sorted by the path's bytes; safe to walk while the table is written. */
  list(filter: FileFilter = "all"): Iterable<FileState> {
    const job = this.#number;
    const [condition, values]: [string, Value[]] = typeof filter === "string"
      ? [CONDITIONS[filter], []]
      : ["far_pass = ?3 AND result = ?4", [filter.pass, filter.result]];
    return pagedByPath<FileRow, FileState>(this.#connection, {
      sql: `SELECT * FROM files WHERE job = ?2 AND path > ?1 AND ${condition} ORDER BY path`,
      values: [job, ...values],
      map: toFile,
    });
  }

  /** How many files and bytes a filter finds. */
  count(filter: keyof typeof CONDITIONS): { readonly files: number; readonly bytes: number } {
    const row = this.#connection.get<{ files: number; bytes: number }>(
      `SELECT count(*) AS files, ifnull(sum(size_bytes), 0) AS bytes FROM files
      WHERE job = ? AND ${CONDITIONS[filter]}`,
      [this.#number],
    )!;
    return { ...row };
  }

  /** True when the sealed list has a file of that name. */
  has(path: string): boolean {
    return this.#connection.get(ONE_FILE, [this.#number, path]) !== undefined;
  }

  get(path: string): FileState | null {
    const row = this.#connection.get<FileRow>(ONE_FILE, [this.#number, path]);
    return row ? toFile(row) : null;
  }

  /** In the list, and on the local disk when it was last walked. */
  isHere(path: string): boolean {
    const row = this.#connection.get<FileRow>(ONE_FILE, [this.#number, path]);
    return row?.local_missing === 0;
  }

  emptyDirs(): Iterable<string> {
    return pagedByPath<{ path: string }, string>(this.#connection, {
      sql: "SELECT path FROM empty_dirs WHERE job = ?2 AND path > ?1 ORDER BY path",
      values: [this.#number],
      map: (row) => row.path,
    });
  }

  /**
   * Stores hashes of files that had none. A known hash is never replaced here: only a seal round may
   * say that a file's bytes are new.
   */
  setHashes(batch: readonly HashedFile[]): HashesSet {
    const differing: string[] = [];
    const stale: string[] = [];
    let set = 0;
    this.#connection.transaction(() => {
      const job = this.#number;
      for (const file of batch) {
        const known = this.#connection.get<FileRow>(ONE_FILE, [job, file.path]);
        if (!known || !isThatFile(known, file)) stale.push(file.path);
        else if (known.sha256 === null) {
          set += this.#connection.run(SET_HASH, [file.sha256, job, file.path]);
        } else if (known.sha256 !== file.sha256) differing.push(file.path);
      }
    });
    return { set, differing, stale };
  }

  /** Marks every present file as pushed: after a push that ended well. */
  setAllSent(): number {
    return this.#connection.run(
      "UPDATE files SET sent = 1 WHERE job = ? AND sent = 0 AND local_missing = 0",
      [this.#number],
    );
  }

  /**
   * Before a push: whatever stands under these names from now on, this run may have put there. Said
   * first, because a push that is killed cannot say it afterwards.
   */
  claimFarNames(): number {
    return this.#connection.run(
      "UPDATE files SET ours = 1 WHERE job = ? AND ours = 0 AND sent = 0 AND local_missing = 0",
      [this.#number],
    );
  }

  /**
   * Present files whose bytes some file of the run had when it was proven (or when an old manifest
   * named it), under whatever name; and those whose name was ours before, whatever they hold now.
   */
  sharedWithOlder(): { readonly bytes: number; readonly names: number } {
    const row = this.#connection.get<{ bytes: number; names: number }>(
      `SELECT ifnull(sum(sha256 IN (
          SELECT coalesce(o.proven_sha256, o.sha256) FROM files o WHERE o.job = ?1
            AND (o.proven_sha256 IS NOT NULL OR o.local_missing = 1))), 0) AS bytes,
        ifnull(sum(ours = 1), 0) AS names
      FROM files WHERE job = ?1 AND local_missing = 0`,
      [this.#number],
    )!;
    return { ...row };
  }

  /** Names of the old far manifest that are not in the list: they are there, and gone here. */
  addFromManifest(
    batch: readonly {
      readonly path: string;
      readonly sizeBytes: number;
      readonly sha256: string;
    }[],
  ): number {
    return this.#connection.transaction(() => {
      const job = this.#number;
      const values = (file: typeof batch[number]): Value[] => [
        job,
        file.path,
        file.sizeBytes,
        file.sha256,
      ];
      return batch.reduce((sum, file) =>
        sum + this.#connection.run(
          `INSERT OR IGNORE INTO files (job, path, size_bytes, mtime_ms, ctime_s, file_id,
            generation, sha256, sent, local_missing, ours)
          SELECT n, ?2, ?3, 0, 0, '', generation, ?4, 1, 1, 1 FROM jobs WHERE n = ?1`,
          values(file),
        ), 0);
    });
  }

  /** After the list was added to or cut: the job's and its generation's totals follow. */
  refreshTotals(): void {
    this.#connection.transaction(() => {
      const job = this.#number;
      const totals = `SELECT count(*), ifnull(sum(size_bytes), 0) FROM files WHERE job = ?1`;
      this.#connection.run(`UPDATE jobs SET (files, bytes) = (${totals}) WHERE n = ?1`, [job]);
      this.#connection.run(
        `UPDATE generations SET (files, bytes) = (${totals})
        WHERE job = ?1 AND generation = (SELECT generation FROM jobs WHERE n = ?1)`,
        [job],
      );
    });
  }

  /** What earlier, ended looks found is no longer believed: a new delivery looks for itself. */
  forgetFarResults(): number {
    return this.#connection.run(
      "UPDATE files SET far_sha256 = NULL, far_pass = NULL WHERE job = ? AND far_pass IS NOT NULL",
      [this.#number],
    );
  }

  /** Marks files as pushed; returns how many rows there were. */
  setSent(paths: readonly string[]): number {
    return this.#mark(paths, 1);
  }

  /** They are gone from the local disk; returns how many rows there were. Their proof stands. */
  setLocalMissing(paths: readonly string[]): number {
    return this.#connection.transaction(() => {
      const job = this.#number;
      const sql = "UPDATE files SET local_missing = 1 WHERE job = ? AND path = ?";
      return paths.reduce((sum, path) => sum + this.#connection.run(sql, [job, path]), 0);
    });
  }

  /** Marks files as to be pushed again. */
  setUnsent(paths: readonly string[]): number {
    return this.#mark(paths, 0);
  }

  /** Begins a look at the far folder; `keyOf` makes names comparable as the place compares them. */
  beginLook(keyOf: (path: string) => string): FarLook {
    return new FarLook(this.#connection, { jobId: this.#jobId, keyOf });
  }

  #mark(paths: readonly string[], sent: 0 | 1): number {
    return this.#connection.transaction(() => {
      const job = this.#number;
      const sql = "UPDATE files SET sent = ? WHERE job = ? AND path = ?";
      return paths.reduce((sum, path) => sum + this.#connection.run(sql, [sent, job, path]), 0);
    });
  }

  get #number(): number {
    return jobNumber(this.#connection, this.#jobId);
  }
}

const ONE_FILE = "SELECT * FROM files WHERE job = ? AND path = ?";
const SET_HASH = "UPDATE files SET sha256 = ? WHERE job = ? AND path = ?";
