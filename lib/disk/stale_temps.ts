/** Temporary files that a killed writer left beside a record. */
import { basename, dirname, join } from "node:path";
import { type Clock, systemClock } from "../base/mod.ts";
import { diskFailure } from "./disk_failure.ts";
import { tryLockFile } from "./file_lock.ts";
import { lstatOrNullSync, removeIfThereSync } from "./presence.ts";
import { isOwnTempName } from "./temp_names.ts";

/** No writer takes a day: a temporary file of that age belongs to nobody. */
const STALE_MS = 24 * 3600 * 1000;

/**
 * Removes temporary files older than a day, if the record's lock can be had at once: `.lf-<random>.tmp`
 * beside it, which do not say whose they were, and `<record>.<random>.tmp` of earlier versions and of
 * other programs. Returns their paths; an empty list also when the lock is taken.
 */
export function removeStaleTemps(
  recordPath: string,
  options: { readonly clock?: Clock } = {},
): string[] {
  const nowMs = (options.clock ?? systemClock).now().getTime();
  const stale = tempsOf(recordPath).filter((path) => ageMs(path, nowMs) > STALE_MS);
  if (stale.length === 0) return [];
  using lock = tryLockFile(`${recordPath}.lock`, { mode: "exclusive" });
  return lock ? stale.filter(removeIfThereSync) : [];
}

function tempsOf(recordPath: string): string[] {
  const prefix = `${basename(recordPath)}.`;
  const folder = dirname(recordPath);
  const isTemp = (name: string) =>
    isOwnTempName(name) ||
    name.startsWith(prefix) && /^[A-Za-z0-9_-]{4,64}\.tmp$/.test(name.slice(prefix.length));
  try {
    return Array.from(Deno.readDirSync(folder))
      .filter((entry) => entry.isFile && isTemp(entry.name))
      .map((entry) => join(folder, entry.name));
  } catch (error) {
    throw diskFailure(error, "temporary files could not be looked for", folder);
  }
}

function ageMs(path: string, nowMs: number): number {
  return nowMs - (lstatOrNullSync(path)?.mtime?.getTime() ?? nowMs);
}
