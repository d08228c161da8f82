/**
 * An equipment of an orchestrator may have a root of its own and be received besides: then each run
 * that was seen belongs to the walk of one of the two.
 */
import { isWithin } from "../base/mod.ts";
import type { SeenRow } from "../queue/mod.ts";

/** By their run; all of them where the equipment has one root. */
export function ownRows(
  rows: readonly SeenRow[],
  isOwn: (runPath: string) => boolean = () => true,
): Map<string, SeenRow> {
  const own = rows.filter(({ runPath }) => isOwn(runPath));
  return new Map(own.map((row) => [row.runPath, row]));
}

/** Rows name their runs without links; a root that is not there now may have been a link. */
export function isBelow(runPath: string, root: string): boolean {
  return isWithin(runPath, root) || isWithin(runPath, realPathNow(root));
}

/** At a start only, and only for those that have two roots: it may wait for a disk. */
export function realPathNow(root: string): string {
  try {
    return Deno.realPathSync(root);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return root;
    if (error instanceof Deno.errors.PermissionDenied) return root;
    throw error;
  }
}
