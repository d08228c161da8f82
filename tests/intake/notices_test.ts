import assert from "node:assert/strict";
import { join } from "node:path";
import { DiskPool, type FolderWatchOptions } from "../../lib/disk/mod.ts";
import { Notices, type NoticesOptions } from "../../lib/intake/notices.ts";
import { HandClock } from "../support/hand_clock.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

type Notice = string | null;
type Pool = NoticesOptions["pool"];

function open(pool: Pool) {
  const noticed: Notice[] = [];
  const logged: string[] = [];
  const lost = { times: 0 };
  const clock = new HandClock();
  const notices = new Notices({
    namesOfRun: 3,
    equipmentId: "PLATE_01",
    clock,
    pool,
    log: (_level, message) => logged.push(message),
    onNotice: (runPath) => noticed.push(runPath),
    onLost: () => lost.times++,
  });
  return { notices, noticed, lost, logged, clock };
}

/** A pool that says of its watches what the test wants. */
function playedPool(onWatch: (watch: FolderWatchOptions) => void) {
  const watches: FolderWatchOptions[] = [];
  const closed = { times: 0 };
  const pool: Pool = {
    watchFolder(_folder, options) {
      watches.push(options);
      queueMicrotask(() => onWatch(options));
      return { close: () => void closed.times++ };
    },
  };
  return { pool, watches, closed };
}

Deno.test("Notices names the run below which something changed, and no records", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool();
  const { notices, noticed, logged } = open(pool);
  const run = dir.join("PLATE_01/Cortex Q3/Runs/Run_a");
  await Deno.mkdir(`${run}/.exlab-wizard`, { recursive: true });
  await notices.keep(dir.join("PLATE_01"));
  await Deno.writeTextFile(`${run}/.exlab-wizard/run.log`, "ours");
  await Deno.writeTextFile(`${run}/a.dat`, "alpha");
  await until(() => noticed.includes(run), { what: "the run" });
  assert.deepEqual([...new Set(noticed)], [run]);
  await Deno.mkdir(dir.join("PLATE_01/Other"));
  await until(() => noticed.includes(null), { what: "the new project" });
  notices.close();
  assert.deepEqual(logged, []);
});

Deno.test("Notices follows a folder that was put in the place of the watched one", async () => {
  await using dir = await tempDir();
  using pool = new DiskPool();
  const { notices, noticed } = open(pool);
  const own = dir.join("PLATE_01");
  await Deno.mkdir(own);
  await notices.keep(own);
  await Deno.rename(own, dir.join("away"));
  const run = `${own}/P/Runs/Run_a`;
  await Deno.mkdir(run, { recursive: true });
  await notices.keep(own);
  noticed.length = 0;
  await Deno.writeTextFile(`${run}/a.dat`, "alpha");
  await until(() => noticed.includes(run), { what: "the run in the new folder" });
  notices.close();
});

Deno.test("Notices without a watcher says so once, asks seldom, and says when there is one", async () => {
  await using dir = await tempDir();
  let isFull = true;
  const { pool, watches } = playedPool(({ onBegin, onEnd }) =>
    isFull ? onEnd("OS file watch limit reached.") : onBegin()
  );
  const { notices, lost, logged, clock } = open(pool);
  await notices.keep(dir.path);
  await notices.keep(dir.path);
  assert.equal(watches.length, 1);
  clock.turn(10 * 60_000);
  await notices.keep(dir.path);
  assert.deepEqual([watches.length, logged.length, lost.times], [2, 1, 0]);
  assert.match(logged[0]!, /by the scan alone.*limit reached/);
  isFull = false;
  clock.turn(10 * 60_000);
  await notices.keep(dir.path);
  assert.match(logged[1]!, /there again/);
  assert.equal(lost.times, 1);
  await notices.keep(dir.path);
  assert.equal(watches.length, 3);
  notices.close();
});

Deno.test("Notices that lost events, or whose watcher ends, says so", async () => {
  await using dir = await tempDir();
  const { pool, watches } = playedPool(({ onBegin }) => onBegin());
  const { notices, noticed, lost, logged } = open(pool);
  await notices.keep(dir.path);
  const [{ onChanges, onEnd }] = watches as [FolderWatchOptions];
  onChanges({ paths: [], lost: true });
  assert.equal(lost.times, 1);
  onChanges({ paths: [join("P", "Runs", "Run_a"), "P", ""], lost: false });
  assert.deepEqual(noticed, [dir.join("P/Runs/Run_a"), null, null]);
  onEnd("No space left on device");
  assert.equal(lost.times, 2);
  assert.equal(logged.length, 1);
  assert.match(logged[0]!, /No space left/);
  notices.close();
});

Deno.test("Notices lets a listing begin while a large tree is still being asked about, and asks for a look later", async () => {
  await using dir = await tempDir();
  const { pool, watches, closed } = playedPool(() => {});
  const { notices, lost, clock } = open(pool);
  const kept = notices.keep(dir.path);
  await until(() => clock.asleep === 1, { what: "the wait for an answer" });
  clock.turn(5_000);
  await kept;
  await notices.keep(dir.path);
  assert.deepEqual([watches.length, lost.times], [1, 0]);
  watches[0]!.onBegin();
  assert.equal(lost.times, 1);
  notices.close();
  assert.equal(closed.times, 1);
});

Deno.test("Notices that is closed waits for no answer", async () => {
  await using dir = await tempDir();
  const { pool, watches } = playedPool(() => {});
  const { notices, clock, logged } = open(pool);
  const kept = notices.keep(dir.path);
  await until(() => clock.asleep === 1, { what: "the wait for an answer" });
  notices.close();
  await kept;
  watches[0]!.onEnd("closed");
  assert.deepEqual([clock.asleep, logged], [0, []]);
});
