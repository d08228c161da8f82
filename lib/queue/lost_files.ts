/** Files of a run that no place is known to hold: what only a person can let the run go without. */
import { createHash } from "node:crypto";
import type { Connection } from "./connection.ts";
import { pagedByPath } from "./paged.ts";
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

/**
 * Gone since the last walk and not proven as sealed, or gone before and not found over there. `job`
 * is the row's number; the walk's staging tables hold what was seen.
 */
export async function lostFiles(connection: Connection, job: number): Promise<MissingFiles> {
  const names: string[] = [];
  const digest = createHash("sha256");
  let count = 0;
  const lost = pagedByPath<{ path: string }, string>(connection, {
    table: "seal_gone",
    job,
    sql: `SELECT g.path FROM seal_gone g JOIN files f ON f.job = g.job AND f.path = g.path
      WHERE g.job = ?1 AND g.path > ?2 AND g.path <= ?3
        AND (g.was_missing = 1 OR (NOT ${PROVEN} AND NOT ${RENAMED})) ORDER BY g.path`,
    map: (row) => row.path,
  });
  for await (const path of lost) {
    digest.update(path).update("\0");
    count++;
    if (names.length < MAX_LISTED) names.push(path);
  }
  return { count, names, digest: digest.digest("hex") };
}
