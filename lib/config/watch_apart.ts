/**
 * Folders that `intake.watch` names hold nobody else's runs: none lies in, or around, another one, a tree
 * of the layout, the staging area or a destination. A run would be found twice, or a copy taken for one.
 */
import { isWithinNames, overlap } from "../base/mod.ts";
import type { ApartOptions, EquipmentAtKey } from "./destinations_apart.ts";
import { locationOf, namesIn } from "./transports/mod.ts";

interface Place {
  readonly what: string;
  readonly names: readonly string[];
}

export function checkWatchedApart(
  all: readonly EquipmentAtKey[],
  { foldsCase, stagingRoot, complain }: Omit<ApartOptions, "receiving">,
): void {
  const fold = (path: string) => foldsCase ? path.toLowerCase() : path;
  const trees: Place[] = all.map(({ equipment: { id, localRoot } }) => ({
    what: `the runs of ${id}`,
    names: [...namesIn(fold(localRoot)), fold(id)],
  }));
  if (stagingRoot !== null) {
    trees.push({ what: "the staging area", names: namesIn(fold(stagingRoot)) });
  }
  const bases = all.flatMap(({ equipment: { id, transport } }): Place[] => {
    const { host, names } = locationOf(transport, fold);
    return host === "local" ? [{ what: `the destination of ${id}`, names }] : [];
  });
  const watched: Place[] = [];
  for (const { equipment: { id, intake }, keyPath } of all) {
    for (const [i, folder] of (intake?.watch ?? []).entries()) {
      const names = namesIn(fold(folder));
      // A base below a run's folder is no run; one around it holds copies.
      const other = [...trees, ...watched].find((place) => overlap(place.names, names)) ??
        bases.find((place) => isWithinNames(names, place.names) || isRunOf(place.names, names));
      watched.push({ what: `what is watched for ${id}`, names });
      if (other === undefined) continue;
      complain({
        keyPath: [...keyPath, "intake", "watch", i],
        what: `${folder} is the same as, or nested with, ${other.what}`,
        hint: "watch a folder of its own, in which nothing but that instrument's runs lies",
      });
    }
  }
}

/** True when the base lies below the watched folder: its copies would be taken for runs. */
function isRunOf(base: readonly string[], watched: readonly string[]): boolean {
  return isWithinNames(base, watched);
}
