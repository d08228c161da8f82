import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { LabferryError } from "../../lib/base/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { commit, newJob, openQueue, sealedRun, TurnedClock } from "./support.ts";

const coded = (code: string) => (error: unknown) =>
  error instanceof LabferryError && error.code === code;

function modeOf(path: string): number {
  return Deno.statSync(path).mode! & 0o777;
}

Deno.test("Queue.open makes a missing database for its owner only, and says that it is new", async () => {
  await using dir = await tempDir();
  const path = dir.join("sync_queue.db");
  {
    using queue = Queue.open(path);
    assert.equal(queue.created, true);
    queue.jobs.enqueue(newJob("Run_1"));
    if (Deno.build.os !== "windows") {
      assert.equal(modeOf(path), 0o600);
      assert.equal(modeOf(`${path}-wal`), 0o600);
    }
  }
  using again = Queue.open(path);
  assert.equal(again.created, false);
  assert.equal(again.jobs.counts().queued, 1);
});

Deno.test("Queue.open keeps a write-ahead log, so that readers never wait for the writer", async () => {
  await using dir = await tempDir();
  using _queue = openQueue(dir);
  using other = new DatabaseSync(dir.join("sync_queue.db"));
  assert.deepEqual({ ...other.prepare("PRAGMA journal_mode").get() }, { journal_mode: "wal" });
});

Deno.test("Queue.open refuses a database of a newer labferry and leaves it alone", async () => {
  await using dir = await tempDir();
  openQueue(dir)[Symbol.dispose]();
  const path = dir.join("sync_queue.db");
  {
    using raw = new DatabaseSync(path);
    raw.exec("PRAGMA user_version = 999");
  }
  assert.throws(() => Queue.open(path), coded("queue_newer"));
  assert.throws(() => Queue.openOrSetAside(path), coded("queue_newer"));
  using raw = new DatabaseSync(path);
  assert.deepEqual({ ...raw.prepare("PRAGMA user_version").get() }, { user_version: 999 });
});

Deno.test("Queue.open refuses somebody else's database and leaves it alone", async () => {
  await using dir = await tempDir();
  const path = dir.join("sync_queue.db");
  {
    using raw = new DatabaseSync(path);
    raw.exec("CREATE TABLE theirs (a)");
  }
  assert.throws(() => Queue.openOrSetAside(path), coded("queue_foreign"));
  using raw = new DatabaseSync(path);
  assert.equal(raw.prepare("SELECT count(*) AS n FROM theirs").get()?.n, 0);
});

Deno.test("Queue.open read-only needs a queue, and refuses to write", async () => {
  await using dir = await tempDir();
  const path = dir.join("sync_queue.db");
  assert.throws(() => Queue.open(path, { readOnly: true }), coded("queue_missing"));
  {
    using queue = openQueue(dir);
    queue.jobs.enqueue(newJob("Run_1"));
  }
  using queue = Queue.open(path, { readOnly: true });
  assert.equal(queue.jobs.counts().queued, 1);
  assert.throws(() => queue.jobs.enqueue(newJob("Run_2")), coded("queue_read_only"));
});

Deno.test("Queue.open says that its folder is missing", async () => {
  await using dir = await tempDir();
  assert.throws(() => Queue.open(dir.join("none/sync_queue.db")), coded("queue_unreadable"));
});

testWith(["tmpfs"], "Queue.open says that the disk is read-only", async () => {
  await using dir = await tempDir();
  using mount = mountTmpfs(dir.path, "1m");
  const path = dir.join("sync_queue.db");
  Queue.open(path)[Symbol.dispose]();
  mount.remount("ro");
  assert.throws(
    () => Queue.open(path),
    (error: unknown) => coded("queue_read_only")(error) || coded("queue_unreadable")(error),
  );
  assert.throws(() => Queue.open(dir.join("other.db")), coded("queue_unreadable"));
});

Deno.test("Queue.open waits a bounded time for another process and then says it is locked", async () => {
  await using dir = await tempDir();
  using queue = Queue.open(dir.join("sync_queue.db"), { timeoutMs: 50 });
  using other = new DatabaseSync(dir.join("sync_queue.db"));
  other.exec("BEGIN IMMEDIATE");
  const begun = performance.now();
  assert.throws(() => queue.jobs.enqueue(newJob("Run_1")), coded("queue_locked"));
  assert.throws(
    () => Queue.open(dir.join("sync_queue.db"), { timeoutMs: 50 }),
    coded("queue_locked"),
  );
  assert.ok(performance.now() - begun < 20_000);
  other.exec("COMMIT");
  assert.equal(queue.jobs.enqueue(newJob("Run_1")).created, true);
});

Deno.test("Queue.openOrSetAside keeps every byte of a damaged database and begins anew", async () => {
  await using dir = await tempDir();
  const path = await dir.write("sync_queue.db", "this is no database ".repeat(500));
  assert.throws(() => Queue.open(path), coded("queue_damaged"));
  const clock = new TurnedClock();
  const opened = Queue.openOrSetAside(path, { clock });
  using queue = opened.queue;
  assert.equal(queue.created, true);
  assert.equal(opened.setAside?.path, `${path}.damaged-20260417T143200Z`);
  assert.match(opened.setAside.fault, /not a database/);
  assert.equal(await Deno.readTextFile(opened.setAside.path), "this is no database ".repeat(500));
});

Deno.test("Queue.openOrSetAside gives each damaged database a name of its own", async () => {
  await using dir = await tempDir();
  const clock = new TurnedClock();
  const paths = [];
  for (const text of ["first", "second"]) {
    const path = await dir.write("sync_queue.db", `${text} is no database `.repeat(500));
    const { queue, setAside } = Queue.openOrSetAside(path, { clock });
    queue[Symbol.dispose]();
    paths.push(setAside!.path);
  }
  assert.notEqual(paths[0], paths[1]);
  assert.match(await Deno.readTextFile(paths[0]!), /^first/);
  assert.match(await Deno.readTextFile(paths[1]!), /^second/);
});

Deno.test("Queue.open notices a truncated database", async () => {
  await using dir = await tempDir();
  const path = dir.join("sync_queue.db");
  {
    using queue = openQueue(dir);
    await sealedRun(queue, "Run_1", Array.from({ length: 2000 }, (_, i) => `file_${i}`));
  }
  const { size } = await Deno.stat(path);
  await Deno.truncate(path, Math.floor(size / 2 / 4096) * 4096);
  assert.throws(() => Queue.open(path), coded("queue_damaged"));
});

Deno.test("Queue.open notices pages that were overwritten", async () => {
  await using dir = await tempDir();
  const path = dir.join("sync_queue.db");
  {
    using queue = openQueue(dir);
    await sealedRun(queue, "Run_1", Array.from({ length: 2000 }, (_, i) => `file_${i}`));
  }
  const bytes = await Deno.readFile(path);
  bytes.fill(0x5a, bytes.length - 5 * 4096, bytes.length - 4096);
  await Deno.writeFile(path, bytes);
  assert.throws(() => Queue.open(path), coded("queue_damaged"));
});

Deno.test("Queue.open notices rows that contradict themselves", async () => {
  await using dir = await tempDir();
  {
    using queue = openQueue(dir);
    queue.jobs.enqueue(newJob("Run_1"));
  }
  {
    using raw = new DatabaseSync(dir.join("sync_queue.db"));
    raw.exec("PRAGMA ignore_check_constraints = ON; UPDATE jobs SET state = 'verified'");
  }
  assert.throws(() => openQueue(dir), coded("queue_damaged"));
});

Deno.test("Queue.open does not pair a new database with the log of a lost one", async () => {
  await using dir = await tempDir();
  const path = dir.join("sync_queue.db");
  await dir.write("sync_queue.db-wal", "left behind");
  assert.throws(() => Queue.open(path), coded("queue_damaged"));
  const { queue, setAside } = Queue.openOrSetAside(path);
  queue[Symbol.dispose]();
  assert.equal(await Deno.readTextFile(`${setAside!.path}-wal`), "left behind");
});

testWith(
  ["tmpfs"],
  "Queue keeps its state on a full disk and goes on when there is room",
  async () => {
    await using dir = await tempDir();
    using _mount = mountTmpfs(dir.path, "2m");
    using queue = openQueue(dir);
    const job = await sealedRun(queue, "Run_1", ["a"]);
    fill(dir.join("ballast"));
    const before = queue.timeline.of(job.id).length;
    await assert.rejects(async () => {
      using round = await queue.seals.begin(job.id);
      for (let i = 0; i < 100; i++) {
        await round.see(
          Array.from(
            { length: 500 },
            (_, k) => seenFile(`file_${String(i).padStart(3, "0")}_${String(k).padStart(3, "0")}`),
          ),
        );
      }
      await commit(round, { options: { reason: "changed_after_seal", sealedBy: "test" }, queue });
    }, coded("queue_full_disk"));
    assert.deepEqual(queue.jobs.byId(job.id), job);
    assert.deepEqual((await Array.fromAsync(queue.files(job.id).list())).map((file) => file.path), [
      "a",
    ]);
    assert.equal(queue.timeline.of(job.id).length, before);
    Deno.removeSync(dir.join("ballast"));
    const moved = queue.jobs.transition(job, {
      change: { state: "awaiting_verify" },
      event: { kind: "pushed" },
    });
    assert.equal(moved?.state, "awaiting_verify");
    assert.equal(queue.integrityFault(), null);
  },
);

testWith(
  ["tmpfs"],
  "Queue.writeFault says that a full disk keeps it from being written, and is over a while after",
  async () => {
    await using dir = await tempDir();
    using _mount = mountTmpfs(dir.path, "1m");
    const clock = new HandClock();
    using queue = openQueue(dir, clock);
    const fault = () => queue.writeFault;
    assert.equal(fault(), null);
    fill(dir.join("ballast"));
    const since = clock.now().toISOString();
    assert.throws(() => {
      for (let i = 0; i < 10_000; i++) queue.jobs.enqueue(newJob(`Run_${i}`));
    }, coded("queue_full_disk"));
    const { code, since: told } = fault()!;
    assert.deepEqual([code, told], ["queue_full_disk", since]);
    Deno.removeSync(dir.join("ballast"));
    // A small write may go into room that the log has already: one alone says nothing of the disk.
    queue.jobs.enqueue(newJob("soon"));
    assert.equal(fault()?.since, since);
    clock.turn(120_000);
    queue.jobs.enqueue(newJob("between two scans"));
    assert.equal(fault()?.since, since);
    clock.turn(61_000);
    queue.jobs.counts();
    assert.equal(fault()?.since, since);
    queue.jobs.enqueue(newJob("later"));
    assert.equal(fault(), null);
  },
);

const seenFile = (path: string) => ({ path, sizeBytes: 1, mtimeMs: 1, ctimeS: 1, fileId: "1:1" });

/** Takes all room that is left. */
function fill(path: string): void {
  using file = Deno.openSync(path, { write: true, create: true });
  const block = new Uint8Array(4096);
  assert.throws(() => {
    for (let i = 0; i < 4096; i++) file.writeSync(block);
  }, /space/);
}

function mountTmpfs(path: string, size: string): Disposable & { remount(option: string): void } {
  run("mount", "-t", "tmpfs", "-o", `size=${size}`, "tmpfs", path);
  return {
    remount: (option) => run("mount", "-o", `remount,${option}`, path),
    // Lazily: a child that another test starts at this very moment may have the disk open.
    [Symbol.dispose]: () => run("umount", "-l", path),
  };
}

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
}
