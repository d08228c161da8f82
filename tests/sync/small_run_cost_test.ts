/**
 * What one small run costs, whatever the machine: how often the far side is asked, and how often the
 * queue's disk has to keep something. The ceilings are what was counted; more needs a reason.
 */
import assert from "node:assert/strict";
import { Connection } from "../../lib/queue/connection.ts";
import { openBench } from "./bench.ts";
import { watched } from "./watched_transport.ts";

/** Twenty files of 50 KB. */
const FILES = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`plane_${i}.dat`, "x".repeat(50_000)]),
);

/** By call of a session, in one delivery from the queue to verified, onto a mount. */
const MOST_CALLS: Readonly<Record<string, number>> = {
  connect: 2,
  check: 8,
  getFiles: 12,
  putFiles: 3,
  list: 2,
  nameHabits: 1,
  push: 1,
  hash: 1,
  flush: 2,
};
/** Claimed (here by hand), sealed, prepared, pass committed, verified; the rest is done again. */
const MOST_FLUSHES = 5;
const MOST_COMMITS = 21;

Deno.test("a small run asks the far side and the queue's disk no more often than it did", async () => {
  const calls = new Map<string, number>();
  await using bench = await openBench({
    wrap: (transport) =>
      watched(transport, ({ op }) => void calls.set(op, (calls.get(op) ?? 0) + 1)),
  });
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  calls.clear();
  using commits = countCommits();
  assert.equal((await bench.deliver(run)).state, "verified");
  for (const [op, count] of calls) {
    assert.ok(count <= (MOST_CALLS[op] ?? 0), `${op}: ${count} calls`);
  }
  assert.ok(commits.count <= MOST_COMMITS, `${commits.count} commits`);
  assert.ok(commits.flushed <= MOST_FLUSHES, `${commits.flushed} flushed commits`);
  assert.ok(commits.flushed > 1, "the commits are not counted any more");
});

/** Transactions of this thread that wrote something, and those of them that waited for the disk. */
function countCommits(): Disposable & { readonly count: number; readonly flushed: number } {
  const { run } = Connection.prototype;
  const counted = {
    count: 0,
    flushed: 0,
    [Symbol.dispose]: () => void (Connection.prototype.run = run),
  };
  let before = 0;
  Connection.prototype.run = function (sql, values) {
    const one = (pragma: string) => Object.values(this.database.prepare(pragma).get()!)[0];
    const changes = () => Number(one("SELECT total_changes()"));
    const isAlone = !this.database.isTransaction && !sql.startsWith("BEGIN");
    if (isAlone || sql.startsWith("BEGIN")) before = changes();
    const result = run.call(this, sql, values);
    if ((sql === "COMMIT" || isAlone) && changes() > before) {
      counted.count++;
      // 2 is FULL.
      if (Number(one("PRAGMA synchronous")) === 2) counted.flushed++;
    }
    return result;
  };
  return counted;
}
