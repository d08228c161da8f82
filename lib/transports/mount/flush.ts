/** Putting on the far disk what pushes named there, an earlier one that was killed too. */
import { dirname, join } from "node:path";
import { diskError, type WalkProblem } from "../../disk/mod.ts";
import type { SilenceWatch } from "../bounded.ts";
import type { FarFlush } from "../contract.ts";
import type { MountConnection } from "./connection.ts";

/** Folders flushed in one message to a thread. */
const FOLDERS_AT_ONCE = 1000;
const NOT_FLUSHED = "the far side does not flush folders: a power cut there may take names";

export interface MountFlush {
  readonly farDir: string;
  readonly signal: AbortSignal;
  readonly watch: SilenceWatch;
  /** False when a folder could not be flushed. */
  readonly flush: (folders: readonly string[]) => Promise<boolean>;
}

export async function flushMounted(
  connection: MountConnection,
  work: MountFlush,
): Promise<FarFlush> {
  const seen = await connection.lookAt(work.farDir);
  let folders = foldersAbove(connection, work.farDir);
  let flushed = true;
  if (seen) {
    for await (const batch of connection.pool.walkTree(seen.realPath, { signal: work.signal })) {
      work.watch.heard();
      for (const entry of batch) {
        if (entry.kind === "problem") refuseUnread(entry, seen.realPath);
        else if (entry.kind === "directory") {
          folders.push(connection.pathOf(work.farDir, entry.path));
        }
      }
      if (folders.length < FOLDERS_AT_ONCE) continue;
      flushed = await work.flush(folders) && flushed;
      folders = [];
    }
  }
  flushed = await work.flush(folders) && flushed;
  return { flushed, note: flushed ? null : NOT_FLUSHED };
}

/** A folder that cannot be entered cannot be flushed either. */
function refuseUnread(problem: WalkProblem, folder: string): void {
  if (problem.failure === null || problem.failure === "not_found") return;
  throw diskError(problem.failure, `${folder} could not be flushed`, {
    why: `${problem.path}: ${problem.message}`,
    path: join(folder, problem.path),
  });
}

/** The far folder, and those above it up to the base. */
function foldersAbove(connection: MountConnection, farDir: string): string[] {
  const folders = [];
  let here = connection.pathOf(farDir);
  while (here !== connection.base && here.length > connection.base.length) {
    folders.push(here);
    here = dirname(here);
  }
  return [...folders, connection.base];
}
