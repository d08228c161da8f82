/**
 * The one door to SQLite: prepared statements, kept, and transactions. A statement outside a
 * transaction commits by itself. Nothing here waits longer than the connection's `timeoutMs`,
 * because waiting blocks the whole process.
 */
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import type { Clock } from "../base/mod.ts";
import { queueError } from "./errors.ts";
import { WriteFaults } from "./write_fault.ts";

export type Value = SQLInputValue;

export interface ConnectionOptions {
  readonly clock: Clock;
  readonly readOnly: boolean;
  readonly timeoutMs: number;
}

export class Connection implements Disposable {
  readonly path: string;
  readonly clock: Clock;
  /** For `backup()` only, which works on the database itself. */
  readonly database: DatabaseSync;
  readonly writeFaults: WriteFaults;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  /** Something was committed that a power cut could still take back. */
  #isUnflushed = false;

  /** @throws {LabferryError} `queue_unreadable` when there is nothing that could be opened. */
  constructor(path: string, options: ConnectionOptions) {
    this.path = path;
    this.clock = options.clock;
    this.writeFaults = new WriteFaults(options.clock);
    try {
      this.database = new DatabaseSync(path, {
        readOnly: options.readOnly,
        timeout: options.timeoutMs,
      });
    } catch (error) {
      throw queueError(error, path);
    }
  }

  /** The first row, or undefined. */
  get<Row>(sql: string, values: readonly Value[] = []): Row | undefined {
    return this.#guarded(() => this.#statement(sql).get(...values) as Row | undefined);
  }

  all<Row>(sql: string, values: readonly Value[] = []): Row[] {
    return this.#guarded(() => this.#statement(sql).all(...values) as Row[]);
  }

  /** Runs a statement and says how many rows it changed. */
  run(sql: string, values: readonly Value[] = []): number {
    return this.#guarded(() => Number(this.#statement(sql).run(...values).changes));
  }

  /**
   * Runs `work` in one IMMEDIATE transaction: all of it is committed and on the disk, or none of it.
   * Inside another transaction it becomes a part of that one. `work` must not be async: an await
   * would let others' statements into the transaction.
   *
   * With `flush: false` the commit holds against a kill, and against a power cut from the next flushed
   * commit on: the log is one, so a cut takes back the last commits, never one from among them. For
   * whatever a new start would do again.
   */
  transaction<T>(work: () => T, { flush = true }: { readonly flush?: boolean } = {}): T {
    if (this.#depth > 0) return this.#transaction(work);
    if (this.writeFaults.now !== null) return this.#afterFault(() => this.#outer(work, flush));
    return this.#outer(work, flush);
  }

  /** A commit that wrote something says that the disk takes it again. */
  #afterFault<T>(work: () => T): T {
    const before = this.#changes();
    const result = work();
    if (this.#changes() > before) this.writeFaults.wentWell();
    return result;
  }

  #outer<T>(work: () => T, flush: boolean): T {
    if (flush) return this.#flushed(() => this.#transaction(work));
    this.#setFlushing(false);
    try {
      const result = this.#transaction(work);
      this.#isUnflushed = true;
      return result;
    } finally {
      this.#setFlushing(true);
    }
  }

  /** One statement by itself, as a transaction that does not flush; says how many rows it changed. */
  runUnflushed(sql: string, values: readonly Value[] = []): number {
    return this.transaction(() => this.run(sql, values), { flush: false });
  }

  /** Puts on the disk whatever was committed without: before anybody outside is told of it. */
  flush(): void {
    if (!this.#isUnflushed) return;
    const sql = "INSERT INTO meta (key, value) VALUES ('flushed', 1) ON CONFLICT DO UPDATE SET " +
      "value = value + 1";
    this.transaction(() => this.run(sql));
  }

  /** A commit that wrote anything brings what was left before it to the disk. */
  #flushed<T>(work: () => T): T {
    if (!this.#isUnflushed) return work();
    const before = this.#changes();
    const result = work();
    if (this.#changes() > before) this.#isUnflushed = false;
    return result;
  }

  #changes(): number {
    return this.get<{ n: number }>("SELECT total_changes() AS n")!.n;
  }

  /** Takes effect when it is prepared, so it is prepared each time. */
  #setFlushing(flushes: boolean): void {
    this.database.exec(`PRAGMA synchronous = ${flushes ? "FULL" : "NORMAL"}`);
  }

  #transaction<T>(work: () => T): T {
    const [begin, commit, undo] = this.#depth === 0
      ? ["BEGIN IMMEDIATE", ["COMMIT"], ["ROLLBACK"]] as const
      : ["SAVEPOINT part", ["RELEASE part"], ["ROLLBACK TO part", "RELEASE part"]] as const;
    this.run(begin);
    this.#depth++;
    try {
      const result = work();
      if (result instanceof Promise) throw new TypeError("a transaction's work must not be async");
      for (const sql of commit) this.run(sql);
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back by itself; then there is nothing left to undo.
      if (this.database.isTransaction) { for (const sql of undo) this.run(sql); }
      throw error;
    } finally {
      this.#depth--;
    }
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    if (this.database.isOpen) this.database.close();
  }

  #statement(sql: string): StatementSync {
    // After SQLite's own rollback a statement would commit by itself, half of the work on its own.
    if (this.#depth > 0 && !this.database.isTransaction) {
      throw new Error("the transaction was rolled back by the database");
    }
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const told = queueError(error, this.path);
      this.writeFaults.failed(told);
      throw told;
    }
  }
}

/** Now, as every column of the queue writes it. */
export function nowText(connection: Connection): string {
  return connection.clock.now().toISOString();
}
