/**
 * How long a process lives. Each of its effects (a far call, a change on a disk, a commit of the queue)
 * is asked for here first; when its number has come the process dies between two of them, and whatever
 * its code still tries has no effect.
 */
import { DatabaseSync } from "node:sqlite";
import { processNow, type SimProcess } from "./process.ts";
import { QueueStates } from "./queue_files.ts";
import type { SimTime } from "./sim_clock.ts";

/** What a dead process meets at every door. No room of labferry knows it. */
export class Killed extends Error {
  override readonly name = "Killed";
}

export class Fate {
  isDead = false;
  /** Effects until it dies; null: it lives. */
  left: number | null = null;
  /** All effects so far. */
  effects = 0;
  /** What it did last. */
  last = "";
  /** With it the computer loses power: what it has not flushed is lost or torn. */
  isPowerCut = false;
  /** Told when it goes: nobody else on the computer lives on. */
  onPowerCut: () => void = () => {};
  /** What a power cut may leave of the queue, while one is to come. */
  queueStates: QueueStates | null = null;
  /** Told before each effect: what goes on in the world meanwhile. */
  meanwhile: (what: string) => void = () => {};

  constructor(private readonly time: SimTime) {}

  /** @throws Killed */
  take(what: string): void {
    this.time.activity++;
    this.refuseDead();
    if (this.left !== null && this.left-- <= 0) {
      this.last = what;
      this.isDead = true;
      if (this.isPowerCut) this.onPowerCut();
      throw new Killed(`killed before: ${what}`);
    }
    this.effects++;
    this.last = what;
    this.meanwhile(what);
  }

  /** @throws Killed */
  refuseDead(): void {
    if (this.isDead) throw new Killed("a dead process does nothing");
  }
}

let isInstalled = false;
const { prepare, exec } = DatabaseSync.prototype;

/** By its file, the queue that was opened there last. */
const opened = new Map<string, DatabaseSync>();

/** What stands in a queue, asked past the product and past every fate. */
export function rowsOf<Row>(
  { file, sql }: { readonly file: string; readonly sql: string },
  values: readonly (string | number)[],
): Row[] {
  const database = opened.get(file);
  return database?.isOpen ? prepare.call(database, sql).all(...values) as Row[] : [];
}

/** Rows of that queue that were changed since it was opened. */
export function changesOf(file: string): number | null {
  const database = opened.get(file);
  if (!database?.isOpen) return null;
  let statement = counting.get(database);
  if (!statement) {
    statement = prepare.call(database, "SELECT total_changes() AS n");
    counting.set(database, statement);
  }
  return statement.get()!["n"] as number;
}

const counting = new WeakMap<DatabaseSync, ReturnType<DatabaseSync["prepare"]>>();

/** From now on a process is asked before each commit of its queue. */
export function installQueueDoor(): void {
  if (!isInstalled) install();
  isInstalled = true;
}

type Statement = ReturnType<DatabaseSync["prepare"]>;
const WRITES = /^\s*(INSERT|UPDATE|DELETE)/i;

/** The door to SQLite: every statement of the queue is prepared once, and then asks before it runs. */
function install(): void {
  const owners = new WeakMap<DatabaseSync, SimProcess | null>();
  /** Databases whose commits stay in the system's memory for now. */
  const lazy = new WeakSet<DatabaseSync>();
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
    if (sql === "PRAGMA synchronous = NORMAL") lazy.add(this);
    else if (sql === "PRAGMA synchronous = FULL") lazy.delete(this);
    return exec.call(this, sql);
  };
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string): Statement {
    if (!owners.has(this)) {
      owners.set(this, processNow());
      const file = this.location();
      if (file !== null) opened.set(file, this);
      // Nobody else is there; without its shared memory SQLite is twice as fast.
      prepare.call(this, "PRAGMA locking_mode = EXCLUSIVE").get();
    }
    const owner = owners.get(this);
    const statement = prepare.call(this, sql);
    if (!owner) return statement;
    const { fate, isQueueFull } = owner;
    const isCommit = sql === "COMMIT";
    const changes = () => prepare.call(this, "SELECT total_changes() AS n").get()!["n"] as number;
    const isWrite = WRITES.test(sql);
    for (const name of ["run", "get", "all"] as const) {
      const real = statement[name].bind(statement) as (...values: never[]) => never;
      statement[name] = ((...values: never[]) => {
        fate.refuseDead();
        if (!isCommit && (!isWrite || this.isTransaction)) return real(...values);
        fate.take("commit");
        if (isQueueFull()) throw full();
        const result = real(...values);
        fate.queueStates?.committed({ isFlushed: !lazy.has(this), changes });
        fate.take("committed");
        return result;
      }) as never;
    }
    return statement;
  };
}

/** As SQLite says it. */
function full(): Error {
  const error = new Error("database or disk is full");
  return Object.assign(error, { code: "ERR_SQLITE_ERROR", errcode: 13 });
}
