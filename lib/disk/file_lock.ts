/**
 * Advisory whole-file locks that exclude every other program that uses flock(2) (LockFileEx on
 * Windows) on the same path: Python's `filelock.FileLock` and `portalocker` among them.
 *
 * A lock is let go by closing the file (`unlock` fails on Windows with error 33), it is never
 * upgraded (a failed upgrade drops the shared lock), and a lock file is never unlinked (a waiter
 * would then hold a lock on a file nobody else can see).
 */
import { type Clock, LabferryError, systemClock } from "../base/mod.ts";
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { isStillNamed, refuseUnlessPlain } from "./plain_file.ts";
import { isThreadLost, type ShareDoor } from "./share_door.ts";
import { shareOf, type ShareWait, unlessSilent } from "./small_calls.ts";

export type LockMode = "exclusive" | "shared";

export interface LockOptions {
  readonly mode: LockMode;
  /** Longest wait in milliseconds; @default 30_000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 50;
/** A share that answers at all is not called silent because little is left of a wait. */
const LEAST_ANSWER_MS = 500;
/** Reopenings within one try when other programs keep replacing the lock file. */
const MAX_REOPENINGS = 16;

/**
 * A lock belongs to the open file, which a child that is being started has too until it becomes its
 * program: closing alone would leave it locked for that long, on a busy machine long enough to be
 * met. Windows has no such moment, and its unlock fails there (measured under wine).
 */
const CAN_UNLOCK = Deno.build.os !== "windows";

/** A lock that is held until `release()` or the end of its `using` scope. */
export class FileLock implements Disposable {
  readonly path: string;
  readonly mode: LockMode;
  #held: Held | null;

  constructor(path: string, { mode, held }: { readonly mode: LockMode; readonly held: Held }) {
    this.path = path;
    this.mode = mode;
    this.#held = held;
  }

  /** False when somebody deleted or replaced the lock file: then another may hold "the" lock too. */
  isStillNamed(): boolean | Promise<boolean> {
    return this.#held?.isStillNamed() ?? false;
  }

  /** Lets go; a second call does nothing. On a share that hangs it is held until that answers. */
  release(): void {
    const held = this.#held;
    this.#held = null;
    held?.letGo();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** What a lock is: an open file, here or in the thread of its share. */
interface Held {
  isStillNamed(): boolean | Promise<boolean>;
  letGo(): void;
}

function heldHere(path: string, file: Deno.FsFile): Held {
  return {
    isStillNamed: () => isStillNamed(path, file),
    letGo() {
      try {
        if (CAN_UNLOCK) file.unlockSync();
      } catch (error) {
        // A share may know nothing of a file that was removed meanwhile; closing it lets go as well.
        if (errnoOf(error) === null) throw error;
      } finally {
        file.close();
      }
    },
  };
}

/** Whoever wants it next asks the same thread, after this. */
function heldThere(lock: number, share: ShareDoor): Held {
  return {
    isStillNamed: () => share.run({ kind: "is_named", lock }),
    letGo: () => void share.run({ kind: "unlock", lock }).catch(isThreadLost),
  };
}

/**
 * Waits for the lock on `path`, which is created when it is missing (its folder must exist).
 *
 * @throws LabferryError `lock_timeout` naming the file; `device_lost` when its share does not answer,
 * up to half a second later; `no_locks` on a file system without locks; the signal's reason when it
 * aborts.
 */
export async function lockFile(path: string, options: LockOptions): Promise<FileLock> {
  const { mode, timeoutMs = DEFAULT_TIMEOUT_MS, signal, clock = systemClock } = options;
  const startedMs = clock.monotonicMs();
  let longestMs = FIRST_WAIT_MS;
  while (true) {
    signal?.throwIfAborted();
    const leftMs = () => timeoutMs - (clock.monotonicMs() - startedMs);
    const answerMs = Math.max(leftMs(), LEAST_ANSWER_MS);
    const lock = await tryLockSoon(path, { mode, signal, timeoutMs: answerMs });
    if (lock) return lock;
    if (leftMs() <= 0) throw timedOut(path, timeoutMs);
    // Half fixed, half random: waiters do not march in step, and none waits much longer than others.
    const waitMs = longestMs * (0.5 + Math.random() / 2);
    await clock.sleep(Math.min(waitMs, Math.max(0, leftMs())), signal);
    longestMs = Math.min(longestMs * 2, LONGEST_WAIT_MS);
  }
}

/**
 * As `tryLockFile`, for a path that may be on a share. A lock that such a share gives when nobody waits any
 * more is let go at once.
 *
 * @throws LabferryError `device_lost` when the share is silent; the signal's reason when it aborts
 */
export async function tryLockSoon(
  path: string,
  { mode, ...wait }: ShareWait & { readonly mode: LockMode },
): Promise<FileLock | null> {
  const share = await shareOf(path, wait);
  if (share === null) return tryLockFile(path, { mode });
  const late = (lock: FileLock | null) => lock?.release();
  return await unlessSilent({ ...wait, path, late }, async () => {
    const lock = await share.run({ kind: "lock", path, mode });
    return lock === null ? null : new FileLock(path, { mode, held: heldThere(lock, share) });
  });
}

/** Takes the lock on `path` if nobody holds it against `mode`; null otherwise. Never waits. */
export function tryLockFile(path: string, options: { readonly mode: LockMode }): FileLock | null {
  for (let i = 0; i < MAX_REOPENINGS; i++) {
    const file = openLockFile(path);
    let kept = false;
    try {
      if (!file.tryLockSync(options.mode === "exclusive")) return null;
      if (isStillNamed(path, file)) {
        kept = true;
        return new FileLock(path, { mode: options.mode, held: heldHere(path, file) });
      }
    } catch (error) {
      throw lockFailure(error, path);
    } finally {
      if (!kept) file.close();
    }
  }
  return null;
}

function openLockFile(path: string): Deno.FsFile {
  refuseUnlessPlain(path);
  try {
    return Deno.openSync(path, { read: true, write: true, create: true });
  } catch (error) {
    // Another account's lock file: flock needs no more than an open file.
    if (errnoOf(error) !== "EACCES") throw notOpened(path, error);
    try {
      return Deno.openSync(path, { read: true });
    } catch (second) {
      throw errnoOf(second) === null ? second : notOpened(path, error);
    }
  }
}

function notOpened(path: string, error: unknown): unknown {
  return diskFailure(error, `The lock file ${path} could not be opened`, path);
}

/** Some shares have no locks at all, and two writers without one would undo each other's work. */
function lockFailure(error: unknown, path: string): unknown {
  const name = errnoOf(error);
  if (name !== "ENOLCK" && name !== "ENOSYS" && name !== "ENOTSUP") {
    return diskFailure(error, `The lock ${path} could not be taken`, path);
  }
  return diskError("no_locks", `${path} could not be locked`, {
    path,
    why: "the file system it is on has no file locks",
    hint: "Put that folder on a local disk, or mount the share so that it has locks (NFS: lockd; " +
      "SMB: without nobrl).",
    cause: error,
  });
}

function timedOut(path: string, timeoutMs: number): LabferryError {
  return diskError("lock_timeout", `${path} stayed locked for ${timeoutMs / 1000} s`, {
    path,
    why: "another program is working on it",
    hint: "Wait for that program or end it, then try again; do not delete the lock file.",
  });
}
