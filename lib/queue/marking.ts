/** Marking what a pass has proven, file by file; of many files in slices, after the pass was committed. */
import type { Connection } from "./connection.ts";
import { changeByPath, OF_STRETCH } from "./paged.ts";

/**
 * Before anything else is done with the job: a pass that was committed has proven its files, also
 * when the service was killed before each was marked.
 */
export async function finishMarking(connection: Connection, job: number): Promise<void> {
  const pass = connection.get<{ id: number }>(
    "SELECT id FROM passes WHERE job = ? AND marking = 1",
    [job],
  );
  if (!pass) return;
  await changeByPath(connection, {
    table: "files",
    job,
    sql: `UPDATE files SET ${MARK} WHERE ${OF_STRETCH} AND far_pass = ?4 AND result = 'matched'
      AND ${UNMARKED}`,
    values: [pass.id],
  });
  connection.runUnflushed("UPDATE passes SET marking = 0 WHERE id = ?", [pass.id]);
}

/** True while files of a committed pass are not marked as proven yet. */
export function isMarking(connection: Connection, job: number): boolean {
  return connection.get("SELECT 1 FROM passes WHERE job = ? AND marking = 1", [job]) !== undefined;
}

export const MARK = "proven_sha256 = sha256, sent = 1, ours = 1";
export const UNMARKED = "(proven_sha256 IS NOT sha256 OR sent = 0 OR ours = 0)";
