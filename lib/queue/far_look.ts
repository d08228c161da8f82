/**
 * A look at the far folder before a push: what a listing saw, held against the names of the run.
 * Names are compared by a key that the caller makes (folded, normalised, as the place does it). One
 * look a job at a time; a new one forgets the old. Nothing here says what is right over there: it
 * only finds what the push would meet.
 */
import { turn } from "../base/mod.ts";
import type { Connection, Value } from "./connection.ts";
import { type FileRow, toFile } from "./file_row.ts";
import { touchList } from "./list_version.ts";
import { pagedByPath, type PagedQuery, stretchAfter, stretchesOf } from "./paged.ts";
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

/** When two names are one, over there. */
export interface NamesThere {
  /** Equal for names that are one file there. */
  readonly keyOf: (path: string) => string;
  /** Every name is its own: the key is the path. */
  readonly areKept: boolean;
}

export class FarLook implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #job: number;
  readonly #names: NamesThere;

  private constructor(
    connection: Connection,
    { job, names }: { readonly job: number; readonly names: NamesThere },
  ) {
    this.#connection = connection;
    this.#job = job;
    this.#names = names;
  }

  /** `job` is the row's number. */
  static async begin(
    connection: Connection,
    about: { readonly job: number; readonly names: NamesThere },
  ): Promise<FarLook> {
    const look = new FarLook(connection, about);
    await look.#clear();
    return look;
  }

  /** Takes a batch of a listing; paths are relative to the far folder. */
  see(batch: readonly SeenFar[]): void {
    this.#connection.transaction(() => {
      for (const { path, kind, sizeBytes, mtimeMs } of batch) {
        this.#connection.run(
          `INSERT OR REPLACE INTO look_entries (job, key, path, kind, size_bytes, mtime_ms)
          VALUES (?, ?, ?, ?, ?, ?)`,
          [this.#job, this.#names.keyOf(path), path, kind, sizeBytes, mtimeMs],
        );
      }
    }, { flush: false });
  }

  /** Takes the names of the run, and whose the far file under each may be. */
  async takeNames(): Promise<void> {
    const sources = [["files", "ours"], ["once_ours", "1"]] as const;
    for (const [table, ours] of sources) {
      for await (
        const { after, upTo } of stretchesOf(this.#connection, { table, job: this.#job })
      ) {
        const names = this.#connection.all<{ path: string; ours: number }>(
          `SELECT path, ${ours} AS ours FROM ${table} WHERE job = ? AND path > ? AND path <= ?`,
          [this.#job, after, upTo],
        );
        this.#connection.transaction(() => {
          for (const { path, ours } of names) this.#name(path, ours === 1);
        }, { flush: false });
      }
    }
  }

  /** These far names are ours, whatever the queue remembers: an old manifest names them. */
  own(paths: readonly string[]): void {
    this.#connection.transaction(() => {
      for (const path of paths) this.#name(path, true);
    }, { flush: false });
  }

  /** Two files of the run that would be one file over there; null when there are none. */
  async collision(): Promise<readonly [string, string] | null> {
    if (this.#names.areKept) return null;
    return await this.#first<{ first: string; second: string }, readonly [string, string]>({
      table: "look_names",
      sql: `SELECT min(n.path) AS first, max(n.path) AS second
      FROM look_names n JOIN files f ON f.job = n.job AND f.path = n.path
      WHERE n.job = ?1 AND n.key > ?2 AND n.key <= ?3 AND f.local_missing = 0
      GROUP BY n.key HAVING count(*) > 1 LIMIT 1`,
      map: (row) => [row.first, row.second],
    });
  }

  /** Unsent files of which something of the given kind stands under their name, by path. */
  standing(
    kind: SeenFar["kind"],
    which: "unknown" | "ours" | "any" = "any",
  ): AsyncIterable<Standing> {
    if (this.#isEmpty()) return NOTHING;
    const ours = which === "any" ? "1" : which === "ours" ? "f.ours = 1" : "f.ours = 0";
    return pagedByPath<StandingRow, Standing>(this.#connection, {
      table: "files",
      job: this.#job,
      sql: `SELECT f.*, e.path AS far_path, e.kind AS far_kind, e.size_bytes AS far_size,
        e.mtime_ms AS far_mtime, ${OWNED} AS owned
      FROM files f CROSS JOIN look_names n ON n.job = f.job AND n.path = f.path
        CROSS JOIN look_entries e ON e.job = f.job AND e.key = n.key
      WHERE f.job = ?1 AND f.path > ?2 AND f.path <= ?3 AND f.local_missing = 0 AND f.sent = 0
        AND e.kind = ?4 AND ${ours} AND ${AS_SPELLED}
      ORDER BY f.path`,
      values: [kind],
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
  async *wantedAsFolder(
    emptyDirs: Iterable<string> | AsyncIterable<string>,
  ): AsyncGenerator<InTheWay> {
    if (this.#isEmpty()) return;
    yield* pagedByPath<EntryRow & { readonly wanted_by: string }, InTheWay>(this.#connection, {
      table: "look_entries",
      job: this.#job,
      sql: `SELECT * FROM (
        SELECT e.*, ${OWNED} AS owned, (
          SELECT n.path FROM look_names n JOIN files f ON f.job = n.job AND f.path = n.path
          WHERE n.job = e.job AND n.key > e.key || '/' AND n.key < e.key || '0'
            AND f.local_missing = 0 AND f.sent = 0 LIMIT 1) AS wanted_by
        FROM look_entries e
        WHERE e.job = ?1 AND e.key > ?2 AND e.key <= ?3 AND e.kind <> 'folder')
      WHERE wanted_by IS NOT NULL ORDER BY path`,
      map: (row) => ({ there: toSeen(row), owned: row.owned === 1, wantedBy: row.wanted_by }),
    });
    for await (const dir of emptyDirs) {
      const found = this.#fileOnTheWayTo(dir);
      if (found) yield { ...found, wantedBy: dir };
    }
  }

  /** Something in a far folder that is not known to be ours; null when all of it is. */
  strangerIn(folder: string): Promise<string | null> {
    return this.#first<{ path: string }, string>({
      table: "look_entries",
      sql: `SELECT e.path FROM look_entries e WHERE e.job = ?1 AND e.key > ?2 AND e.key <= ?3
        AND e.key > ?4 || '/' AND e.key < ?4 || '0' AND e.kind <> 'folder' AND NOT ${OWNED}
      ORDER BY e.path LIMIT 1`,
      values: [this.#names.keyOf(folder)],
      map: (row) => row.path,
    });
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
          [this.#names.keyOf(path)],
        ), 0)
    );
  }

  /**
   * A file that was renamed in case only is one file: the old spelling leaves the list. Returns how
   * many did.
   */
  async dropOldSpellings(): Promise<number> {
    if (this.#names.areKept) return 0;
    let dropped = 0;
    for await (
      const { after, upTo } of stretchesOf(this.#connection, { table: "files", job: this.#job })
    ) {
      dropped += this.#connection.transaction(() =>
        this.#forget(
          `path > ?2 AND path <= ?3 AND EXISTS (SELECT 1 FROM look_names n
            JOIN look_names m ON m.job = n.job AND m.key = n.key
            JOIN files g ON g.job = m.job AND g.path = m.path
          WHERE n.job = files.job AND n.path = files.path AND m.path <> files.path
            AND g.local_missing = 0)`,
          [after, upTo],
        )
      );
    }
    return dropped;
  }

  /** A far file that is none of the run's; null when every one is. */
  firstUnknown(): Promise<string | null> {
    return this.#first<{ path: string }, string>({
      table: "look_entries",
      sql: `SELECT e.path FROM look_entries e WHERE e.job = ?1 AND e.key > ?2 AND e.key <= ?3
        AND e.kind <> 'folder' AND NOT EXISTS (SELECT 1 FROM look_names n
          WHERE n.job = e.job AND n.key = e.key)
      ORDER BY e.path LIMIT 1`,
      map: (row) => row.path,
    });
  }

  /** True when the run has a file of that name, however it is spelled over there. */
  knows(farPath: string): boolean {
    return this.#connection.get<{ found: number }>(
      "SELECT 1 AS found FROM look_names WHERE job = ? AND key = ? LIMIT 1",
      [this.#job, this.#names.keyOf(farPath)],
    ) !== undefined;
  }

  /** The size of what stands under a name, in bytes; null when nothing does. */
  sizeOf(path: string): number | null {
    return this.#entry(path)?.size_bytes ?? null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clear();
  }

  /** The first row of a query, stretch by stretch. */
  async #first<Row, Item>(
    query: Omit<PagedQuery<Row, Item>, "job">,
  ): Promise<Item | null> {
    for await (const item of pagedByPath(this.#connection, { ...query, job: this.#job })) {
      return item;
    }
    return null;
  }

  /** Files that are gone from the local disk leave the list. */
  #forget(which: string, values: readonly Value[]): number {
    touchList(this.#connection, this.#job);
    const gone = `FROM files WHERE job = ?1 AND local_missing = 1 AND ${which}`;
    this.#connection.run(`INSERT OR IGNORE INTO once_ours (job, path) SELECT job, path ${gone}`, [
      this.#job,
      ...values,
    ]);
    return this.#connection.run(`DELETE ${gone}`, [this.#job, ...values]);
  }

  #name(path: string, owned: boolean): void {
    this.#connection.run(
      `INSERT INTO look_names (job, path, key, owned) VALUES (?, ?, ?, ?)
      ON CONFLICT (job, path) DO UPDATE SET owned = max(owned, excluded.owned)`,
      [this.#job, path, this.#names.keyOf(path), Number(owned)],
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
      [this.#job, this.#names.keyOf(path)],
    ) ?? null;
  }

  /** Nothing stands over there, so nothing is in the way. */
  #isEmpty(): boolean {
    return stretchAfter(this.#connection, { table: "look_entries", job: this.#job, after: "" })
      .upTo === null;
  }

  async #clear(): Promise<void> {
    for (const table of ["look_entries", "look_names"] as const) {
      while (true) {
        const first = stretchAfter(this.#connection, { table, job: this.#job, after: "" });
        if (first.upTo === null) break;
        this.#connection.runUnflushed(`DELETE FROM ${table} WHERE job = ? AND key <= ?`, [
          this.#job,
          first.upTo,
        ]);
        await turn();
      }
    }
  }
}

const NOTHING: AsyncIterable<never> = { async *[Symbol.asyncIterator]() {} };

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
