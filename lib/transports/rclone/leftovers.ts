/** What a killed rclone left in a run's folder of ours (`tool/own_temporary.ts`). */
import type { PushRequest } from "../contract.ts";
import { isStale, MOST_LEFTOVERS, NOT_REMOVED } from "../tool/own_temporary.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import { removeFew, statFew } from "./small_requests.ts";

/** Paths below `farDir`, as a listing had them: only those that are a day old go. */
export async function sweepLeftovers(
  connection: RcloneConnection,
  { farDir, signal, onNote, paths }: Pick<PushRequest, "farDir" | "signal" | "onNote"> & {
    readonly paths: readonly string[];
  },
): Promise<void> {
  if (paths.length === 0 || !(await connection.features()).keepsTimes) return;
  const some = paths.slice(0, MOST_LEFTOVERS);
  const there = await statFew(connection, { fs: farSpec(connection, farDir), names: some, signal });
  const names = some.filter((path) => {
    const entry = there.get(path);
    return entry !== undefined && !entry.isFolder && isStale(entry);
  });
  if (names.length === 0) return;
  const end = await removeFew(connection, { farDir, names });
  if (end.exitCode !== 0) onNote?.(NOT_REMOVED);
}
