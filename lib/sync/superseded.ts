/** Where far bytes go that stand in a push's way. Nothing there is ever deleted by labferry. */
import type { Clock } from "../base/mod.ts";
import type { SeenFile } from "../transports/mod.ts";

/** Far folder below the base; nothing there is ever deleted by labferry. */
export const SUPERSEDED_DIR = ".labferry-superseded";

/** The last stamp of each clock: a process has one, and a simulated life one for each of its processes. */
const lastStamps = new WeakMap<Clock, number>();

/**
 * `<base>/.labferry-superseded/<far folder>/<UTC>`: fresh for every use of this clock, so that nothing
 * meets there, also when it stands still or is set back while this process runs.
 */
export function supersededDir(farDir: string, clock: Clock): string {
  const lastMs = Math.max(clock.now().getTime(), (lastStamps.get(clock) ?? 0) + 1);
  lastStamps.set(clock, lastMs);
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
