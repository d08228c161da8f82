/**
 * Looking at a disk without following links: stats as plain values, listings, bounded reads. Nothing
 * here writes. What the system refuses comes back as a `Problem`; anything else is thrown. These calls
 * hold the thread until the disk answers: for a share there is `share_looks.ts`.
 */
import { closeSync, constants, openSync, readSync } from "node:fs";
import { eachEntryOf, entriesOf, errnoOf } from "../disk/mod.ts";

/** A place that could not be judged, and why. The rest of the tree is judged all the same. */
export interface Problem {
  readonly path: string;
  /**
   * `no_place`: received runs of an equipment that nobody knows where to send; `tree_served`: another
   * labferry looks after the tree.
   */
  readonly code: "unreadable" | "vanished" | "too_deep" | "no_place" | "tree_served";
  readonly message: string;
}

/** What tells one state of a file or folder from another. */
export interface Stat {
  readonly kind: "file" | "directory" | "symlink" | "other";
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** 0 where the system has none (Windows). */
  readonly ctimeMs: number;
  readonly dev: number;
  readonly ino: number;
}

export function look(path: string): Stat | Problem {
  try {
    return statOf(Deno.lstatSync(path));
  } catch (error) {
    return problemOf(error, path);
  }
}

export function statOf(info: Deno.FileInfo): Stat {
  return {
    kind: info.isFile
      ? "file"
      : info.isDirectory
      ? "directory"
      : info.isSymlink
      ? "symlink"
      : "other",
    sizeBytes: info.size,
    mtimeMs: info.mtime?.getTime() ?? 0,
    ctimeMs: info.ctime?.getTime() ?? 0,
    dev: info.dev,
    ino: info.ino ?? 0,
  };
}

/** What is kept of a file's stat. */
export type StatNumbers = readonly [
  sizeBytes: number,
  mtimeMs: number,
  ctimeMs: number,
  ino: number,
];

export function statNumbers(stat: Stat): StatNumbers {
  return [stat.sizeBytes, stat.mtimeMs, stat.ctimeMs, stat.ino];
}

export function isSameStat(stat: Stat, kept: readonly number[]): boolean {
  return stat.sizeBytes === kept[0] && stat.mtimeMs === kept[1] && stat.ctimeMs === kept[2] &&
    stat.ino === kept[3];
}

/**
 * True when the file at `path` has the `StatNumbers` that stand in `stats` from `at` on. As `look`,
 * without making anything: it is asked for every text of every audit.
 */
export function hasStat(
  path: string,
  { stats, at }: { readonly stats: readonly number[]; readonly at: number },
): boolean {
  try {
    const info = Deno.lstatSync(path);
    return info.size === stats[at] && (info.mtime?.getTime() ?? 0) === stats[at + 1] &&
      (info.ctime?.getTime() ?? 0) === stats[at + 2] && (info.ino ?? 0) === stats[at + 3];
  } catch (error) {
    problemOf(error, path);
    return false;
  }
}

export function isProblem(value: object): value is Problem {
  return "code" in value;
}

/**
 * Shows `onEntry` the entries of a folder, which may be a million, one after the other; why they
 * cannot be listed, or null.
 */
export async function listEach(
  path: string,
  onEntry: (entry: Deno.DirEntry) => void | Promise<void>,
): Promise<Problem | null> {
  const entries = eachEntryOf(path)[Symbol.asyncIterator]();
  while (true) {
    const next = await nextOf(entries, path);
    if (next === null) return null;
    if (isProblem(next)) return next;
    const paused = onEntry(next);
    if (paused) await paused;
  }
}

async function nextOf(
  entries: AsyncIterator<Deno.DirEntry>,
  path: string,
): Promise<Deno.DirEntry | Problem | null> {
  try {
    const { done, value } = await entries.next();
    return done ? null : value;
  } catch (error) {
    return problemOf(error, path);
  }
}

/** All entries of a folder, or why they cannot be listed; never a part of them (`entriesOf`). */
export async function list(path: string): Promise<Deno.DirEntry[] | Problem> {
  try {
    return await entriesOf(path);
  } catch (error) {
    return problemOf(error, path);
  }
}

/**
 * Opens neither a link nor, for long, a pipe that somebody put in the file's place since it was
 * looked at. Windows knows no such flags; there a link needs rights that others do not have.
 */
export const READ_FLAGS = Deno.build.os === "windows"
  ? constants.O_RDONLY
  : constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** One buffer for all files: whoever reads is done with the bytes before the next file. */
let buffer = new Uint8Array(0);

/** A file's first bytes, at most `maxBytes`; valid until the next call. */
export function readSome(path: string, maxBytes: number): Uint8Array | Problem {
  if (buffer.length < maxBytes) buffer = new Uint8Array(maxBytes);
  let file: number | undefined;
  try {
    file = openSync(path, READ_FLAGS);
    let filled = 0;
    while (filled < maxBytes) {
      const count = readSync(file, buffer, filled, maxBytes - filled, null);
      if (count === 0) break;
      filled += count;
    }
    return buffer.subarray(0, filled);
  } catch (error) {
    return problemOf(error, path);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** @throws whatever is no answer of the operating system */
export function problemOf(error: unknown, path: string): Problem {
  const errno = errnoOf(error);
  if (errno === null) throw error;
  // ELOOP and ENOTDIR: what was a file or folder when it was listed is something else by now.
  const gone = error instanceof Deno.errors.NotFound || errno === "ELOOP" || errno === "ENOTDIR";
  return {
    path,
    code: gone ? "vanished" : "unreadable",
    message: gone ? "it was gone before it could be looked at" : REASONS[errno] ?? errno,
  };
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EIO: "the disk reports a read error",
  ENAMETOOLONG: "the path is longer than this system takes",
  EMFILE: "this process has too many files open",
  ESTALE: "the share it is on was replaced",
};
