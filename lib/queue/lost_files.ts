/** Files of a run that no place is known to hold: what only a person can let the run go without. */
import { createHash } from "node:crypto";
import type { Connection } from "./connection.ts";
import type { FileRow } from "./file_row.ts";
import { OF_STRETCH, pagedByPath } from "./paged.ts";
import { PROVEN } from "./seal_differences.ts";
import { MAX_LISTED, type MissingFiles } from "./types.ts";

/**
 * The file itself, untouched, under a name that the list does not have: renamed, as a person is asked
 * to where a name cannot go over there.
 */
const RENAMED = `(f.file_id <> '' AND EXISTS (SELECT 1 FROM seal_files s
  WHERE s.job = f.job AND s.file_id = f.file_id AND s.size_bytes = f.size_bytes
    AND s.mtime_ms = f.mtime_ms
    AND NOT EXISTS (SELECT 1 FROM files k WHERE k.job = s.job AND k.path = s.path)))`;

type Lost = Pick<FileRow, "path"> & { readonly differs: 0 | 1 };

/**
 * Gone since the last walk and not proven as sealed, or gone before and, as the last pass found it, not
 * over there or another there. `job` is the row's number; the walk's staging tables hold what was seen.
 */
export async function lostFiles(connection: Connection, job: number): Promise<MissingFiles> {
  const lost = pagedByPath<Lost, Lost>(connection, {
    table: "seal_gone",
    job,
    sql: `SELECT g.path, g.was_missing = 1 AND f.result IS 'mismatched' AS differs
      FROM seal_gone g JOIN files f ON f.job = g.job AND f.path = g.path
      WHERE g.job = ?1 AND g.path > ?2 AND g.path <= ?3
        AND (g.was_missing = 1 OR (NOT ${PROVEN} AND NOT ${RENAMED})) ORDER BY g.path`,
    map: (row) => row,
  });
  return await named(lost);
}

/**
 * As the list has it, without a walk: gone before, and as the last pass found it not over there or another
 * there. A walk that meets nothing new names the same files.
 */
export async function lostBefore(connection: Connection, job: number): Promise<MissingFiles> {
  return await named(pagedByPath<Lost, Lost>(connection, {
    table: "files",
    job,
    sql: `SELECT path, result = 'mismatched' AS differs FROM files WHERE ${OF_STRETCH}
      AND local_missing = 1 AND result IN ('missing', 'mismatched') ORDER BY path`,
    map: (row) => row,
  }));
}

async function named(lost: AsyncIterable<Lost>): Promise<MissingFiles> {
  const names: string[] = [];
  const differing = { count: 0, names: [] as string[] };
  const digest = createHash("sha256");
  let count = 0;
  for await (const { path, differs } of lost) {
    digest.update(path).update(differs ? "\0\0" : "\0");
    count++;
    if (names.length < MAX_LISTED) names.push(path);
    if (!differs) continue;
    differing.count++;
    if (differing.names.length < MAX_LISTED) differing.names.push(path);
  }
  return { count, names, differing, digest: digest.digest("hex") };
}
