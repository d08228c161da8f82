/**
 * The door to SQLite. A process is asked before each commit of its queue, and what a dead one still tries
 * comes to nothing. Behind the door one connection a file outlives processes and lives, with its
 * statements: to open a database and to prepare all over again what was prepared before took most of a
 * life's time. Whatever stands in a queue is on its file after each commit, as with any other connection.
 */
import { DatabaseSync } from "node:sqlite";
import { processNow, type SimProcess } from "./process.ts";

type Statement = ReturnType<DatabaseSync["prepare"]>;
type Row = Record<string, unknown>;

const real = {
  prepare: DatabaseSync.prototype.prepare,
  exec: DatabaseSync.prototype.exec,
  close: DatabaseSync.prototype.close,
};

/** The connection behind all that open one file. */
interface Kept {
  readonly database: DatabaseSync;
  readonly inode: number | null;
  readonly statements: Map<string, Statement>;
  /** What it was set to, by the setting's name. */
  readonly settings: Map<string, string>;
}

const kept = new Map<string, Kept>();
/** Queues that a process has open. */
const opened = new Map<string, DatabaseSync>();

/** Set before it is looked at: a file that is not the one that was kept is opened anew. */
function keptAt(file: string): Kept {
  const inode = Deno.lstatSync(file).ino;
  const known = kept.get(file);
  if (known?.inode === inode) return known;
  forgetQueue(file);
  const database = new DatabaseSync(file);
  try {
    for (const pragma of SETTINGS) real.prepare.call(database, `PRAGMA ${pragma}`).get();
  } catch (error) {
    real.close.call(database);
    throw error;
  }
  const made = {
    database,
    inode,
    statements: new Map<string, Statement>(),
    settings: new Map<string, string>(),
  };
  kept.set(file, made);
  return made;
}

/** Nobody else is there, and no power is cut but the life's: what a log and flushes are for. */
const SETTINGS = ["locking_mode = EXCLUSIVE", "journal_mode = MEMORY", "synchronous = OFF"];

/** The connection is closed: the file may go, or become something else. */
export function forgetQueue(file: string): void {
  const known = kept.get(file);
  kept.delete(file);
  if (known) real.close.call(known.database);
}

let stamps = 1 << 20;

/** Puts a whole database where the queue is, which nobody has open. */
export function putQueue(file: string, bytes: Uint8Array): void {
  const known = kept.get(file);
  if (known === undefined) return Deno.writeFileSync(file, bytes);
  const { database } = known;
  // It lets go of its lock with the next reading, and then looks whether the file is another.
  real.prepare.call(database, "PRAGMA locking_mode = NORMAL").get();
  real.prepare.call(database, "SELECT 1 FROM sqlite_schema LIMIT 1").get();
  const stamped = bytes.slice();
  const view = new DataView(stamped.buffer);
  // SQLite tells by its counter of changes: no two contents have the same.
  for (const at of COUNTERS) view.setUint32(at, ++stamps);
  view.setUint32(COUNTERS[1], view.getUint32(COUNTERS[0]));
  Deno.writeFileSync(file, stamped);
  real.prepare.call(database, "PRAGMA locking_mode = EXCLUSIVE").get();
}

/** https://www.sqlite.org/fileformat2.html: the counter, and for which counter the size is true. */
const COUNTERS = [24, 92] as const;

function statementOf({ database, statements }: Kept, sql: string): Statement {
  let statement = statements.get(sql);
  if (!statement) {
    statement = real.prepare.call(database, sql);
    statements.set(sql, statement);
  }
  return statement;
}

/** What stands in a queue that is open, asked past the product and past every fate. */
export function rowsOf<Row>(
  { file, sql }: { readonly file: string; readonly sql: string },
  values: readonly (string | number)[],
): Row[] {
  const one = opened.has(file) ? kept.get(file) : undefined;
  return one ? statementOf(one, sql).all(...values) as Row[] : [];
}

/** Rows of that queue that were changed since; null when nobody has it open. */
export function changesOf(file: string): number | null {
  const one = opened.has(file) ? kept.get(file) : undefined;
  return one ? changesIn(one) : null;
}

function changesIn(one: Kept): number {
  return statementOf(one, "SELECT total_changes() AS n").get()!["n"] as number;
}

let isInstalled = false;

/** From now on a process is asked before each commit of its queue. */
export function installQueueDoor(): void {
  if (!isInstalled) install();
  isInstalled = true;
}

/** Opened by a process of a life. */
interface Opened {
  readonly file: string;
  readonly owner: SimProcess;
  readonly one: Kept;
  /** Commits stay in the system's memory for now. */
  isLazy: boolean;
}

const WRITES = /^\s*(INSERT|UPDATE|DELETE)/i;

function install(): void {
  const doors = new WeakMap<DatabaseSync, Opened | null>();
  const doorOf = (database: DatabaseSync): Opened | null => {
    const known = doors.get(database);
    if (known !== undefined) return known;
    const [owner, file] = [processNow(), database.location()];
    const door = owner && file !== null ? { file, owner, one: keptAt(file), isLazy: false } : null;
    doors.set(database, door);
    if (!door) return null;
    opened.set(door.file, database);
    Object.defineProperty(database, "isTransaction", {
      get: () => door.one.database.isTransaction,
    });
    return door;
  };
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    const door = doorOf(this);
    if (!door) return real.exec.call(this, sql);
    if (sql === "PRAGMA synchronous = NORMAL") door.isLazy = true;
    else if (sql === "PRAGMA synchronous = FULL") door.isLazy = false;
    else real.exec.call(door.one.database, sql);
  };
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string): Statement {
    const door = doorOf(this);
    return door ? guarded(door, sql) : real.prepare.call(this, sql);
  };
  DatabaseSync.prototype.close = function (this: DatabaseSync): void {
    const door = doors.get(this);
    if (door) {
      if (opened.get(door.file) === this) opened.delete(door.file);
      if (door.one.database.isTransaction) real.exec.call(door.one.database, "ROLLBACK");
    }
    real.close.call(this);
  };
}

/** Every statement of the queue is prepared once, and asks before it runs. */
function guarded(door: Opened, sql: string): Statement {
  const { owner: { fate, isQueueFull }, one } = door;
  const answer = ANSWERS[sql] ?? settingOf(one, sql);
  if (answer) return answer;
  const statement = statementOf(one, sql);
  const isCommit = sql === "COMMIT";
  const isWrite = WRITES.test(sql);
  const changes = () => changesIn(one);
  const { database } = one;
  const asked = (name: "run" | "get" | "all") => (...values: never[]): never => {
    if (fate.isDead) fate.refuseDead();
    if (!isCommit && (!isWrite || database.isTransaction)) {
      return statement[name](...values) as never;
    }
    fate.take("commit");
    if (isQueueFull()) throw full();
    const result = statement[name](...values) as never;
    fate.queueStates?.committed({ isFlushed: !door.isLazy, changes });
    fate.take("committed");
    return result;
  };
  return { run: asked("run"), get: asked("get"), all: asked("all") } as unknown as Statement;
}

const NOTHING = answering(undefined);

/** What is set for all who open it, as each of them would hear it. */
const ANSWERS: Readonly<Record<string, Statement>> = {
  "PRAGMA journal_mode = WAL": answering({ journal_mode: "wal" }),
  "PRAGMA synchronous = NORMAL": answering(undefined),
  "PRAGMA synchronous = FULL": answering(undefined),
};

/**
 * Most settings expire every statement of their connection, whether or not they change anything: all were
 * prepared anew after each start of a service, at a quarter of a millisecond for a change of a job. So each
 * is set once. Null: it is none, or a new one.
 */
function settingOf(one: Kept, sql: string): Statement | null {
  const [, name, value] = SETTING.exec(sql) ?? [];
  if (name === undefined || value === undefined) return null;
  if (one.settings.get(name) !== value) real.prepare.call(one.database, sql).get();
  one.settings.set(name, value);
  return NOTHING;
}

const SETTING =
  /^PRAGMA (foreign_keys|trusted_schema|fullfsync|checkpoint_fullfsync|journal_size_limit) = (\w+)$/;

function answering(row: Row | undefined): Statement {
  return { get: () => row, all: () => row ? [row] : [] } as unknown as Statement;
}

/** As SQLite says it. */
function full(): Error {
  const error = new Error("database or disk is full");
  return Object.assign(error, { code: "ERR_SQLITE_ERROR", errcode: 13 });
}
