/**
 * One walk over a run, compared with what is sealed. What the walk sees goes to staging tables as it
 * comes; nothing of the sealed list changes until `commit` or `unchanged`, which apply all of it in
 * one transaction. A crash before that leaves the old generation whole; the walk is done again.
 */
import { LabferryError, randomId } from "../base/mod.ts";
import type { Connection } from "./connection.ts";
import { jobById, jobNumber } from "./job_lookup.ts";
import { PAGE_ROWS, pagedByPath } from "./paged.ts";
import { applySeal, applyUnchanged, type SealOptions, type TakeSeal } from "./seal_apply.ts";
import {
  changesOf,
  DIFFERS,
  JOINED,
  KNOWN_COLUMNS,
  NOT_SEEN,
  UNSETTLED,
} from "./seal_differences.ts";
import type { SealChanges } from "./seal_differences.ts";
import { type FileRow, isThatFile, toFile } from "./file_row.ts";
import { lostFiles } from "./lost_files.ts";
import type { FileState, HashedFile, Job, MissingFiles, SeenFile } from "./types.ts";

/** A file that is known but does not look as it was sealed; its bytes may still be the same. */
export interface StatDifference {
  readonly seen: SeenFile;
  readonly known: FileState;
}

export class SealRound implements Disposable {
  /** The job as it was when the round began. */
  readonly job: Job;
  readonly #connection: Connection;
  readonly #number: number;
  readonly #token = randomId();
  /** Empty directories that are not stored yet. */
  #emptyDirs: string[] = [];

  /** Starts a walk; one of the same job that was under way is overtaken and can no longer commit. */
  constructor(connection: Connection, jobId: string) {
    this.#connection = connection;
    this.#number = jobNumber(connection, jobId);
    this.job = connection.transaction(() => {
      clearStaging(connection, this.#number);
      connection.run("INSERT INTO seal_rounds (job, token) VALUES (?, ?)", [
        this.#number,
        this.#token,
      ]);
      return jobById(connection, jobId)!;
    });
  }

  /** Takes a batch of the walk; seeing a path again replaces what was seen. */
  see(batch: readonly SeenFile[]): void {
    this.#staged(() => {
      for (const file of batch) {
        this.#connection.run(
          `INSERT OR REPLACE INTO seal_files (job, path, size_bytes, mtime_ms, ctime_s, file_id)
          VALUES (?, ?, ?, ?, ?, ?)`,
          [this.#number, file.path, file.sizeBytes, file.mtimeMs, file.ctimeS, file.fileId],
        );
      }
    });
  }

  /** Takes an empty directory; they are stored together, because each commit costs a flush. */
  emptyDirectory(path: string): void {
    this.#emptyDirs.push(path);
    if (this.#emptyDirs.length >= PAGE_ROWS) this.#staged(() => {});
  }

  /** Files that were seen and are not in the list. */
  get added(): Iterable<SeenFile> {
    return pagedByPath<StagedRow, SeenFile>(this.#connection, {
      sql: `SELECT s.* FROM seal_files s WHERE s.job = ?2 AND s.path > ?1
        AND NOT EXISTS (SELECT 1 FROM files f WHERE f.job = s.job AND f.path = s.path)
        ORDER BY s.path`,
      values: [this.#number],
      map: toSeen,
    });
  }

  /**
   * Known files whose stat is another now, and known-missing ones that are back. Each is settled
   * (same bytes) or counts as altered; settled ones stay in this list.
   */
  get statDiffers(): Iterable<StatDifference> {
    return this.#differing("1");
  }

  /** Those of `statDiffers` that have not been settled. */
  get altered(): Iterable<StatDifference> {
    return this.#differing(UNSETTLED);
  }

  /** Files of the list that were not seen and were not known to be missing. */
  get gone(): Iterable<FileState> {
    return pagedByPath<FileRow, FileState>(this.#connection, {
      sql: `SELECT f.* FROM files f WHERE f.job = ?2 AND f.path > ?1 AND ${NOT_SEEN}
        ORDER BY f.path`,
      values: [this.#number],
      map: toFile,
    });
  }

  /** What is gone and not proven, and what the last pass found gone over there as well. */
  lost(): MissingFiles {
    return lostFiles(this.#connection, this.#number);
  }

  changes(): SealChanges {
    return changesOf(this.#connection, this.#number);
  }

  /**
   * Takes fresh hashes of seen files; one equal to the known hash settles the file. A hash that came
   * with another `stat` than the walk saw is of other bytes, and is not taken.
   */
  setHashes(batch: readonly HashedFile[]): void {
    this.#staged(() => {
      for (const file of batch) {
        const seen = this.#connection.get<StagedRow>(
          "SELECT * FROM seal_files WHERE job = ? AND path = ?",
          [this.#number, file.path],
        );
        if (!seen || !isThatFile(seen, file)) continue;
        this.#connection.run("UPDATE seal_files SET sha256 = ? WHERE job = ? AND path = ?", [
          file.sha256,
          this.#number,
          file.path,
        ]);
      }
    });
  }

  /**
   * Makes what was seen the next generation (or the first, when the run was not sealed yet).
   * @throws {LabferryError} `seal_overtaken` when the job was sealed, or walked anew, meanwhile;
   * `nothing_to_seal` when there is no file at all.
   */
  commit(options: SealOptions, take: TakeSeal): Job {
    return this.#staged(() => {
      const sealed = applySeal(this.#connection, this.job, { options, take });
      clearStaging(this.#connection, this.#number);
      return sealed;
    });
  }

  /**
   * Ends a walk that found the sealed bytes: stats are refreshed, proven files that are gone are
   * marked as missing, the generation stays.
   * @throws {LabferryError} `seal_changed` when there is anything that needs a new generation.
   */
  unchanged(): Job {
    return this.#staged(() => {
      const job = applyUnchanged(this.#connection, this.job);
      clearStaging(this.#connection, this.#number);
      return job;
    });
  }

  /** Forgets the walk if it is still under way. */
  [Symbol.dispose](): void {
    try {
      this.#connection.transaction(() => {
        if (this.#isCurrent()) clearStaging(this.#connection, this.#number);
      });
    } catch (error) {
      // What made the walk fail must not be hidden; the next walk of the run clears the staging.
      if (!(error instanceof LabferryError)) throw error;
    }
  }

  #differing(condition: string): Iterable<StatDifference> {
    return pagedByPath<StagedRow & JoinedRow, StatDifference>(this.#connection, {
      sql: `SELECT s.*, ${KNOWN_COLUMNS} FROM ${JOINED} WHERE f.job = ?2 AND f.path > ?1
        AND ${DIFFERS} AND ${condition} ORDER BY f.path`,
      values: [this.#number],
      map: (row) => ({ seen: toSeen(row), known: toFile(knownRow(row)) }),
    });
  }

  #staged<T>(work: () => T): T {
    return this.#connection.transaction(() => {
      if (this.#isCurrent()) {
        this.#storeEmptyDirs();
        return work();
      }
      throw new LabferryError("seal_overtaken", "the run was walked or sealed anew meanwhile", {
        path: this.job.runPath,
      });
    });
  }

  #storeEmptyDirs(): void {
    for (const path of this.#emptyDirs) {
      this.#connection.run("INSERT OR IGNORE INTO seal_dirs (job, path) VALUES (?, ?)", [
        this.#number,
        path,
      ]);
    }
    this.#emptyDirs = [];
  }

  #isCurrent(): boolean {
    const row = this.#connection.get<{ token: string }>(
      "SELECT token FROM seal_rounds WHERE job = ?",
      [this.#number],
    );
    return row?.token === this.#token;
  }
}

type StagedRow = Pick<FileRow, "path" | "size_bytes" | "mtime_ms" | "ctime_s" | "file_id">;

type JoinedRow = { readonly [Column in keyof FileRow as `known_${Column}`]: FileRow[Column] };

function toSeen(row: StagedRow): SeenFile {
  return {
    path: row.path,
    sizeBytes: row.size_bytes,
    mtimeMs: row.mtime_ms,
    ctimeS: row.ctime_s,
    fileId: row.file_id,
  };
}

function knownRow(row: JoinedRow): FileRow {
  return {
    path: row.known_path,
    size_bytes: row.known_size_bytes,
    mtime_ms: row.known_mtime_ms,
    ctime_s: row.known_ctime_s,
    file_id: row.known_file_id,
    generation: row.known_generation,
    sha256: row.known_sha256,
    sent: row.known_sent,
    far_sha256: row.known_far_sha256,
    far_pass: row.known_far_pass,
    result: row.known_result,
    proven_sha256: row.known_proven_sha256,
    local_missing: row.known_local_missing,
    ours: row.known_ours,
  };
}

function clearStaging(connection: Connection, job: number): void {
  for (const table of ["seal_files", "seal_dirs", "seal_rounds"]) {
    connection.run(`DELETE FROM ${table} WHERE job = ?`, [job]);
  }
}

/** Half-made seals of a process that is gone. Only for the one process that works on the queue. */
export function forgetSealRounds(connection: Connection): void {
  connection.transaction(() => {
    for (const table of ["seal_files", "seal_dirs", "seal_rounds"]) {
      connection.run(`DELETE FROM ${table}`);
    }
  });
}
