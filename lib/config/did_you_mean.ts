/** The known word a mistyped one was probably meant to be. */
import { distance } from "fastest-levenshtein";

/** null when nothing is near enough to be worth saying. */
export function didYouMean(word: string, known: readonly string[]): string | null {
  const asKey = word.slice(0, 64).replace(/([a-z])([A-Z])/g, "$1_$2").replaceAll("-", "_")
    .toLowerCase();
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const d = distance(asKey, candidate.toLowerCase());
    if (d < bestDistance) [best, bestDistance] = [candidate, d];
  }
  if (best !== null && bestDistance <= Math.max(1, Math.floor(best.length / 3))) return best;
  // `port` for `ssh_port`, `remote` for `rclone_remote`: part of a name, as another program has it.
  return known.find((key) => asKey.length >= 4 && key.split("_").includes(asKey)) ?? null;
}
