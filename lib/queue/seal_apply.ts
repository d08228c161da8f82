/**
 * Taking what a decided walk staged into the list, slice by slice. Each slice is one transaction that
 * also forgets what it took, so whoever comes after a crash goes on where it ended.
 */
import { turn } from "../base/mod.ts";
import type { Connection } from "./connection.ts";
import { touchList } from "./list_version.ts";
import { changeByPath, PAGE_ROWS, stretchAfter } from "./paged.ts";
import { UNSETTLED } from "./seal_differences.ts";
import { clearStaging } from "./seal_staging.ts";

/** What a decided round still has to be told when it is finished by another process. */
export interface Decided {
  readonly forgetLost: boolean;
  /**
   * Empty folders that are not here stay in the list: they went with a copy that was let go or deleted, and
   * come back with it. @default false
   */
  readonly keepsFolders?: boolean;
}

/** One job's decided round. */
interface Apply {
  readonly connection: Connection;
  /** The job's row. */
  readonly job: number;
  readonly decided: Decided;
}

/** Finishes what was decided of a job, by whomever; nothing is done when nothing was. */
export async function finishSeal(connection: Connection, job: number): Promise<void> {
  const apply = applyOf(connection, job);
  if (!apply) return;
  touchList(connection, job);
  const slice = () => takeGone(apply) || takeSeen(apply);
  while (connection.transaction(slice, { flush: false })) await turn();
  await takeEmptyDirs(apply);
  connection.runUnflushed("DELETE FROM seal_rounds WHERE job = ?", [job]);
  await clearStaging(connection, { job, isSealed: true });
}

/** As `finishSeal`, inside the transaction that decided, where it is little. */
export function applyAtOnce(connection: Connection, job: number): void {
  const apply = applyOf(connection, job);
  if (!apply || isMuch(apply)) return;
  touchList(connection, job);
  while (takeGone(apply) || takeSeen(apply));
  connection.run(dropDirs(apply), [job, "", LAST_PATH]);
  connection.run(ADD_DIRS, [job, "", LAST_PATH]);
  connection.run("DELETE FROM seal_dirs WHERE job = ?", [job]);
  connection.run("DELETE FROM seal_rounds WHERE job = ?", [job]);
}

/** True while a job's list is not yet what the job says of it. */
export function isUnfinished(connection: Connection, job: number): boolean {
  return applyOf(connection, job) !== null;
}

/** Behind every path: bytes sort after all text. */
const LAST_PATH = Uint8Array.of(0);

function applyOf(connection: Connection, job: number): Apply | null {
  const row = connection.get<{ decided: string }>(
    "SELECT decided FROM seal_rounds WHERE job = ? AND decided IS NOT NULL",
    [job],
  );
  return row ? { connection, job, decided: JSON.parse(row.decided) as Decided } : null;
}

function isMuch({ connection, job }: Apply): boolean {
  return (["seal_gone", "seal_files", "seal_dirs", "empty_dirs"] as const).some((table) =>
    stretchAfter(connection, { table, job, after: "" }).rows >= PAGE_ROWS
  );
}

/** Files that are gone; false when there are none left. */
function takeGone({ connection, job, decided }: Apply): boolean {
  const { upTo } = stretchAfter(connection, { table: "seal_gone", job, after: "" });
  if (upTo === null) return false;
  const leave = (which: string) => {
    const gone = `FROM files WHERE job = ?1 AND ${which}`;
    connection.run(
      `INSERT OR IGNORE INTO once_ours (job, path) SELECT job, path ${gone} AND ours = 1`,
      [job, upTo],
    );
    connection.run(`DELETE ${gone}`, [job, upTo]);
  };
  const of = (wasMissing: 0 | 1) =>
    `path IN (SELECT g.path FROM seal_gone g
      WHERE g.job = ?1 AND g.path <= ?2 AND g.was_missing = ${wasMissing})`;
  leave(`proven_sha256 IS NULL AND ${of(0)}`);
  // A gone file of which older bytes were proven: unless the new ones were pushed, what is over
  // there, and so in the manifest, is the older version.
  connection.run(
    `UPDATE files SET local_missing = 1, sha256 = CASE
      WHEN sent = 1 AND sha256 IS NOT NULL THEN sha256 ELSE proven_sha256 END, sent = 1
    WHERE job = ?1 AND ${of(0)}`,
    [job, upTo],
  );
  // Gone here, and over there missing or another: what is, or may turn up, under their names is still ours.
  if (decided.forgetLost) leave(of(1));
  connection.run("DELETE FROM seal_gone WHERE job = ? AND path <= ?", [job, upTo]);
  return true;
}

/** Files that are other or new, altered ones first: refreshing makes every stat equal. */
function takeSeen({ connection, job }: Apply): boolean {
  const { upTo } = stretchAfter(connection, { table: "seal_files", job, after: "" });
  if (upTo === null) return false;
  const stat = `size_bytes = s.size_bytes, mtime_ms = s.mtime_ms, ctime_s = s.ctime_s,
    file_id = s.file_id, local_missing = 0`;
  // The limit keeps the slice on the outside of the join, and so its size the work's.
  const slice = `(SELECT * FROM seal_files WHERE job = ?1 AND path <= ?2 LIMIT -1) AS s`;
  const from = `FROM ${slice} WHERE f.job = ?1 AND f.path = s.path`;
  const generation = "(SELECT generation FROM jobs WHERE n = ?1)";
  connection.run(
    `UPDATE files AS f SET ${stat}, generation = ${generation}, sha256 = s.sha256, sent = 0,
      far_sha256 = NULL, far_pass = NULL ${from} AND ${UNSETTLED}`,
    [job, upTo],
  );
  connection.run(`UPDATE files AS f SET ${stat} ${from} AND NOT ${UNSETTLED}`, [job, upTo]);
  connection.run(
    `INSERT INTO files (job, path, size_bytes, mtime_ms, ctime_s, file_id, generation, sha256)
    SELECT ?1, s.path, s.size_bytes, s.mtime_ms, s.ctime_s, s.file_id, ${generation}, s.sha256
    FROM ${slice} WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.job = ?1 AND f.path = s.path)`,
    [job, upTo],
  );
  connection.run("DELETE FROM seal_files WHERE job = ? AND path <= ?", [job, upTo]);
  return true;
}

const DROP_GONE_DIRS = `DELETE FROM empty_dirs WHERE job = ?1 AND path > ?2 AND path <= ?3
  AND NOT EXISTS (SELECT 1 FROM seal_dirs s WHERE s.job = ?1 AND s.path = empty_dirs.path)`;
/** Those of which a file has the name now. */
const DROP_TAKEN_DIRS = `DELETE FROM empty_dirs WHERE job = ?1 AND path > ?2 AND path <= ?3
  AND EXISTS (SELECT 1 FROM files f WHERE f.job = ?1 AND f.path = empty_dirs.path)`;
const ADD_DIRS = `INSERT OR IGNORE INTO empty_dirs (job, path)
  SELECT job, path FROM seal_dirs WHERE job = ?1 AND path > ?2 AND path <= ?3`;

function dropDirs({ decided: { keepsFolders = false } }: Apply): string {
  return keepsFolders ? DROP_TAKEN_DIRS : DROP_GONE_DIRS;
}

/** Both can be done again: what is staged is forgotten only when the round is. */
async function takeEmptyDirs(apply: Apply): Promise<void> {
  const { connection, job } = apply;
  await changeByPath(connection, { table: "empty_dirs", job, sql: dropDirs(apply) });
  await changeByPath(connection, { table: "seal_dirs", job, sql: ADD_DIRS });
}
