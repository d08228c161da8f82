/**
 * What one small run costs, whatever the machine: how often the far side is asked, how often the
 * queue's disk has to keep something, and how often a disk thread is asked and started. The ceilings
 * are what was counted; more needs a reason.
 */
import assert from "node:assert/strict";
import { Connection } from "../../lib/queue/connection.ts";
import { DiskThread } from "../../lib/disk/disk_thread.ts";
import { openBench } from "./bench.ts";
import { watched } from "./watched_transport.ts";

/** Twenty files of 50 KB. */
const FILES = Object.fromEntries(
  Array.from({ length: 20 }, (_, i) => [`plane_${i}.dat`, "x".repeat(50_000)]),
);

/** By call of a session, in one delivery from the queue to verified, onto a mount. */
const MOST_CALLS: Readonly<Record<string, number>> = {
  connect: 2,
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
/** Looking, reading, writing, copying, hashing and walking, each a message there and one back. */
const MOST_MESSAGES = 35;
/** A thread is 25 ms of a run, in which the program answers nothing. */
const MOST_THREADS = 1;

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
  using messages = countMessages();
  assert.equal((await bench.deliver(run)).state, "verified");
  for (const [op, count] of calls) {
    assert.ok(count <= (MOST_CALLS[op] ?? 0), `${op}: ${count} calls`);
  }
  assert.ok(commits.count <= MOST_COMMITS, `${commits.count} commits`);
  assert.ok(commits.flushed <= MOST_FLUSHES, `${commits.flushed} flushed commits`);
  assert.ok(commits.flushed > 1, "the commits are not counted any more");
  const { count, threads } = messages;
  assert.ok(count > 10 && count <= MOST_MESSAGES, `${count} messages to disk threads`);
  assert.ok(threads.size <= MOST_THREADS, `${threads.size} disk threads`);
});

function countMessages(): Disposable & {
  readonly count: number;
  readonly threads: ReadonlySet<DiskThread>;
} {
  const { run } = DiskThread.prototype;
  const counted = {
    count: 0,
    threads: new Set<DiskThread>(),
    [Symbol.dispose]: () => void (DiskThread.prototype.run = run),
  };
  DiskThread.prototype.run = function <T>(...asked: Parameters<typeof run>): Promise<T> {
    counted.count++;
    counted.threads.add(this);
    return run.apply(this, asked) as Promise<T>;
  };
  return counted;
}

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
