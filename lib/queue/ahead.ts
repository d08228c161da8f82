/**
 * What was sent of runs that are still being acquired, file by file (`rules.md` 27). It counts for
 * nothing: when the run is sealed its list takes over whose far names are ours, which bytes were hashed
 * (`takeOver`), and what stands there as it was left (`countSent`); the pass proves or refutes all of it.
 */
import { turn } from "../base/mod.ts";
import type { Connection, Value } from "./connection.ts";
import { jobNumber } from "./job_lookup.ts";
import { touchList } from "./list_version.ts";
import type { FileStat, HashedFile, SeenFile } from "./types.ts";

/** A run of which something may have gone. */
export interface AheadRun {
  readonly runPath: string;
  readonly equipmentId: string;
  readonly destinationUuid: string;
  readonly farDir: string;
  readonly beganAt: string;
}

export interface AheadFile extends SeenFile {
  readonly sha256: string | null;
  readonly state: "seen" | "going" | "there" | "waits";
}

/** Files of a run that stand over there as they were left. */
export interface AheadSum {
  readonly files: number;
  readonly bytes: number;
  /** What stands in the way of sending more; null: nothing. */
  readonly waitsFor: string | null;
}

/** How a file stood over there when it was sent. */
export interface AheadThere {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number | null;
}

/** Rows of one transaction. */
const BATCH = 1_000;

export class AheadRuns {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  begin(run: AheadRun): void {
    this.#connection.run(
      `INSERT INTO ahead_runs (run_path, equipment_id, destination_uuid, far_dir, began_at)
      VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
        destination_uuid = excluded.destination_uuid, far_dir = excluded.far_dir,
        began_at = ifnull(began_at, excluded.began_at), waits_for = NULL`,
      [run.runPath, run.equipmentId, run.destinationUuid, run.farDir, run.beganAt],
    );
  }

  /** Null: nothing of it can have gone. */
  of(runPath: string): AheadRun | null {
    const row = this.#connection.get<RunRow>(
      "SELECT * FROM ahead_runs WHERE run_path = ? AND began_at IS NOT NULL",
      [runPath],
    );
    return row ? toRun(row) : null;
  }

  list(): AheadRun[] {
    return this.#connection.all<RunRow>(
      "SELECT * FROM ahead_runs WHERE began_at IS NOT NULL ORDER BY run_path",
    ).map(toRun);
  }

  /** What keeps more of it from going. */
  setWaiting(
    { runPath, equipmentId }: Pick<AheadRun, "runPath" | "equipmentId">,
    waitsFor: string | null,
  ): void {
    this.#connection.run(
      `INSERT INTO ahead_runs (run_path, equipment_id, waits_for) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET waits_for = excluded.waits_for
        WHERE waits_for IS NOT excluded.waits_for`,
      [runPath, equipmentId, waitsFor],
    );
  }

  /** What stands over there as it was left; null for a run that nobody tried to send ahead. */
  sumOf(runPath: string): AheadSum | null {
    const row = this.#connection.get<Pick<RunRow, "waits_for">>(
      "SELECT waits_for FROM ahead_runs WHERE run_path = ?",
      [runPath],
    );
    if (!row) return null;
    const sum = this.#connection.get<Omit<AheadSum, "waitsFor">>(
      `SELECT count(*) AS files, ifnull(sum(size_bytes), 0) AS bytes FROM ahead_files
      WHERE run_path = ? AND state = 'there'`,
      [runPath],
    )!;
    return { ...sum, waitsFor: row.waits_for };
  }

  /** Of runs that are gone and of which nothing went nothing is kept. */
  forgetUnbegun(): void {
    const gone = this.#connection.all<Pick<RunRow, "run_path">>(
      `SELECT run_path FROM ahead_runs a WHERE began_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM seen_runs s WHERE s.run_path = a.run_path)`,
    );
    for (const { run_path: runPath } of gone) this.forget(runPath);
  }

  /**
   * Takes a batch of a walk. A file that looks different since it was seen is seen anew; one that does
   * since it went waits for the seal.
   */
  see(
    { runPath, observedMs }: { readonly runPath: string; readonly observedMs: number },
    batch: readonly SeenFile[],
  ): void {
    this.#connection.transaction(() => {
      for (const { path, sizeBytes, mtimeMs, ctimeS, fileId } of batch) {
        this.#connection.run(SEE, [
          runPath,
          path,
          sizeBytes,
          mtimeMs,
          ctimeS,
          fileId,
          Math.floor(observedMs),
        ]);
      }
    }, { flush: false });
  }

  /** By path: files that have looked the same for so long, and those that were on their way. */
  settled(
    runPath: string,
    { sinceMs, limit }: { readonly sinceMs: number; readonly limit: number },
  ): AheadFile[] {
    return this.#connection.all<AheadFile>(SETTLED, [runPath, Math.floor(sinceMs), limit]);
  }

  /** Said, and on the disk, before a push: whatever stands there from now on may be ours. */
  setGoing(runPath: string, paths: readonly string[]): void {
    this.#each(runPath, { paths, sql: "UPDATE ahead_files SET state = 'going', ours = 1" });
  }

  /** They wait for the seal. */
  setWaits(runPath: string, paths: readonly string[]): void {
    this.#each(runPath, { paths, sql: "UPDATE ahead_files SET state = 'waits'" });
  }

  /** They are gone here, or not what they were: a later walk sees what there is. */
  forgetSeen(runPath: string, paths: readonly string[]): void {
    this.#connection.transaction(() => {
      for (const path of paths) {
        this.#connection.run(
          "DELETE FROM ahead_files WHERE run_path = ? AND path = ? AND state = 'seen'",
          [runPath, path],
        );
      }
    });
  }

  setThere(runPath: string, batch: readonly AheadThere[]): void {
    this.#connection.transaction(() => {
      for (const { path, sizeBytes, mtimeMs } of batch) {
        this.#connection.run(
          `UPDATE ahead_files SET state = 'there', far_size = ?, far_mtime_ms = ?
          WHERE run_path = ? AND path = ? AND state = 'going'`,
          [sizeBytes, mtimeMs, runPath, path],
        );
      }
    });
  }

  /** Of the very bytes that a file had with this stat; of another it is not taken. */
  setHashes(
    runPath: string,
    batch: readonly (HashedFile & { readonly stat: FileStat })[],
  ): void {
    this.#connection.transaction(() => {
      for (const { path, sha256, stat } of batch) {
        const { sizeBytes, mtimeMs, ctimeS, fileId } = stat;
        this.#connection.run(
          `UPDATE ahead_files SET sha256 = ? WHERE run_path = ? AND path = ? AND size_bytes = ?
            AND mtime_ms = ? AND ctime_s = ? AND file_id = ?`,
          [sha256, runPath, path, sizeBytes, mtimeMs, ctimeS, fileId],
        );
      }
    }, { flush: false });
  }

  /**
   * A sealed run's list learns what may be ours over there, and the hashes of files that are as they were
   * when they were hashed. Nothing counts as sent by it.
   */
  async takeOver(runPath: string, jobId: string): Promise<void> {
    await this.#change(runPath, {
      jobId,
      statements: [
        `UPDATE files SET ours = 1 WHERE job = ?4 AND path IN (${OURS})`,
        `INSERT OR IGNORE INTO once_ours (job, path) SELECT ?4, path FROM (${OURS})
        WHERE path NOT IN (SELECT path FROM files WHERE job = ?4)`,
        `UPDATE files SET sha256 = (SELECT a.sha256 FROM ahead_files a
          WHERE a.run_path = ?1 AND a.path = files.path)
        WHERE job = ?4 AND path > ?2 AND path <= ?3 AND sha256 IS NULL AND EXISTS (
          SELECT 1 FROM ahead_files a WHERE a.run_path = ?1 AND a.path = files.path
            AND a.sha256 IS NOT NULL AND ${SAME_STAT})`,
      ],
    });
  }

  /**
   * What a look at the far folder saw: a file of the list counts as sent when it is as it was when it went,
   * and stands over there as it was left. Returns how many do.
   */
  async countSent(runPath: string, jobId: string): Promise<number> {
    return await this.#change(runPath, {
      jobId,
      statements: [
        `UPDATE files SET sent = 1 WHERE job = ?4 AND path > ?2 AND path <= ?3 AND sent = 0
        AND local_missing = 0 AND EXISTS (SELECT 1 FROM ahead_files a
          JOIN look_names n ON n.job = ?4 AND n.path = a.path
          JOIN look_entries e ON e.job = n.job AND e.key = n.key AND e.path = n.path
        WHERE a.run_path = ?1 AND a.path = files.path AND a.state = 'there' AND ${SAME_STAT}
          AND e.kind = 'file' AND e.size_bytes = a.far_size AND e.mtime_ms IS a.far_mtime_ms)`,
      ],
    });
  }

  /** Far names that may be ours and are none of the run's list: they were renamed or removed here. */
  *strays(runPath: string, jobId: string): Generator<readonly string[]> {
    const job = jobNumber(this.#connection, jobId);
    for (const { from, upTo } of this.#stretches(runPath)) {
      yield this.#connection.all<{ path: string }>(
        `SELECT path FROM (${OURS}) WHERE path NOT IN (SELECT path FROM files WHERE job = ?4)
        ORDER BY path`,
        [runPath, from, upTo, job],
      ).map(({ path }) => path);
    }
  }

  /** Every file that a look has seen is ours, as far as moving it aside goes: the queue was lost since. */
  ownAllSeen(jobId: string): void {
    this.#connection.transaction(() =>
      this.#connection.run(
        `INSERT INTO look_names (job, path, key, owned)
          SELECT job, path, key, 1 FROM look_entries WHERE job = ? AND kind = 'file'
        ON CONFLICT (job, path) DO UPDATE SET owned = 1`,
        [jobNumber(this.#connection, jobId)],
      ), { flush: false });
  }

  forget(runPath: string): void {
    this.#connection.transaction(() => {
      for (const table of ["ahead_files", "ahead_runs"]) {
        this.#connection.run(`DELETE FROM ${table} WHERE run_path = ?`, [runPath]);
      }
    });
  }

  #each(
    runPath: string,
    { paths, sql }: { readonly paths: readonly string[]; readonly sql: string },
  ): void {
    this.#connection.transaction(() => {
      for (const path of paths) {
        this.#connection.run(`${sql} WHERE run_path = ? AND path = ?`, [runPath, path]);
      }
    });
  }

  /** In slices: each is true by itself, and is made again after a kill. */
  async #change(
    runPath: string,
    { jobId, statements }: { readonly jobId: string; readonly statements: readonly string[] },
  ): Promise<number> {
    const job = jobNumber(this.#connection, jobId);
    let changed = 0;
    for (const { from, upTo } of this.#stretches(runPath)) {
      const values: Value[] = [runPath, from, upTo, job];
      changed += this.#connection.transaction(() => {
        touchList(this.#connection, job);
        return statements.reduce((sum, sql) => sum + this.#connection.run(sql, values), 0);
      }, { flush: false });
      await turn();
    }
    return changed;
  }

  *#stretches(runPath: string): Generator<{ readonly from: string; readonly upTo: string }> {
    let from = "";
    while (true) {
      const { upTo } = this.#connection.get<{ upTo: string | null }>(
        `SELECT max(path) AS upTo FROM (SELECT path FROM ahead_files WHERE run_path = ? AND path > ?
          ORDER BY path LIMIT ${BATCH})`,
        [runPath, from],
      )!;
      if (upTo === null) return;
      yield { from, upTo };
      from = upTo;
    }
  }
}

/** The first condition is the index's: of a million files that are there none is read. */
export const SETTLED = `SELECT path, size_bytes AS sizeBytes, mtime_ms AS mtimeMs,
    ctime_s AS ctimeS, file_id AS fileId, sha256, state
  FROM ahead_files INDEXED BY ahead_to_go WHERE run_path = ? AND state IN ('seen', 'going')
    AND (state = 'going' OR (state = 'seen' AND since_observed_ms <= ?))
  ORDER BY path LIMIT +?`;
const OURS = `SELECT path FROM ahead_files WHERE run_path = ?1 AND path > ?2 AND path <= ?3
  AND ours = 1`;
const SAME_STAT = `a.size_bytes = files.size_bytes AND a.mtime_ms = files.mtime_ms
  AND a.ctime_s = files.ctime_s AND a.file_id = files.file_id`;
const CHANGED = `size_bytes <> excluded.size_bytes OR mtime_ms <> excluded.mtime_ms
  OR ctime_s <> excluded.ctime_s OR file_id <> excluded.file_id`;
const SEE = `INSERT INTO ahead_files (run_path, path, size_bytes, mtime_ms, ctime_s, file_id, state,
    since_observed_ms)
  VALUES (?, ?, ?, ?, ?, ?, 'seen', ?)
  ON CONFLICT DO UPDATE SET
    state = iif(ours = 1, 'waits', state),
    sha256 = NULL,
    size_bytes = iif(ours = 1, size_bytes, excluded.size_bytes),
    mtime_ms = iif(ours = 1, mtime_ms, excluded.mtime_ms),
    ctime_s = iif(ours = 1, ctime_s, excluded.ctime_s),
    file_id = iif(ours = 1, file_id, excluded.file_id),
    since_observed_ms = excluded.since_observed_ms
  WHERE ${CHANGED}`;

interface RunRow {
  readonly run_path: string;
  readonly equipment_id: string;
  readonly destination_uuid: string;
  readonly far_dir: string;
  readonly began_at: string;
  readonly waits_for: string | null;
}

function toRun(row: RunRow): AheadRun {
  return {
    runPath: row.run_path,
    equipmentId: row.equipment_id,
    destinationUuid: row.destination_uuid,
    farDir: row.far_dir,
    beganAt: row.began_at,
  };
}
