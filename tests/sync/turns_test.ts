/**
 * Nobody waits for a large run: however many files it has, the queue's rows are gone through in pieces,
 * with a turn of the event loop between them. Nothing is timed here; rows are counted, and SQLite is
 * asked how far each statement can reach.
 */
import assert from "node:assert/strict";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { setImmediate } from "node:timers";
import { openBench } from "./bench.ts";

const FILES = 2_600;
/** A slice of 500 is changed by up to four statements, and answers of several threads may come at once. */
const MOST_ROWS = 2_500;
/** Tables of which one run may have a million rows. */
const LONG = ["files", "seal_files", "seal_gone", "look_entries", "look_names", "once_ours"];

Deno.test("a delivery goes through a run's rows in pieces, and no statement reaches over them all", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun({});
  for (let i = 0; i < FILES; i++) {
    Deno.writeTextFileSync(`${run}/f${i}.dat`, i % 10 === 0 ? "x" : "");
  }
  bench.enqueue(run);
  using spy = spyOnRows();
  assert.equal((await bench.deliver(run)).state, "verified");
  // Once more, with everything there and every file touched: the other ways through the list.
  for (let i = 0; i < FILES; i++) Deno.utimeSync(`${run}/f${i}.dat`, 1_700_000_000, 1_700_000_000);
  assert.equal((await bench.seal(run)).changed, false);
  for (let i = 0; i < FILES; i++) Deno.writeTextFileSync(`${run}/f${i}.dat`, "other");
  assert.equal((await bench.seal(run)).job.generation, 2);
  assert.equal((await bench.deliver(run)).state, "verified");
  assert.ok(spy.mostRows > 100, "rows are not counted any more");
  assert.ok(spy.mostRows <= MOST_ROWS, `${spy.mostRows} rows between two turns`);
  using database = new DatabaseSync(bench.lab.stateDir.queueFile, { readOnly: true });
  const unbounded = [...spy.statements].flatMap((sql) => reachesFar(database, sql));
  assert.deepEqual(unbounded, []);
  assert.equal(reachesFar(database, "SELECT count(*) FROM files WHERE job = 1").length, 1);
});

/** Counts rows that statements give or change between two turns of the event loop. */
function spyOnRows(): Disposable & { readonly mostRows: number; readonly statements: Set<string> } {
  using database = new DatabaseSync(":memory:");
  const prototype = Object.getPrototypeOf(database.prepare("SELECT 1")) as StatementSync;
  const { all, run } = prototype;
  const spied = { mostRows: 0, statements: new Set<string>(), [Symbol.dispose]: restore };
  let rows = 0;
  let isWatching = true;
  const count = (statement: StatementSync, more: number) => {
    spied.statements.add(statement.sourceSQL);
    rows += more;
    spied.mostRows = Math.max(spied.mostRows, rows);
  };
  prototype.all = function (this: StatementSync, ...values: unknown[]) {
    const found = all.apply(this, values as Parameters<typeof all>);
    count(this, found.length);
    return found;
  } as typeof all;
  prototype.run = function (this: StatementSync, ...values: unknown[]) {
    const result = run.apply(this, values as Parameters<typeof run>);
    count(this, Number(result.changes));
    return result;
  } as typeof run;
  const turn = () => {
    rows = 0;
    if (isWatching) setImmediate(turn);
  };
  turn();
  function restore(): void {
    isWatching = false;
    Object.assign(prototype, { all, run });
  }
  return spied;
}

/** Steps of a statement's plan that go through all rows one run has in a long table. */
function reachesFar(database: DatabaseSync, sql: string): string[] {
  if (!/^\s*(SELECT|UPDATE|DELETE|INSERT)\b/.test(sql) || /\bLIMIT (?!-1)/.test(sql)) return [];
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as { detail: string }[];
  return plan.flatMap(({ detail }) => {
    const [, table = ""] = /^(?:SCAN|SEARCH) (\w+)/.exec(detail) ?? [];
    if (!LONG.includes(tableOf(sql, table))) return [];
    const isBounded = /\b(path|key|file_id)=\?|\b(path|key)<\?/.test(detail);
    return isBounded ? [] : [`${detail}: ${sql}`];
  });
}

/** A statement may call its tables by a letter. */
function tableOf(sql: string, name: string): string {
  if (LONG.includes(name)) return name;
  const called = new RegExp(`\\b(\\w+)(?: AS)? ${name}\\b`).exec(sql);
  return called?.[1] ?? name;
}
