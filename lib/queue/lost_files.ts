/** Files of a run that no place is known to hold: what only a person can let the run go without. */
import { createHash } from "node:crypto";
import type { Connection } from "./connection.ts";
import { pagedByPath } from "./paged.ts";
import { NOT_SEEN, PROVEN } from "./seal_differences.ts";
import { MAX_LISTED, type MissingFiles } from "./types.ts";

/**
 * The file itself, untouched, under a name that the list does not have: renamed, as a person is asked
 * to where a name cannot go over there. `?1` or `?2` is the job, as `job` says.
 */
const renamed = (job: "?1" | "?2") =>
  `(f.file_id <> '' AND (f.file_id, f.size_bytes, f.mtime_ms) IN (
    SELECT s.file_id, s.size_bytes, s.mtime_ms FROM seal_files s WHERE s.job = ${job}
      AND NOT EXISTS (SELECT 1 FROM files k WHERE k.job = s.job AND k.path = s.path)))`;

/** Gone since the last walk and not proven as sealed, or gone before and not found over there. */
const lostOf = (job: "?1" | "?2") =>
  `((${NOT_SEEN} AND NOT ${PROVEN} AND NOT ${
    renamed(job)
  }) OR (f.local_missing = 1 AND f.result = 'missing'
  AND NOT EXISTS (SELECT 1 FROM seal_files s WHERE s.job = f.job AND s.path = f.path)))`;

/** `job` is the row's number; the walk's staging tables hold what was seen. */
export function lostFiles(connection: Connection, job: number): MissingFiles {
  const names: string[] = [];
  const digest = createHash("sha256");
  let count = 0;
  const lost = pagedByPath<{ path: string }, string>(connection, {
    sql: `SELECT f.path FROM files f WHERE f.job = ?2 AND f.path > ?1
      AND ${lostOf("?2")} ORDER BY f.path`,
    values: [job],
    map: (row) => row.path,
  });
  for (const path of lost) {
    digest.update(path).update("\0");
    count++;
    if (names.length < MAX_LISTED) names.push(path);
  }
  return { count, names, digest: digest.digest("hex") };
}

/**
 * Those that were found neither here nor over there leave the list; what may yet turn up under
 * their names is still known as ours. The others leave it with the seal.
 */
export function forgetLost(connection: Connection, job: number): void {
  const lost = `FROM files AS f WHERE f.job = ?1 AND f.local_missing = 1 AND ${lostOf("?1")}`;
  connection.run(`INSERT OR IGNORE INTO once_ours (job, path) SELECT f.job, f.path ${lost}`, [job]);
  connection.run(`DELETE ${lost}`, [job]);
}
