/**
 * The calls that locks, records and other small files are made of. On a disk of this computer each takes
 * microseconds and is made at once; a trip to another thread and back for each of them made an update a
 * third slower than its flushes. On a share that hangs such a call never returns, and the whole program
 * would stand still: there they are made aside: reading by the runtime's own threads, what holds a file open in a thread that
 * the share has to itself (`share_threads.ts`).
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
import type { ShareDoor, ShareDoors } from "./share_door.ts";

type Soon<T> = T | Promise<T>;

export interface SmallCalls {
  lstat(path: string): Soon<Deno.FileInfo>;
  /** As `lstatOrNullSync`. */
  lstatOrNull(path: string): Soon<Deno.FileInfo | null>;
  readFile(path: string): Soon<Uint8Array<ArrayBuffer>>;
}

const AT_ONCE: SmallCalls = {
  lstat: (path) => Deno.lstatSync(path),
  lstatOrNull: lstatOrNullSync,
  readFile: (path) => Deno.readFileSync(path),
};

/** A file that is read so is opened and closed aside as well. */
const ASIDE: SmallCalls = {
  lstat: (path) => Deno.lstat(path),
  async lstatOrNull(path) {
    try {
      return await lstatOrNull(path);
    } catch (error) {
      throw diskFailure(error, `${path} could not be examined`, path);
    }
  },
  readFile: (path) => Deno.readFile(path),
};

/** What is known of the shares at this moment; folders are absolute. */
export interface Shares {
  isShare(folder: string): boolean;
  /** The mount of the share that `folder` is on; null on a disk of this computer. */
  shareOf(folder: string): string | null;
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
let threads: ShareDoors | null = null;

/** For the whole program, from now on. @default nothing is on a share: who waits is a person */
export function askSharesFirst(now: () => Shares, made: ShareDoors): void {
  sharesNow = now;
  threads = made;
}

/**
 * Where a file is written that may be on a share; null: at once, here. Resolves as `callsFor`, and so does
 * what is asked of it.
 *
 * @throws LabferryError `device_lost` when the share is silent; the signal's reason when it aborts
 */
export async function shareOf(
  path: string,
  wait: ShareWait = {},
): Promise<ShareDoor | null> {
  const folder = dirname(path);
  const shares = sharesNow();
  const share = shares?.shareOf(folder) ?? null;
  if (!shares || share === null || !threads) return null;
  if (await bounded(shares.at(folder), { ...wait, path })) throw silent(path);
  const thread = threads.of(share);
  await thread.started;
  return thread;
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
