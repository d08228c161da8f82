/** Where far bytes go that stand in a push's way. Nothing there is ever deleted by labferry. */
import type { SeenFile } from "../transports/mod.ts";

/** Far folder below the base; nothing there is ever deleted by labferry. */
export const SUPERSEDED_DIR = ".labferry-superseded";

let lastMs = 0;

/**
 * `<base>/.labferry-superseded/<far folder>/<UTC>`: fresh for every use, so that nothing meets
 * there, also when a clock stands still or is set back while this process runs.
 */
export function supersededDir(farDir: string, at: Date): string {
  lastMs = Math.max(at.getTime(), lastMs + 1);
  const stamp = new Date(lastMs).toISOString().replaceAll("-", "").replaceAll(":", "");
  return `${supersededRoot(farDir)}/${stamp}`;
}

/** The folder of all that was ever set aside of a far folder. */
export function supersededRoot(farDir: string): string {
  return farDir === "" ? SUPERSEDED_DIR : `${SUPERSEDED_DIR}/${farDir}`;
}

/**
 * For records that are put where a look found nothing, or where what stood was just moved aside: what
 * somebody puts there since goes below `into` (`rules.md` 7 and 8).
 */
export function nothingSeen(
  names: Iterable<string>,
  into: string,
): ReadonlyMap<string, SeenFile> {
  return new Map(Array.from(names, (name) => [name, { bytes: null, aside: `${into}/${name}` }]));
}
