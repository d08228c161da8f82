/**
 * What came in the way of a file while it was sent ahead of its run, and was set aside by the push. The
 * run has no timeline yet; so the folder is noted before the push, and looked into when the run has one:
 * its receipt names what went there, also after a kill.
 */
import type { Queue } from "../queue/mod.ts";
import type { AheadTarget } from "./ahead_folder.ts";
import { lookInto, type SetAside } from "./aside_folder.ts";
import { supersededDir } from "./superseded.ts";
import type { FarWork, Work } from "./work.ts";

/** A fresh folder for one push, noted. */
export function beginAside(
  { runPath, farDir }: Pick<AheadTarget, "runPath" | "farDir">,
  { context: { queue, clock } }: Pick<Work, "context">,
): string {
  const into = supersededDir(farDir, clock.now());
  keep(queue, { runPath, folders: [...foldersOf(queue, runPath), into] });
  return into;
}

/** The push ended, and moved nothing: there is nothing to look for in it. */
export function forgetUnused(
  { runPath }: Pick<AheadTarget, "runPath">,
  { context: { queue }, into }: Pick<Work, "context"> & { readonly into: string },
): void {
  keep(queue, { runPath, folders: foldersOf(queue, runPath).filter((one) => one !== into) });
}

/** What went aside while the run was sent ahead, for its timeline; then `forgetAsides`. */
export async function asidesOf(
  { runPath }: Pick<AheadTarget, "runPath">,
  { context: { queue }, far }: Pick<FarWork, "context" | "far">,
): Promise<SetAside[]> {
  const found: SetAside[] = [];
  for (const into of foldersOf(queue, runPath)) {
    const aside = await lookInto(into, far);
    if (aside.count > 0) found.push(aside);
  }
  return found;
}

export function forgetAsides(runPath: string, queue: Pick<Queue, "meta">): void {
  queue.meta.forget(keyOf(runPath));
}

function foldersOf(queue: Pick<Queue, "meta">, runPath: string): readonly string[] {
  return JSON.parse(queue.meta.get(keyOf(runPath)) ?? "[]");
}

function keep(
  queue: Pick<Queue, "meta">,
  { runPath, folders }: { readonly runPath: string; readonly folders: readonly string[] },
): void {
  if (folders.length === 0) return forgetAsides(runPath, queue);
  queue.meta.set(keyOf(runPath), JSON.stringify(folders));
}

function keyOf(runPath: string): string {
  return `ahead_aside:${runPath}`;
}
