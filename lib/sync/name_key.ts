/**
 * When two far names are one. What a destination does to names is asked of it (`rules.md` 9); what
 * could not be found out counts as folding, because a name that is wrongly taken for another is
 * only compared, while one that is wrongly taken for free costs the bytes that stand there.
 */
import { foldName } from "../base/mod.ts";
import type { NamesThere } from "../queue/mod.ts";
import type { NameHabits } from "../transports/mod.ts";

/** As a look at such a place compares names. */
export function namesThere(habits: NameHabits): NamesThere {
  return { keyOf: nameKeyOf(habits), areKept: keepsEveryName(habits) };
}

/** Names with equal keys are one name at such a place. */
function nameKeyOf({ foldsCase, normalises }: NameHabits): (path: string) => string {
  if (foldsCase !== false) return foldName;
  return normalises !== false ? (path) => path.normalize("NFC") : (path) => path;
}

/** True where every name is its own. */
export function keepsEveryName({ foldsCase, normalises }: NameHabits): boolean {
  return foldsCase === false && normalises === false;
}
