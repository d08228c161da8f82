/** Temporary files that a killed writer left behind. */
import { dirname, join } from "node:path";
import { type Clock, LabferryError, systemClock } from "../base/mod.ts";
import { diskFailure } from "./disk_failure.ts";
import { tryLockFile } from "./file_lock.ts";
import { lstatOrNull, removeIfThere } from "./presence.ts";
import { isOwnTempName } from "./temp_names.ts";

/**
 * No writer takes a day: a temporary file of that age belongs to nobody. One that does all the same
 * (a clock that jumped, a computer that slept) fails at its rename and is tried again.
 */
const STALE_MS = 24 * 3600 * 1000;
/** As earlier versions and other programs call them, after the record's name and a dot. */
const FORMER = /^[A-Za-z0-9_-]{4,64}\.tmp$/;
const MOST_NAMES = 100_000;

export interface SweepOptions {
  /**
   * Names of records in this folder: there `<record>.<random>.tmp` of earlier versions and of other
   * programs goes too, each only if its record's lock can be had at once.
   */
  readonly records?: readonly string[];
  readonly clock?: Clock;
  /** Names that are looked at in one folder; the rest waits for the next time. @default {100_000} */
  readonly mostNames?: number;
  readonly signal?: AbortSignal;
}

export interface Swept {
  /** Paths of what was removed. */
  readonly removed: readonly string[];
  /** What could not be looked at or removed; it keeps nothing else from being swept. */
  readonly failed: readonly LabferryError[];
}

/**
 * Removes files with one of our own temporary names from one folder, not from those below it, if
 * they are older than a day. Links are neither followed nor removed, and a folder that is a link, or
 * not there, is swept of nothing. An abort ends it early and throws nothing.
 */
export async function sweepTemps(folder: string, options: SweepOptions = {}): Promise<Swept> {
  const { clock = systemClock, records = [], signal } = options;
  const removed: string[] = [];
  const failed: LabferryError[] = [];
  const nowMs = clock.now().getTime();
  const recordOf = (name: string) => records.find((record) => isTempOf(record, name));
  const isTemp = (name: string) => isOwnTempName(name) || recordOf(name) !== undefined;
  try {
    for (const name of await tempsIn(folder, { ...options, isTemp })) {
      if (signal?.aborted) break;
      const path = join(folder, name);
      try {
        if (!isStaleTemp(await lstatOrNull(path), nowMs)) continue;
        if (await removedUnder(recordOf(name) ?? null, path)) removed.push(path);
      } catch (error) {
        failed.push(asFailure(error, { what: "a temporary file could not be removed", path }));
      }
    }
  } catch (error) {
    failed.push(
      asFailure(error, { what: "temporary files could not be looked for", path: folder }),
    );
  }
  return { removed, failed };
}

/** True for a regular file that has not been written to for a day. */
export function isStaleTemp(info: Deno.FileInfo | null, nowMs: number): boolean {
  return info !== null && info.isFile && nowMs - (info.mtime?.getTime() ?? nowMs) > STALE_MS;
}

function isTempOf(record: string, name: string): boolean {
  return name.startsWith(`${record}.`) && FORMER.test(name.slice(record.length + 1));
}

async function tempsIn(
  folder: string,
  { isTemp, mostNames = MOST_NAMES, signal }: SweepOptions & {
    readonly isTemp: (name: string) => boolean;
  },
): Promise<string[]> {
  if (!(await lstatOrNull(folder))?.isDirectory) return [];
  const temps: string[] = [];
  let seen = 0;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (seen++ >= mostNames || signal?.aborted) break;
    if (isFile && isTemp(name)) temps.push(name);
  }
  return temps;
}

/** False when somebody works on that record just now, or the file is gone. */
async function removedUnder(record: string | null, path: string): Promise<boolean> {
  using lock = record === null
    ? null
    : tryLockFile(join(dirname(path), `${record}.lock`), { mode: "exclusive" });
  return record !== null && lock === null ? false : await removeIfThere(path);
}

function asFailure(
  error: unknown,
  { what, path }: { readonly what: string; readonly path: string },
): LabferryError {
  const failure = diskFailure(error, what, path);
  if (failure instanceof LabferryError) return failure;
  throw failure;
}
