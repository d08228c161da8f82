/**
 * SQLite's failures as errors a person can act on. Everything that can happen to a healthy program
 * (disk full, locked, read-only, damaged) gets a code; a violated CHECK is a bug and stays raw.
 */
import { LabferryError, messageOf } from "../base/mod.ts";

interface SqliteError extends Error {
  readonly code: "ERR_SQLITE_ERROR";
  /** The extended result code; missing on errors of `open` and `exec`. */
  readonly errcode?: number;
}

/** Primary result codes, https://www.sqlite.org/rescode.html */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const PROTOCOL = 15;
const NOLFS = 22;
const NOTADB = 26;

/**
 * Extended codes of IOERR that a disk never gives, but a file system without the locks or the shared
 * memory that a write-ahead log needs: LOCK, RDLOCK, UNLOCK, CHECKRESERVEDLOCK, SHMOPEN, SHMSIZE,
 * SHMLOCK, SHMMAP.
 */
const NO_SHARED_LOG = new Set([15, 9, 8, 14, 18, 19, 20, 21].map((n) => IOERR | (n << 8)));

/** Translates what SQLite threw; anything it did not throw comes back as it is. */
export function queueError(error: unknown, path: string): unknown {
  if (!isSqliteError(error)) return error;
  const details = { path, cause: error, why: messageOf(error) };
  if (NO_SHARED_LOG.has(error.errcode ?? 0)) return wrongFileSystem(path, messageOf(error), error);
  switch (primaryCode(error)) {
    case BUSY:
    case LOCKED:
      return new LabferryError("queue_locked", "the queue is in use by another process", {
        ...details,
        hint: "wait for the other labferry to finish, or talk to the running service instead",
      });
    case READONLY:
      return new LabferryError("queue_read_only", "the queue cannot be written", {
        ...details,
        hint: "check the permissions of the state directory and of the database in it",
      });
    case IOERR:
      return new LabferryError("queue_io", "the queue's disk reported an error", {
        ...details,
        hint: "check the disk of the state directory; nothing half-written was kept",
      });
    case FULL:
      return new LabferryError("queue_full_disk", "the disk of the queue is full", {
        ...details,
        hint: "make room on the disk of the state directory; the last good state was kept",
      });
    case CANTOPEN:
      return new LabferryError("queue_unreadable", "the queue cannot be opened", {
        ...details,
        hint: "check that the state directory exists and belongs to the user running labferry",
      });
    case PROTOCOL:
    case NOLFS:
      return wrongFileSystem(path, messageOf(error), error);
    case CORRUPT:
    case NOTADB:
      return damaged(path, messageOf(error), error);
    default:
      return error;
  }
}

/** The error for which `Queue.openOrSetAside` puts the files aside. */
export function damaged(path: string, why: string, cause?: unknown): LabferryError {
  return new LabferryError("queue_damaged", "the queue's database is damaged", {
    path,
    why,
    cause,
    hint: "run `labferry queue rebuild`: it is put aside and made anew from the records",
  });
}

/** A share, as a rule: SQLite's write-ahead log needs locks and memory shared between processes. */
export function wrongFileSystem(path: string, why: string, cause?: unknown): LabferryError {
  return new LabferryError("queue_wrong_place", "the queue cannot be kept on this file system", {
    path,
    why,
    cause,
    hint: "put the state directory on a local disk (--state-dir or LABFERRY_STATE_DIR)",
  });
}

export function isDamage(error: unknown): error is LabferryError {
  return error instanceof LabferryError && error.code === "queue_damaged";
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && (error as Partial<SqliteError>).code === "ERR_SQLITE_ERROR";
}

function primaryCode(error: SqliteError): number | null {
  if (error.errcode !== undefined) return error.errcode & 0xff;
  return error.message.startsWith("unable to open database file") ? CANTOPEN : null;
}
