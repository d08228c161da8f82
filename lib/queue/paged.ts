/**
 * Walking a million rows in constant memory, while others write to the same table: a page at a
 * time, each found by the last path of the page before. No cursor stays open between pages.
 */
import type { Connection, Value } from "./connection.ts";

/** Rows in memory at once; also how long one page may block: well under 10 ms. */
export const PAGE_ROWS = 500;

export interface PagedQuery<Row, Item> {
  /** `?1` is the path after which to go on, `?2…` are `values`; ordered by path, without LIMIT. */
  readonly sql: string;
  readonly values: readonly Value[];
  readonly map: (row: Row) => Item;
}

/** Can be walked again and again; each walk sees the table as it is then. */
export function pagedByPath<Row extends { readonly path: string }, Item>(
  connection: Connection,
  query: PagedQuery<Row, Item>,
): Iterable<Item> {
  const sql = `${query.sql} LIMIT ${PAGE_ROWS}`;
  return {
    *[Symbol.iterator]() {
      let after = "";
      while (true) {
        const rows = connection.all<Row>(sql, [after, ...query.values]);
        for (const row of rows) yield query.map(row);
        const last = rows.at(-1);
        if (!last || rows.length < PAGE_ROWS) return;
        after = last.path;
      }
    },
  };
}
