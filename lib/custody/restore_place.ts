/**
 * Where a service may write what it brings back: to the run's own place, or below `restore.roots`. It
 * runs under an account that may write more than whoever asks, so nothing else, and no link that leads
 * out of a root.
 */
import { basename, dirname, join, resolve, sep } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { realPathOrNull } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";

/**
 * Null for the run's own place, else the folder.
 *
 * @throws LabferryError `restore_elsewhere`
 */
export async function allowedPlace(
  to: string | null,
  { job: { runPath, dataDir }, roots }: {
    readonly job: Pick<Job, "runPath" | "dataDir">;
    readonly roots: readonly string[];
  },
): Promise<string | null> {
  if (to === null || [runPath, dataDir].includes(resolve(to))) return null;
  const real = await placeToBe(resolve(to));
  for (const root of roots) {
    const realRoot = await realPathOrNull(root);
    if (realRoot !== null && (real === realRoot || real.startsWith(realRoot + sep))) return real;
  }
  throw new LabferryError("restore_elsewhere", `Nothing is restored to ${to} by the service`, {
    path: to,
    why: roots.length === 0
      ? "it writes to the run's own place, and restore.roots names no other"
      : "it is neither the run's own place nor below one of restore.roots",
    hint: "`labferry restore RUN --to DIR` on the command line writes as your own account",
  });
}

/** What an absolute path will be, links followed, when its missing folders are made. */
export async function placeToBe(path: string): Promise<string> {
  const real = await realPathOrNull(path);
  if (real !== null || path === dirname(path)) return real ?? path;
  return join(await placeToBe(dirname(path)), basename(path));
}
