/**
 * The calls that locks, records and other small files are made of. On a disk of this computer each takes
 * microseconds and is made at once; a trip to another thread and back for each of them made an update a
 * third slower than its flushes. On a share that hangs such a call never returns, and the whole program
 * would stand still: there they are made aside, by the runtime's own threads.
 *
 * A service says which folders are on shares, and how a share is asked before anything is done there, so
 * that of one that hangs a single question is open, and not one for everybody who wants something there.
 * Nobody waits for a share without a bound: one that is silent is an error of that share.
 */
import { dirname } from "node:path";
import type { LabferryError } from "../base/mod.ts";
import { unlessAborted } from "../base/unless_aborted.ts";
import { diskError, diskFailure } from "./disk_failure.ts";
import { lstatOrNull, lstatOrNullSync } from "./presence.ts";

type Soon<T> = T | Promise<T>;

type Owner = Pick<Deno.FileInfo, "uid" | "gid">;

export interface SmallCalls {
  lstat(path: string): Soon<Deno.FileInfo>;
  /** As `lstatOrNullSync`. */
  lstatOrNull(path: string): Soon<Deno.FileInfo | null>;
  readFile(path: string): Soon<Uint8Array<ArrayBuffer>>;
  open(path: string, options: Deno.OpenOptions): Soon<Deno.FsFile>;
  stat(file: Deno.FsFile): Soon<Deno.FileInfo>;
  write(file: Deno.FsFile, bytes: Uint8Array): Soon<number>;
  tryLock(file: Deno.FsFile, exclusive: boolean): Soon<boolean>;
  chmod(path: string, mode: number): Soon<void>;
  chown(path: string, owner: Owner): Soon<void>;
  link(from: string, to: string): Soon<void>;
  rename(from: string, to: string): Soon<void>;
  remove(path: string): Soon<void>;
}

export const AT_ONCE: SmallCalls = {
  lstat: (path) => Deno.lstatSync(path),
  lstatOrNull: lstatOrNullSync,
  readFile: (path) => Deno.readFileSync(path),
  open: (path, options) => Deno.openSync(path, options),
  stat: (file) => file.statSync(),
  write: (file, bytes) => file.writeSync(bytes),
  tryLock: (file, exclusive) => file.tryLockSync(exclusive),
  chmod: (path, mode) => Deno.chmodSync(path, mode),
  chown: (path, { uid, gid }) => Deno.chownSync(path, uid, gid),
  link: (from, to) => Deno.linkSync(from, to),
  rename: (from, to) => Deno.renameSync(from, to),
  remove: (path) => Deno.removeSync(path),
};

export const ASIDE: SmallCalls = {
  lstat: (path) => Deno.lstat(path),
  async lstatOrNull(path) {
    try {
      return await lstatOrNull(path);
    } catch (error) {
      throw diskFailure(error, `${path} could not be examined`, path);
    }
  },
  readFile: (path) => Deno.readFile(path),
  open: (path, options) => Deno.open(path, options),
  stat: (file) => file.stat(),
  write: (file, bytes) => file.write(bytes),
  tryLock: (file, exclusive) => file.tryLock(exclusive),
  chmod: (path, mode) => Deno.chmod(path, mode),
  chown: (path, { uid, gid }) => Deno.chown(path, uid, gid),
  link: (from, to) => Deno.link(from, to),
  rename: (from, to) => Deno.rename(from, to),
  remove: (path) => Deno.remove(path),
};

/** What is known of the shares at this moment; folders are absolute. */
export interface Shares {
  isShare(folder: string): boolean;
  /** True when the share that `folder` is on gives no answer. */
  at(folder: string): Promise<boolean>;
  /** What `act` gives, or its error; null when the share gives no answer in time. */
  within<T>(folder: string, act: () => Promise<T>): Promise<{ readonly value: T } | null>;
}

/** How long a share is waited for, at most; less where the share is known to be silent. */
export interface ShareWait {
  /** @default as long as a share may take for an answer */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

let sharesNow: () => Shares | null = () => null;

/** For the whole program, from now on. @default nothing is on a share: who waits is a person */
export function askSharesFirst(now: () => Shares): void {
  sharesNow = now;
}

/**
 * How a file is touched; resolves when it may be expected that this does not take for ever.
 *
 * @throws LabferryError `device_lost` when its share is silent; the signal's reason when it aborts
 */
export async function callsFor(path: string, wait: ShareWait = {}): Promise<SmallCalls> {
  const folder = dirname(path);
  const shares = sharesNow();
  if (!shares?.isShare(folder)) return AT_ONCE;
  if (await bounded(shares.at(folder), { ...wait, path })) throw silent(path);
  return ASIDE;
}

/**
 * What `act` gives, which is done beside `path`. On a share it is waited for as long as the share may take
 * for an answer, and not longer than `wait` says; what it gives after that goes to `late`, so that nothing
 * is held by nobody.
 *
 * @throws LabferryError `device_lost` when the share is silent; the signal's reason when it aborts
 */
export async function unlessSilent<T>(
  { path, late = () => {}, ...wait }: ShareWait & {
    readonly path: string;
    readonly late?: (given: T) => void;
  },
  act: () => Promise<T>,
): Promise<T> {
  const folder = dirname(path);
  const shares = sharesNow();
  if (!shares?.isShare(folder)) return await act();
  let acting: Promise<T> | null = null;
  let isLeft = false;
  const begin = () => isLeft ? Promise.reject(silent(path)) : acting = act();
  const leave = () => {
    isLeft = true;
    acting?.then(late, () => {});
  };
  try {
    const answer = await bounded(shares.within(folder, begin), { ...wait, path });
    if (answer !== null) return answer.value;
  } catch (error) {
    leave();
    throw error;
  }
  leave();
  throw silent(path);
}

async function bounded<T>(
  answer: Promise<T>,
  { timeoutMs, signal, path }: ShareWait & { readonly path: string },
): Promise<T> {
  const overdue = new AbortController();
  const timer = timeoutMs === undefined
    ? undefined
    : setTimeout(() => overdue.abort(silent(path)), timeoutMs);
  try {
    const ends = signal ? AbortSignal.any([signal, overdue.signal]) : overdue.signal;
    return await unlessAborted(answer, ends);
  } finally {
    clearTimeout(timer);
  }
}

/** Errors that say that a share gave no answer, and nothing else of it. */
const silences = new WeakSet<Error>();

/** True for a share that did not answer here; an error of its disk or network is none. */
export function isSilence(error: unknown): error is LabferryError {
  return error instanceof Error && silences.has(error);
}

function silent(path: string): LabferryError {
  const error = diskError("device_lost", `${path} cannot be reached`, {
    path,
    why: "the share it is on does not answer",
  });
  silences.add(error);
  return error;
}
