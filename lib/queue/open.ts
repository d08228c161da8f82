/**
 * Opening the database: make it when it is missing, check it, bring it to our version; or say by
 * code why it cannot be used. A damaged one is put aside whole, for a person to look at.
 *
 * The database's files are never opened with Deno's file functions while a connection of this
 * process is open on them: closing such a handle drops SQLite's POSIX locks, and another process
 * could write into the middle of a transaction (measured). Creating it exclusively and renaming it
 * open no existing file.
 */
import { type Clock, LabferryError, systemClock } from "../base/mod.ts";
import { lstatOrNullSync } from "../disk/mod.ts";
import { Connection } from "./connection.ts";
import { damaged, wrongFileSystem } from "./errors.ts";
import { keepCopy } from "./keep_copy.ts";
import { checkVersion, migrate, MIGRATIONS } from "./migrations.ts";

export interface OpenOptions {
  readonly clock?: Clock;
  readonly readOnly?: boolean;
  /** How long one statement waits for another process; it blocks everything. Default 1000. */
  readonly timeoutMs?: number;
}

export interface Opened {
  readonly connection: Connection;
  /** The database is new and empty: whatever was known must be rebuilt from the records. */
  readonly created: boolean;
  /** Where the database of an older labferry was kept before it was brought up to date. */
  readonly keptAs: string | null;
}

const IN_MEMORY = ":memory:";

/** "LFRQ": tells our database from anybody else's. */
const APPLICATION_ID = 0x4c465251;

/**
 * A database of up to this many pages (8 MiB, about 0.1 s) is checked whole at every start. A bigger
 * one would make starting slow; a truncated one SQLite notices by itself, other damage when it is met.
 */
const CHECKED_PAGES = 2048;

/** After a big commit the log is cut back to this; it would stay large for ever otherwise. */
const KEPT_LOG_BYTES = 64 * 1024 * 1024;

/**
 * @throws {LabferryError} `queue_missing` (read-only), `queue_newer`, `queue_older` (read-only),
 * `queue_foreign`, `queue_locked`, `queue_read_only`, `queue_unreadable`, `queue_damaged`,
 * `queue_full_disk`.
 */
export function openConnection(path: string, options: OpenOptions = {}): Opened {
  const { clock = systemClock, readOnly = false, timeoutMs = 1000 } = options;
  if (!exists(path)) prepareMissing(path, readOnly);
  const connection = new Connection(path, { clock, readOnly, timeoutMs });
  try {
    return { connection, ...setUp(connection, { readOnly, clock }) };
  } catch (error) {
    connection[Symbol.dispose]();
    throw error;
  }
}

/** A queue that holds nothing and is nowhere: what a reader sees where no database is. */
export function emptyConnection({ clock = systemClock }: Pick<OpenOptions, "clock">): Opened {
  const connection = new Connection(IN_MEMORY, { clock, readOnly: false, timeoutMs: 0 });
  return { connection, ...setUp(connection, { readOnly: false, clock }) };
}

/** What is wrong with the database, in SQLite's words; null when nothing is. Takes long when big. */
export function integrityFault(connection: Connection): string | null {
  const rows = connection.all<{ quick_check: string }>("PRAGMA quick_check(20)");
  const faults = rows.map((row) => row.quick_check).filter((line) => line !== "ok");
  return faults.length === 0 ? null : faults.join("; ");
}

/**
 * Renames the database and its companions to `<name>.damaged-<UTC>…` and says where it went.
 * No connection may be open on it.
 */
export function setAside(path: string, clock: Clock = systemClock): string {
  const stamp = clock.now().toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
  let target = `${path}.damaged-${stamp}Z`;
  for (let i = 2; COMPANIONS.some((end) => exists(target + end)); i++) {
    target = `${path}.damaged-${stamp}Z-${i}`;
  }
  // The database first: should we die in between, a log without a database is noticed as damage.
  // A plain rename: there are no bytes of ours to make durable, and redoing it is harmless.
  for (const end of COMPANIONS) {
    if (exists(path + end)) Deno.renameSync(path + end, target + end);
  }
  return target;
}

const COMPANIONS = ["", "-wal", "-shm"];

/** True when the database, or what is left of one without it, is there. */
export function leavesTrace(path: string): boolean {
  return COMPANIONS.some((end) => exists(path + end));
}

function prepareMissing(path: string, readOnly: boolean): void {
  if (exists(`${path}-wal`)) throw damaged(path, "its log is there, the database itself is gone");
  if (readOnly) {
    throw new LabferryError("queue_missing", "there is no queue yet", {
      path,
      hint: "it is made when the service starts or the first run is enqueued",
    });
  }
  try {
    // SQLite would make it 0644; its log takes over whatever mode the database has.
    Deno.openSync(path, { write: true, createNew: true, mode: 0o600 }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw creationError(error, path);
  }
}

function creationError(error: unknown, path: string): unknown {
  const known = error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotADirectory ||
    isReadOnlyFileSystem(error);
  if (!known) return error;
  return new LabferryError("queue_unreadable", "the queue cannot be made", {
    path,
    why: (error as Error).message,
    cause: error,
    hint: "check that the state directory exists and belongs to the user running labferry",
  });
}

/** EROFS has no class of its own in Deno. */
function isReadOnlyFileSystem(error: unknown): boolean {
  return error instanceof Error && (error as { code?: string }).code === "EROFS";
}

function setUp(
  connection: Connection,
  { readOnly, clock }: { readonly readOnly: boolean; readonly clock: Clock },
): Omit<Opened, "connection"> {
  const version = checkVersion(connection);
  const empty = version === 0 && !hasTables(connection);
  if (!empty) checkOurs(connection, version);
  if (readOnly) {
    if (version === MIGRATIONS.length) return { created: false, keptAs: null };
    throw new LabferryError("queue_older", "the queue has not been brought up to date yet", {
      path: connection.path,
      hint: "start the service once, or run any command that changes the queue",
    });
  }
  useWriteAheadLog(connection);
  // A new one is on the disk as a whole, not version by version.
  if (empty) connection.get("PRAGMA synchronous = NORMAL");
  for (
    const pragma of [
      "foreign_keys = ON",
      "trusted_schema = OFF",
      // Only macOS knows it: there a plain fsync may stop at the drive's cache.
      "fullfsync = ON",
      "checkpoint_fullfsync = ON",
      `journal_size_limit = ${KEPT_LOG_BYTES}`,
    ]
  ) connection.get(`PRAGMA ${pragma}`);
  checkWritable(connection, empty);
  const isOlder = !empty && version < MIGRATIONS.length;
  const keptAs = isOlder ? keepCopy(connection, clock) : null;
  migrate(connection);
  connection.get("PRAGMA synchronous = FULL");
  return { created: empty, keptAs };
}

/** Where it cannot be had SQLite says so in its answer, not by an error. */
function useWriteAheadLog(connection: Connection): void {
  const { journal_mode: mode } = connection.get<{ journal_mode: string }>(
    "PRAGMA journal_mode = WAL",
  )!;
  if (mode === "wal" || connection.path === IN_MEMORY) return;
  throw wrongFileSystem(connection.path, `a write-ahead log is refused there (${mode})`);
}

/** Says at the start, not at the first job, that nothing can be written; marks a new one as ours. */
function checkWritable(connection: Connection, empty: boolean): void {
  connection.transaction(() => {
    if (empty) connection.run(`PRAGMA application_id = ${APPLICATION_ID}`);
    // A write that changes nothing: BEGIN IMMEDIATE alone succeeds on a read-only file.
    else connection.run("UPDATE meta SET value = value WHERE key = ''");
  });
}

function checkOurs(connection: Connection, version: number): void {
  const { application_id: id } = connection.get<{ application_id: number }>(
    "PRAGMA application_id",
  )!;
  if (id !== APPLICATION_ID || version === 0) {
    throw new LabferryError("queue_foreign", "this is a database, but not a queue of labferry's", {
      path: connection.path,
      hint: "move the file away, or choose another state directory; nothing was changed",
    });
  }
  const { page_count: pages } = connection.get<{ page_count: number }>("PRAGMA page_count")!;
  if (pages > CHECKED_PAGES) return;
  const fault = integrityFault(connection);
  if (fault !== null) throw damaged(connection.path, fault);
}

function hasTables(connection: Connection): boolean {
  return connection.get("SELECT 1 FROM sqlite_schema LIMIT 1") !== undefined;
}

export function exists(path: string): boolean {
  return lstatOrNullSync(path) !== null;
}
