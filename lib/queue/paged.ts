/**
 * Going through a million rows in constant memory, while others write to the same table and everybody
 * else has the thread in between: a stretch of the table at a time, each found by the last path of
 * the one before. What bounds a stretch are the rows that are looked at, not those that are wanted;
 * no cursor and no transaction stays open between two.
 */
import { turn } from "../base/mod.ts";
import type { Connection, Value } from "./connection.ts";

/** Rows looked at in one go: some milliseconds. */
export const PAGE_ROWS = 500;

/** Part of one job's rows, in the byte order of their paths (or of their names over there). */
export interface Stretch {
  /** Rows behind this path … */
  readonly after: string;
  /** … up to and with this one. */
  readonly upTo: string;
}

/** The tables of which a job may have a million rows, and the column by which they are gone through. */
const ORDER = {
  files: "path",
  empty_dirs: "path",
  once_ours: "path",
  seal_files: "path",
  seal_gone: "path",
  seal_dirs: "path",
  look_names: "key",
  look_entries: "key",
} as const;

export type PathTable = keyof typeof ORDER;

/** All rows of a job, stretch by stretch; between two of them the event loop has its turn. */
export async function* stretchesOf(
  connection: Connection,
  { table, job }: { readonly table: PathTable; readonly job: number },
): AsyncGenerator<Stretch> {
  let after = "";
  while (true) {
    const { upTo, rows } = stretchAfter(connection, { table, job, after });
    if (upTo === null) return;
    yield { after, upTo };
    if (rows < PAGE_ROWS) return;
    after = upTo;
    await turn();
  }
}

/** The last path of the stretch that begins behind `after`, and its rows; null when there are none. */
export function stretchAfter(
  connection: Connection,
  { table, job, after }: {
    readonly table: PathTable;
    readonly job: number;
    readonly after: string;
  },
): { readonly upTo: string | null; readonly rows: number } {
  const column = ORDER[table];
  return connection.get<{ upTo: string | null; rows: number }>(
    `SELECT max(${column}) AS upTo, count(*) AS rows FROM (SELECT ${column} FROM ${table}
      WHERE job = ? AND ${column} > ? ORDER BY ${column} LIMIT ${PAGE_ROWS})`,
    [job, after],
  )!;
}

/** The rows of a stretch, by path. */
export const OF_STRETCH = "job = ?1 AND path > ?2 AND path <= ?3";

export interface PagedQuery<Row, Item> {
  /** Whose rows are gone through; the query is about them. */
  readonly table: PathTable;
  readonly job: number;
  /**
   * `?1` is the job, the rows are those with `path > ?2 AND path <= ?3` (or `key`), `?4…` are
   * `values`; ordered by it, without LIMIT.
   */
  readonly sql: string;
  readonly values?: readonly Value[];
  readonly map: (row: Row) => Item;
}

/** Can be walked again and again; each walk sees the table as it is then. */
export function pagedByPath<Row, Item>(
  connection: Connection,
  { table, job, sql, values = [], map }: PagedQuery<Row, Item>,
): AsyncIterable<Item> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const { after, upTo } of stretchesOf(connection, { table, job })) {
        for (const row of connection.all<Row>(sql, [job, after, upTo, ...values])) yield map(row);
      }
    },
  };
}

/**
 * Changes a job's rows stretch by stretch, each committed by itself and not flushed; returns how many
 * changed.
 */
export async function changeByPath(
  connection: Connection,
  { table, job, sql, values = [] }: Omit<PagedQuery<never, never>, "map">,
): Promise<number> {
  let changed = 0;
  for await (const { after, upTo } of stretchesOf(connection, { table, job })) {
    changed += connection.runUnflushed(sql, [job, after, upTo, ...values]);
  }
  return changed;
}
