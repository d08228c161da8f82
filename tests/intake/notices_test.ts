import assert from "node:assert/strict";
import { Notices } from "../../lib/intake/notices.ts";
import { HandClock } from "../support/hand_clock.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

type Notice = string | null;

function open(watch?: (folder: string) => Deno.FsWatcher) {
  const noticed: Notice[] = [];
  const logged: string[] = [];
  const lost = { times: 0 };
  const clock = new HandClock();
  const notices = new Notices({
    namesOfRun: 3,
    equipmentId: "PLATE_01",
    clock,
    log: (_level, message, { fault = "" }) => logged.push(`${message} ${fault}`),
    onNotice: (runPath) => noticed.push(runPath),
    onLost: () => lost.times++,
    ...(watch ? { watch } : {}),
  });
  return { notices, noticed, lost, logged, clock };
}

Deno.test("Notices names the run below which something changed, and no records", async () => {
  await using dir = await tempDir();
  const { notices, noticed, logged } = open();
  const run = dir.join("PLATE_01/Cortex Q3/Runs/Run_a");
  await Deno.mkdir(`${run}/.exlab-wizard`, { recursive: true });
  await notices.keep(dir.join("PLATE_01"));
  await Deno.writeTextFile(`${run}/.exlab-wizard/run.log`, "ours");
  await Deno.writeTextFile(`${run}/a.dat`, "alpha");
  await until(() => noticed.includes(run), { what: "the run" });
  assert.deepEqual([...new Set(noticed)], [run]);
  await Deno.mkdir(dir.join("PLATE_01/Other"));
  await until(() => noticed.includes(null), { what: "the new project" });
  await notices.close();
  assert.deepEqual(logged, []);
});

Deno.test("Notices follows a folder that was put in the place of the watched one", async () => {
  await using dir = await tempDir();
  const { notices, noticed } = open();
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
  await notices.close();
});

Deno.test("Notices without a watcher says so once, asks seldom, and says when there is one", async () => {
  await using dir = await tempDir();
  let [isFull, asked] = [true, 0];
  const { notices, noticed, lost, logged, clock } = open((folder) => {
    asked++;
    if (isFull) throw new Error("OS file watch limit reached.");
    return Deno.watchFs(folder);
  });
  await notices.keep(dir.path);
  await notices.keep(dir.path);
  assert.equal(asked, 1);
  clock.turn(10 * 60_000);
  await notices.keep(dir.path);
  assert.deepEqual([asked, logged.length], [2, 1]);
  assert.match(logged[0]!, /by the scan alone.*limit reached/);
  isFull = false;
  clock.turn(10 * 60_000);
  await notices.keep(dir.path);
  assert.match(logged[1]!, /there again/);
  assert.equal(lost.times, 1);
  await Deno.mkdir(dir.join("Project"));
  await until(() => noticed.includes(null), { what: "an event" });
  await notices.close();
});

Deno.test("Notices that lost events, or whose watcher fails or ends, says so", async () => {
  for (const end of [() => {}, () => Promise.reject(new Error("No space left on device"))]) {
    await using dir = await tempDir();
    const ending = Promise.withResolvers<void>();
    let closed = 0;
    const { notices, noticed, lost, logged } = open(() => {
      async function* events(): AsyncGenerator<Deno.FsEvent> {
        yield { kind: "other", paths: [], flag: "rescan" };
        await ending.promise;
        await end();
      }
      return Object.assign(events(), { close: () => closed++ }) as unknown as Deno.FsWatcher;
    });
    await notices.keep(dir.path);
    await until(() => lost.times === 1, { what: "the overflow" });
    ending.resolve();
    await until(() => lost.times === 2, { what: "the end" });
    assert.deepEqual(noticed, []);
    assert.equal(logged.length, 1);
    assert.match(logged[0]!, /the watcher ended|No space left/);
    assert.equal(closed, 1);
    await notices.close();
  }
});
