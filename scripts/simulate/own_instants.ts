/** Instants of the product in which the life lets nothing happen, because what came of it would be nobody's fault. */
import type { FarHabits } from "./far_side.ts";
import { DATA_ROOT, FAR_BASE } from "./world.ts";

/** A far name is taken, or a record is being written that was looked at before. */
const REPLACES = new RegExp(
  `^(far putFiles|rename ${FAR_BASE}.*|(make|write|mkdir) ${FAR_BASE}.*/\\.exlab-wizard(/.*)?)$`,
);

/**
 * Inside a transaction of the queue nobody else can look at it. Between the last stat of a file and its
 * unlink no program can keep another from writing; neither can it, between a look and a rename, at a NAS
 * that does not take a name only while it is free.
 */
export function isOwnInstant(what: string, { namesExclusively }: FarHabits): boolean {
  return what.startsWith("commit") || what.startsWith(`remove ${DATA_ROOT}`) ||
    !namesExclusively && REPLACES.test(what);
}
