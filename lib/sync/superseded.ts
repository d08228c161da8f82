/** Where far bytes go that stand in a push's way. Nothing there is ever deleted by labferry. */

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
