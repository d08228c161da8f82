/** Takes a probe of ours away again: its files by name, then its folder if nothing is left in it. */
import { farSpec, type RcloneConnection } from "./connection.ts";
import { removeFew } from "./small_requests.ts";
import { standingAt } from "./standing.ts";

export async function removeProbe(
  connection: RcloneConnection,
  { farDir, names }: { readonly farDir: string; readonly names: readonly string[] },
): Promise<void> {
  if (names.length > 0) {
    const removed = await removeFew(connection, { farDir, names });
    if (removed.exitCode !== 0) {
      throw connection.tool.failure("a probe could not be removed at", removed);
    }
  }
  const fs = farSpec(connection, "");
  // A bucket has no folders: it is gone with its last file.
  const end = await connection.ask({ method: "operations/rmdir", params: { fs, remote: farDir } });
  if (end.exitCode === 0) return;
  if (!(await standingAt(connection, [farDir])).has(farDir)) return;
  throw connection.tool.failure("a probe's folder could not be removed at", end);
}
