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
  setAside: 1,
  list: 2,
  nameHabits: 1,
  push: 2,
  hash: 2,
  flush: 2,
};
const MOST_COMMITS = 25;

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
  assert.ok(commits.count > 5, "the commits are not counted any more");
});

/** Transactions that every connection of this thread ends, and writes outside of any. */
function countCommits(): Disposable & { readonly count: number } {
  const { run } = Connection.prototype;
  const counted = {
    count: 0,
    [Symbol.dispose]: () => void (Connection.prototype.run = run),
  };
  Connection.prototype.run = function (sql, values) {
    const isAlone = !this.database.isTransaction && !sql.startsWith("BEGIN");
    if (sql === "COMMIT" || isAlone) counted.count++;
    return run.call(this, sql, values);
  };
  return counted;
}
