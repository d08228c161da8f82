/** The sealed files of a run: what each is, what it hashes to, and whether it is over there. */
import type { Connection, Value } from "./connection.ts";
import { jobNumber } from "./job_lookup.ts";
import { FarLook, type NamesThere } from "./far_look.ts";
import { type FilePage, filePage, type FilesAsked } from "./file_page.ts";
import { type FileRow, isThatFile, toFile } from "./file_row.ts";
import { lostBefore } from "./lost_files.ts";
import { touchList } from "./list_version.ts";
import { finishMarking } from "./marking.ts";
import { changeByPath, OF_STRETCH, pagedByPath, stretchesOf } from "./paged.ts";
import type { FileStat, FileState, HashedFile, MissingFiles } from "./types.ts";

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
  #knownNumber: number | null = null;

  constructor(connection: Connection, jobId: string) {
    this.#connection = connection;
    this.#jobId = jobId;
  }

  /** Sorted by the path's bytes; safe to walk while the table is written. */
  list(filter: FileFilter = "all"): AsyncIterable<FileState> {
    const [condition, values]: [string, Value[]] = typeof filter === "string"
      ? [CONDITIONS[filter], []]
      : ["far_pass = ?4 AND result = ?5", [filter.pass, filter.result]];
    return pagedByPath<FileRow, FileState>(this.#connection, {
      table: "files",
      job: this.#number,
      sql: `SELECT * FROM files WHERE ${OF_STRETCH} AND ${SEALED} AND ${condition} ORDER BY path`,
      values,
      map: toFile,
    });
  }

  /** As people look through it: a page, by path. */
  page(asked: FilesAsked): Promise<FilePage> {
    return filePage(this.#connection, { ...asked, job: this.#number });
  }

  /** How many files and bytes a filter finds. */
  async count(
    filter: keyof typeof CONDITIONS,
  ): Promise<{ readonly files: number; readonly bytes: number }> {
    const counts = { files: 0, bytes: 0 };
    const sql = `SELECT count(*) AS files, ifnull(sum(size_bytes), 0) AS bytes FROM files
      WHERE ${OF_STRETCH} AND ${SEALED} AND ${CONDITIONS[filter]}`;
    for await (
      const { after, upTo } of stretchesOf(this.#connection, { table: "files", job: this.#number })
    ) {
      const found = this.#connection.get<typeof counts>(sql, [this.#number, after, upTo])!;
      counts.files += found.files;
      counts.bytes += found.bytes;
    }
    return counts;
  }

  /** True when a filter finds a file; the first is looked for and no further. */
  async hasAny(filter: keyof typeof CONDITIONS): Promise<boolean> {
    for await (const _ of this.list(filter)) return true;
    return false;
  }

  /** Those that are gone here and, as the last pass found them, not as sealed over there. */
  lost(): Promise<MissingFiles> {
    return lostBefore(this.#connection, this.#number);
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

  emptyDirs(): AsyncIterable<string> {
    return pagedByPath<{ path: string }, string>(this.#connection, {
      table: "empty_dirs",
      job: this.#number,
      sql: `SELECT path FROM empty_dirs WHERE ${OF_STRETCH} ORDER BY path`,
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
      touchList(this.#connection, job);
      for (const file of batch) {
        const known = this.#connection.get<FileRow>(ONE_FILE, [job, file.path]);
        if (!known || !isThatFile(known, file)) stale.push(file.path);
        else if (known.sha256 === null) {
          set += this.#connection.run(SET_HASH, [file.sha256, job, file.path]);
        } else if (known.sha256 !== file.sha256) differing.push(file.path);
      }
    }, { flush: false });
    return { set, differing, stale };
  }

  /** Marks every present file as pushed: after a push that ended well. */
  setAllSent(): Promise<number> {
    return this.#change("sent = 1", "sent = 0 AND local_missing = 0");
  }

  /**
   * Before a push: whatever stands under these names from now on, this run may have put there. Said
   * first, because a push that is killed cannot say it afterwards.
   */
  claimFarNames(): Promise<number> {
    return this.#change("ours = 1", "ours = 0 AND sent = 0 AND local_missing = 0");
  }

  /**
   * Present files whose bytes some file of the run had when it was proven (or when an old manifest
   * named it), under whatever name; and those whose name was ours before, whatever they hold now.
   */
  async sharedWithOlder(): Promise<{ readonly bytes: number; readonly names: number }> {
    const older = new Set<string>();
    for await (const { provenSha256, sha256, localMissing } of this.list("all")) {
      if (provenSha256 !== null || localMissing) older.add((provenSha256 ?? sha256)!);
    }
    let bytes = 0;
    let names = 0;
    for await (const { sha256, ours } of this.list("present")) {
      if (sha256 !== null && older.has(sha256)) bytes++;
      if (ours) names++;
    }
    return { bytes, names };
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
      touchList(this.#connection, job);
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
  async refreshTotals(): Promise<void> {
    const { files, bytes } = await this.count("all");
    this.#connection.transaction(() => {
      const values = [this.#number, files, bytes];
      this.#connection.run("UPDATE jobs SET (files, bytes) = (?2, ?3) WHERE n = ?1", values);
      this.#connection.run(
        `UPDATE generations SET (files, bytes) = (?2, ?3)
        WHERE job = ?1 AND generation = (SELECT generation FROM jobs WHERE n = ?1)`,
        values,
      );
    });
  }

  /** What earlier, ended looks found is no longer believed: a new delivery looks for itself. */
  async forgetFarResults(): Promise<number> {
    await finishMarking(this.#connection, this.#number);
    return await this.#change("far_sha256 = NULL, far_pass = NULL", "far_pass IS NOT NULL");
  }

  /**
   * Files that are in their place again, each with the bytes that the list has; others are left as they
   * are. Returns how many there were.
   */
  setHere(
    batch: readonly (FileStat & { readonly path: string; readonly sha256: string })[],
  ): number {
    return this.#connection.transaction(() => {
      const job = this.#number;
      touchList(this.#connection, job);
      return batch.reduce(
        (sum, { path, sha256, sizeBytes, mtimeMs, ctimeS, fileId }) =>
          sum + this.#connection.run(
            `UPDATE files SET local_missing = 0, size_bytes = ?, mtime_ms = ?, ctime_s = ?, file_id = ?
          WHERE job = ? AND path = ? AND sha256 = ?`,
            [sizeBytes, mtimeMs, ctimeS, fileId, job, path, sha256],
          ),
        0,
      );
    });
  }

  /** Marks files as pushed; returns how many rows there were. */
  setSent(paths: readonly string[]): number {
    return this.#mark(paths, 1);
  }

  /** They are gone from the local disk; returns how many rows there were. Their proof stands. */
  setLocalMissing(paths: readonly string[]): number {
    return this.#connection.transaction(() => {
      const job = this.#number;
      touchList(this.#connection, job);
      const sql = "UPDATE files SET local_missing = 1 WHERE job = ? AND path = ?";
      return paths.reduce((sum, path) => sum + this.#connection.run(sql, [job, path]), 0);
    });
  }

  /** Marks files as to be pushed again. */
  setUnsent(paths: readonly string[]): number {
    return this.#mark(paths, 0);
  }

  /** Begins a look at the far folder, where names are the same as `names` says. */
  beginLook(names: NamesThere): Promise<FarLook> {
    return FarLook.begin(this.#connection, { job: this.#number, names });
  }

  #mark(paths: readonly string[], sent: 0 | 1): number {
    return this.#connection.transaction(() => {
      const job = this.#number;
      touchList(this.#connection, job);
      const sql = "UPDATE files SET sent = ? WHERE job = ? AND path = ?";
      return paths.reduce((sum, path) => sum + this.#connection.run(sql, [sent, job, path]), 0);
    });
  }

  /** In slices: each file's mark is true by itself. */
  #change(set: string, condition: string): Promise<number> {
    touchList(this.#connection, this.#number);
    return changeByPath(this.#connection, {
      table: "files",
      job: this.#number,
      sql: `UPDATE files SET ${set} WHERE ${OF_STRETCH} AND ${condition}`,
    });
  }

  get #number(): number {
    return this.#knownNumber ??= jobNumber(this.#connection, this.#jobId);
  }
}

/** What a first walk has met is no list yet. */
const SEALED = "EXISTS (SELECT 1 FROM jobs WHERE n = ?1 AND sealed_at IS NOT NULL)";
const ONE_FILE = "SELECT * FROM files WHERE job = ? AND path = ?";
const SET_HASH = "UPDATE files SET sha256 = ? WHERE job = ? AND path = ?";
