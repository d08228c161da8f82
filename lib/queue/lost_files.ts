/** Files of a run that no place is known to hold: what only a person can let the run go without. */
import { createHash } from "node:crypto";
import type { Connection } from "./connection.ts";
import { pagedByPath } from "./paged.ts";
import { NOT_SEEN, PROVEN } from "./seal_differences.ts";
import { MAX_LISTED, type MissingFiles } from "./types.ts";

/** Gone since the last walk and not proven as sealed, or gone before and not found over there. */
const LOST = `((${NOT_SEEN} AND NOT ${PROVEN}) OR (f.local_missing = 1 AND f.result = 'missing'
  AND NOT EXISTS (SELECT 1 FROM seal_files s WHERE s.job = f.job AND s.path = f.path)))`;

/** `job` is the row's number; the walk's staging tables hold what was seen. */
export function lostFiles(connection: Connection, job: number): MissingFiles {
  const names: string[] = [];
  const digest = createHash("sha256");
  let count = 0;
  const lost = pagedByPath<{ path: string }, string>(connection, {
    sql: `SELECT f.path FROM files f WHERE f.job = ?2 AND f.path > ?1 AND ${LOST} ORDER BY f.path`,
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
  const lost = `FROM files AS f WHERE f.job = ?1 AND f.local_missing = 1 AND ${LOST}`;
  connection.run(`INSERT OR IGNORE INTO once_ours (job, path) SELECT f.job, f.path ${lost}`, [job]);
  connection.run(`DELETE ${lost}`, [job]);
}
