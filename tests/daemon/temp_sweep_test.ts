/** What killed writers left is swept up by the service, and nothing else is. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { TempSweep } from "../../lib/daemon/temp_sweep.ts";
import { ReportStore } from "../../lib/reports/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";
import { openBench } from "../sync/bench.ts";

const TEMP = ".lf-0123456789ab.tmp";

async function left(folder: string, { name = TEMP, at = new Date() } = {}): Promise<string> {
  const path = `${folder}/${name}`;
  await Deno.writeTextFile(path, "half");
  const longAgo = new Date(at.getTime() - 25 * 3600 * 1000);
  await Deno.utime(path, longAgo, longAgo);
  return path;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
}

Deno.test("startDaemon sweeps the state directory, the reports and the records of its runs", async () => {
  await using lab = await openLab();
  await markDestinations(lab);
  const run = await lab.makeRun({ "a.dat": "alpha" });
  const store = new ReportStore(lab.stateDir.reportsDir);
  const { folder } = await store.create({ title: "Cortex" }, { actor: "cli" });
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await daemon.control.enqueue(run);
  }
  const project = dirname(dirname(run));
  await Deno.mkdir(`${project}/.exlab-wizard`, { recursive: true });
  const records = `${run}/.exlab-wizard`;
  const stale = await Promise.all([
    left(lab.stateDir.path),
    left(lab.stateDir.reportsDir),
    left(folder.path),
    left(folder.backupsDir),
    left(records),
    left(records, { name: "transfer.json.0123456789abcdef.tmp" }),
    left(`${project}/.exlab-wizard`),
  ]);
  const notOurs = await Promise.all([
    left(records, { name: ".lf-notes.tmp" }),
    left(run),
    left(lab.stateDir.path, { name: "a.dat" }),
  ]);
  const young = `${records}/.lf-ffffffffffff.tmp`;
  await Deno.writeTextFile(young, "being written");
  await using _daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  for (const path of stale) await until(async () => !await exists(path), { what: path });
  for (const path of [...notOurs, young]) assert.ok(await exists(path), path);
});

Deno.test("TempSweep goes some runs a round, and begins anew a day after the last", async () => {
  const clock = new HandClock(new Date().toISOString());
  await using bench = await openBench({ clock });
  const temps: string[] = [];
  for (let n = 0; n < 3; n++) {
    const run = await bench.lab.makeRun({ "a.dat": `${n}` });
    bench.enqueue(run);
    temps.push(await left(`${run}/.exlab-wizard`));
  }
  const remaining = async () => (await Promise.all(temps.map(exists))).filter(Boolean).length;
  await using sweep = new TempSweep({
    context: bench.context,
    stateDir: bench.lab.stateDir,
    runsARound: 2,
  });
  sweep.start();
  await until(() => clock.asleep > 0, { what: "the first round" });
  assert.deepEqual([await remaining(), clock.sleeps], [1, [5 * 60_000]]);
  clock.turn(5 * 60_000);
  await until(() => clock.asleep > 0, { what: "the second round" });
  assert.deepEqual([await remaining(), clock.sleeps.at(-1)], [0, 24 * 3600 * 1000]);
  for (const temp of temps) await left(dirname(temp), { at: clock.now() });
  for (const [restMs, expected] of [[24 * 3600 * 1000, 1], [5 * 60_000, 0]] as const) {
    clock.turn(restMs);
    await until(() => clock.asleep > 0, { what: "a round of the next turn" });
    assert.equal(await remaining(), expected);
  }
});
