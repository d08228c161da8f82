/**
 * A look at the far folder before a push: what a listing saw, held against the names of the run.
 * Names are compared by a key that the caller makes (folded, normalised, as the place does it). One
 * look a job at a time; a new one forgets the old. Nothing here says what is right over there: it
 * only finds what the push would meet.
 */
import type { Connection, Value } from "./connection.ts";
import { type FileRow, toFile } from "./file_row.ts";
import { jobNumber } from "./job_lookup.ts";
import { pagedByPath } from "./paged.ts";
import type { FileState, SeenFar } from "./types.ts";

/** An unsent file and what stands under its name. */
export interface Standing {
  readonly file: FileState;
  readonly there: SeenFar;
  /** True when a push of ours may have put it there. */
  readonly owned: boolean;
}

/** Something that stands where a folder or a file of the run has to be. */
export interface InTheWay {
  readonly there: SeenFar;
  readonly owned: boolean;
  /** A name of the run that needs the place. */
  readonly wantedBy: string;
}

/** Names stored in one go: some ten milliseconds. */
const NAMES_A_SLICE = 2000;

export class FarLook implements Disposable {
  readonly #connection: Connection;
  readonly #job: number;
  readonly #keyOf: (path: string) => string;

  constructor(
    connection: Connection,
    { jobId, keyOf }: { readonly jobId: string; readonly keyOf: (path: string) => string },
  ) {
    this.#connection = connection;
    this.#job = jobNumber(connection, jobId);
    this.#keyOf = keyOf;
    connection.transaction(() => this.#clear());
  }

  /** Takes a batch of a listing; paths are relative to the far folder. */
  see(batch: readonly SeenFar[]): void {
    this.#connection.transaction(() => {
      for (const { path, kind, sizeBytes, mtimeMs } of batch) {
        this.#connection.run(
          `INSERT OR REPLACE INTO look_entries (job, key, path, kind, size_bytes, mtime_ms)
          VALUES (?, ?, ?, ?, ?, ?)`,
          [this.#job, this.#keyOf(path), path, kind, sizeBytes, mtimeMs],
        );
      }
    });
  }

  /**
   * Takes the names of the run, and whose the far file under each may be; in slices, because a run
   * may have a million and others wait for this thread.
   */
  async takeNames(): Promise<void> {
    let slice: { path: string; ours: number }[] = [];
    const take = () => {
      this.#connection.transaction(() => {
        for (const { path, ours } of slice) this.#name(path, ours === 1);
      });
      slice = [];
    };
    for (const name of this.#everyName()) {
      slice.push(name);
      if (slice.length < NAMES_A_SLICE) continue;
      take();
      await new Promise((resume) => setTimeout(resume, 0));
    }
    take();
  }

  /** These far names are ours, whatever the queue remembers: an old manifest names them. */
  own(paths: readonly string[]): void {
    this.#connection.transaction(() => {
      for (const path of paths) this.#name(path, true);
    });
  }

  /** Two files of the run that would be one file over there; null when there are none. */
  collision(): readonly [string, string] | null {
    const row = this.#connection.get<{ first: string; second: string }>(
      `SELECT min(n.path) AS first, max(n.path) AS second
      FROM files f JOIN look_names n ON n.job = f.job AND n.path = f.path
      WHERE f.job = ? AND f.local_missing = 0
      GROUP BY n.key HAVING count(*) > 1 LIMIT 1`,
      [this.#job],
    );
    return row ? [row.first, row.second] : null;
  }

  /** Unsent files of which something of the given kind stands under their name, by path. */
  standing(
    kind: SeenFar["kind"],
    which: "unknown" | "ours" | "any" = "any",
  ): Iterable<Standing> {
    const ours = which === "any" ? "1" : which === "ours" ? "f.ours = 1" : "f.ours = 0";
    return pagedByPath<StandingRow, Standing>(this.#connection, {
      sql: `SELECT f.*, e.path AS far_path, e.kind AS far_kind, e.size_bytes AS far_size,
        e.mtime_ms AS far_mtime, ${OWNED} AS owned
      FROM files f JOIN look_names n ON n.job = f.job AND n.path = f.path
        JOIN look_entries e ON e.job = f.job AND e.key = n.key
      WHERE f.job = ?2 AND f.path > ?1 AND f.local_missing = 0 AND f.sent = 0 AND e.kind = ?3
        AND ${ours} AND ${AS_SPELLED}
      ORDER BY f.path`,
      values: [this.#job, kind],
      map: (row) => ({
        file: toFile(row),
        there: {
          path: row.far_path,
          kind: row.far_kind,
          sizeBytes: row.far_size,
          mtimeMs: row.far_mtime,
        },
        owned: row.owned === 1,
      }),
    });
  }

  /** Files and the like that stand where a folder has to be. */
  *wantedAsFolder(emptyDirs: Iterable<string>): Generator<InTheWay> {
    yield* pagedByPath<EntryRow & { readonly wanted_by: string }, InTheWay>(this.#connection, {
      sql: `SELECT * FROM (
        SELECT e.*, ${OWNED} AS owned, (
          SELECT n.path FROM look_names n JOIN files f ON f.job = n.job AND f.path = n.path
          WHERE n.job = e.job AND n.key > e.key || '/' AND n.key < e.key || '0'
            AND f.local_missing = 0 AND f.sent = 0 LIMIT 1) AS wanted_by
        FROM look_entries e WHERE e.job = ?2 AND e.path > ?1 AND e.kind <> 'folder')
      WHERE wanted_by IS NOT NULL ORDER BY path`,
      values: [this.#job],
      map: (row) => ({ there: toSeen(row), owned: row.owned === 1, wantedBy: row.wanted_by }),
    });
    for (const dir of emptyDirs) {
      const found = this.#fileOnTheWayTo(dir);
      if (found) yield { ...found, wantedBy: dir };
    }
  }

  /** Something in a far folder that is not known to be ours; null when all of it is. */
  strangerIn(folder: string): string | null {
    const key = this.#keyOf(folder);
    const [first] = pagedByPath<{ path: string }, string>(this.#connection, {
      sql: `SELECT e.path FROM look_entries e WHERE e.job = ?2 AND e.path > ?1
        AND e.key > ?3 || '/' AND e.key < ?3 || '0' AND e.kind <> 'folder' AND NOT ${OWNED}
      ORDER BY e.path`,
      values: [this.#job, key],
      map: (row) => row.path,
    });
    return first ?? null;
  }

  /**
   * What stands under these far names (and all below them) is about to be moved aside: what has left
   * the local disk leaves the list, and is still known as ours. What is present stays in the list,
   * to be sent. Said before it is done, so that a kill between the two forgets nothing.
   */
  leaveList(farPaths: readonly string[]): number {
    return this.#connection.transaction(() =>
      farPaths.reduce((sum, path) =>
        sum + this.#forget(
          `path IN (SELECT n.path FROM look_names n WHERE n.job = ?1
            AND (n.key = ?2 OR (n.key > ?2 || '/' AND n.key < ?2 || '0')))`,
          [this.#keyOf(path)],
        ), 0)
    );
  }

  /**
   * A file that was renamed in case only is one file: the old spelling leaves the list. Returns how
   * many did.
   */
  dropOldSpellings(): number {
    return this.#connection.transaction(() =>
      this.#forget(
        `EXISTS (SELECT 1 FROM look_names n JOIN look_names m ON m.job = n.job AND m.key = n.key
          JOIN files g ON g.job = m.job AND g.path = m.path
        WHERE n.job = files.job AND n.path = files.path AND m.path <> files.path
          AND g.local_missing = 0)`,
        [],
      )
    );
  }

  /** A far file that is none of the run's; null when every one is. */
  firstUnknown(): string | null {
    const [first] = pagedByPath<{ path: string }, string>(this.#connection, {
      sql: `SELECT e.path FROM look_entries e WHERE e.job = ?2 AND e.path > ?1
        AND e.kind <> 'folder' AND NOT EXISTS (SELECT 1 FROM look_names n
          WHERE n.job = e.job AND n.key = e.key)
      ORDER BY e.path`,
      values: [this.#job],
      map: (row) => row.path,
    });
    return first ?? null;
  }

  /** True when the run has a file of that name, however it is spelled over there. */
  knows(farPath: string): boolean {
    return this.#connection.get<{ found: number }>(
      "SELECT 1 AS found FROM look_names WHERE job = ? AND key = ? LIMIT 1",
      [this.#job, this.#keyOf(farPath)],
    ) !== undefined;
  }

  /** The size of what stands under a name, in bytes; null when nothing does. */
  sizeOf(path: string): number | null {
    return this.#entry(path)?.size_bytes ?? null;
  }

  [Symbol.dispose](): void {
    this.#connection.transaction(() => this.#clear());
  }

  /** Files that are gone from the local disk leave the list. */
  #forget(which: string, values: readonly Value[]): number {
    const gone = `FROM files WHERE job = ?1 AND local_missing = 1 AND ${which}`;
    this.#connection.run(`INSERT OR IGNORE INTO once_ours (job, path) SELECT job, path ${gone}`, [
      this.#job,
      ...values,
    ]);
    return this.#connection.run(`DELETE ${gone}`, [this.#job, ...values]);
  }

  #everyName(): Iterable<{ path: string; ours: number }> {
    return pagedByPath<{ path: string; ours: number }, { path: string; ours: number }>(
      this.#connection,
      {
        sql: `SELECT path, max(ours) AS ours FROM (
          SELECT path, ours FROM files WHERE job = ?2
          UNION ALL SELECT path, 1 FROM once_ours WHERE job = ?2)
        WHERE path > ?1 GROUP BY path ORDER BY path`,
        values: [this.#job],
        map: (row) => row,
      },
    );
  }

  #name(path: string, owned: boolean): void {
    this.#connection.run(
      `INSERT INTO look_names (job, path, key, owned) VALUES (?, ?, ?, ?)
      ON CONFLICT (job, path) DO UPDATE SET owned = max(owned, excluded.owned)`,
      [this.#job, path, this.#keyOf(path), Number(owned)],
    );
  }

  #fileOnTheWayTo(dir: string): Omit<InTheWay, "wantedBy"> | null {
    const segments = dir.split("/");
    for (let depth = 1; depth <= segments.length; depth++) {
      const row = this.#entry(segments.slice(0, depth).join("/"));
      if (row && row.kind !== "folder") return { there: toSeen(row), owned: row.owned === 1 };
    }
    return null;
  }

  #entry(path: string): EntryRow | null {
    return this.#connection.get<EntryRow>(
      `SELECT e.*, ${OWNED} AS owned FROM look_entries e WHERE e.job = ? AND e.key = ? LIMIT 1`,
      [this.#job, this.#keyOf(path)],
    ) ?? null;
  }

  #clear(): void {
    for (const table of ["look_entries", "look_names"]) {
      this.#connection.run(`DELETE FROM ${table} WHERE job = ?`, [this.#job]);
    }
  }
}

/** True for an entry under whose name, however spelled, something of ours may stand. */
const OWNED = `EXISTS (SELECT 1 FROM look_names o
  WHERE o.job = e.job AND o.key = e.key AND o.owned = 1)`;

/** Where the very name is listed, its other spellings are other files: habits are not known there. */
const AS_SPELLED = `(e.path = f.path OR NOT EXISTS (SELECT 1 FROM look_entries x
  WHERE x.job = e.job AND x.key = e.key AND x.path = f.path))`;

interface StandingRow extends FileRow {
  readonly far_path: string;
  readonly far_kind: SeenFar["kind"];
  readonly far_size: number;
  readonly far_mtime: number | null;
  readonly owned: number;
}

interface EntryRow {
  readonly path: string;
  readonly kind: SeenFar["kind"];
  readonly size_bytes: number;
  readonly mtime_ms: number | null;
  readonly owned: number;
}

function toSeen(row: EntryRow): SeenFar {
  return { path: row.path, kind: row.kind, sizeBytes: row.size_bytes, mtimeMs: row.mtime_ms };
}
