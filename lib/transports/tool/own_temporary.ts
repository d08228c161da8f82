/**
 * Our own temporary files at the far side: written beside a file for a moment, left there by a kill.
 * They are in no listing. A push removes those of its run's folder, which is ours by then (nothing is
 * sent into another's), if a day has gone by since they were written to; younger ones and those
 * elsewhere stay.
 */
import { isOwnTempName } from "../../disk/mod.ts";
import type { FarEntry } from "../contract.ts";
import { leafOf } from "./far_path.ts";

/** No writer takes a day; one that does all the same fails at its rename and is tried again. */
const STALE_MS = 24 * 3600 * 1000;
/** Of one push; more is not from us. */
export const MOST_LEFTOVERS = 1_000;

/** For the receipt; a place that is gone shows itself in the transfer that follows. */
export const NOT_REMOVED = "old temporary files of labferry could not be removed there";

export function isOwnTemporary({ kind, path }: Pick<FarEntry, "kind" | "path">): boolean {
  return kind === "file" && isOwnTempName(leafOf(path));
}

/** By the far clock; false where the place keeps no times. */
export function isStale({ mtimeMs }: Pick<FarEntry, "mtimeMs">, nowMs = Date.now()): boolean {
  return mtimeMs !== null && nowMs - mtimeMs > STALE_MS;
}

/** Why a run's file cannot have that name; null when it can. */
export function refusalOfOwnName(path: string): string | null {
  if (!isOwnTempName(leafOf(path))) return null;
  return "labferry gives such names to its own temporary files, and removes them";
}
