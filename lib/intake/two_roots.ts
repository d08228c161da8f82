/**
 * An equipment of an orchestrator may have a root of its own and be received besides: then each run
 * that was seen belongs to the walk of one of the two.
 */
import { join, relative, resolve } from "node:path";
import { isWithin } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { errnoOf, realPathOrNull } from "../disk/mod.ts";
import { ANSWER_MS } from "../process/mod.ts";
import type { SeenRow } from "../queue/mod.ts";

/** By their run; all of them where the equipment has one root. */
export function ownRows(
  rows: readonly SeenRow[],
  isOwn: (runPath: string) => boolean = () => true,
): SeenRow[] {
  return rows.filter(({ runPath }) => isOwn(runPath));
}

/** Rows name their runs without links; a root that is not there now may have been a link. */
export function isBelow(runPath: string, { path, folder, realPaths }: Rooted): boolean {
  const real = join(realPaths.get(path) ?? path, relative(resolve(path), folder));
  return isWithin(runPath, folder) || isWithin(runPath, real);
}

interface Rooted {
  /** The root as it is named. */
  readonly path: string;
  /** Itself, or the equipment's folder below it. */
  readonly folder: string;
  readonly realPaths: RealPaths;
}

/** Folders of the configuration without links, by how they are named there. */
export type RealPaths = ReadonlyMap<string, string>;

/**
 * Of all roots and watched folders, asked side by side before the scanner begins. One that is not there,
 * or whose share gives no answer for so long, stays as it is named.
 */
export async function realPathsOf(
  { equipment, orchestrator: { stagingRoot } }: Pick<Config, "equipment" | "orchestrator">,
  { answerMs = ANSWER_MS }: { readonly answerMs?: number },
): Promise<RealPaths> {
  const named = new Set([
    ...equipment.flatMap(({ localRoot, intake }) => [localRoot, ...intake?.watch ?? []]),
    ...(stagingRoot === null ? [] : [stagingRoot]),
  ]);
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), answerMs);
  const found = [...named].map(async (path) => {
    const asked = realPathOrNull(path).catch((error) => {
      if (errnoOf(error) === null) throw error;
      return null;
    });
    return [path, await Promise.race([asked, late.promise]) ?? path] as const;
  });
  try {
    return new Map(await Promise.all(found));
  } finally {
    clearTimeout(timer);
  }
}
