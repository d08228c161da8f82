/**
 * How long a process lives. Each of its effects (a far call, a change on a disk, a commit of the queue)
 * is asked for here first; when its number has come the process dies between two of them, and whatever
 * its code still tries has no effect.
 */
import { DatabaseSync } from "node:sqlite";
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

/** Whose queue it is that commits now, and whether its disk has room. */
interface QueueOwner {
  readonly fate: Fate;
  readonly isFull: () => boolean;
}

let owner: QueueOwner | null = null;
let isInstalled = false;
let latest: DatabaseSync | null = null;
const { prepare } = DatabaseSync.prototype;

/** What stands in the queue that was opened last, asked past the product and past every fate. */
export function rowsOf<Row>(sql: string, values: readonly (string | number)[]): Row[] {
  return latest?.isOpen ? prepare.call(latest, sql).all(...values) as Row[] : [];
}

/** From now on this process is asked before each commit of a queue. */
export function ownQueue(next: QueueOwner | null): void {
  owner = next;
  if (!isInstalled) install();
  isInstalled = true;
}

type Statement = ReturnType<DatabaseSync["prepare"]>;
const WRITES = /^\s*(INSERT|UPDATE|DELETE)/i;

/** The door to SQLite: every statement of the queue is prepared once, and then asks before it runs. */
function install(): void {
  const seen = new WeakSet<DatabaseSync>();
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string): Statement {
    if (!seen.has(this)) {
      seen.add(this);
      latest = this;
      // Nobody else is there; without its shared memory SQLite is twice as fast.
      prepare.call(this, "PRAGMA locking_mode = EXCLUSIVE").get();
    }
    const statement = prepare.call(this, sql);
    const isCommit = sql === "COMMIT";
    const isWrite = WRITES.test(sql);
    for (const name of ["run", "get", "all"] as const) {
      const real = statement[name].bind(statement) as (...values: never[]) => never;
      statement[name] = ((...values: never[]) => {
        if (owner === null) return real(...values);
        const { fate, isFull } = owner;
        fate.refuseDead();
        if (!isCommit && (!isWrite || this.isTransaction)) return real(...values);
        fate.take("commit");
        if (isFull()) throw full();
        const result = real(...values);
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
