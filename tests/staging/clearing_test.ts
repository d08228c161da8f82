/** Received runs that are proven at the NAS go from the staging area, and nothing else does. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { mayDelete } from "../../lib/custody/mod.ts";
import { type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { isThere } from "../../lib/disk/mod.ts";
import { readIngest, RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { clearingPolicy } from "../../lib/staging/mod.ts";
import { allHold, HOUR_MS, pass } from "../custody/facts.ts";
import { assertProven, syncStatus } from "../support/far_proof.ts";
import { writeFiles } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { until } from "../support/until.ts";
import {
  LIMIT_MS,
  markReceived,
  openStation,
  receive,
  type Station,
  untilVerified,
} from "./station.ts";
import { PROGRAM } from "../support/program.ts";

const FILES = { "a/b.dat": "alpha", "c.dat": "beta", "done.flag": "" };
const BLOCK = { completeness_signal: "sentinel_file", sentinel_filename: "done.flag" };

async function received(station: Station): Promise<string> {
  const run = await receive(station.staging, { equipment: "SEQ_07", block: BLOCK, files: FILES });
  await markReceived(station.lab);
  return run;
}

function start({ lab }: Station): Promise<RunningDaemon> {
  return startDaemon({ config: lab.config, stateDir: lab.stateDir });
}

function farOf({ nas }: Station): string {
  return join(nas, "SEQ_07", "Cortex Q3", "Runs", "Run_2026-04-17T14-32");
}

async function untilTold(folder: string, state: string): Promise<void> {
  const path = recordPath(folder, RECORD_FILES.ingest);
  await until(
    async () => await isThere(path) && (await readIngest(path)).current_state === state,
    { what: `${folder} to be ${state}`, limitMs: LIMIT_MS },
  );
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

Deno.test("staging clear lets a proven run go, keeps its records, and both sides tell of it", async () => {
  await using station = await openStation();
  const { lab } = station;
  const run = await received(station);
  await using daemon = await start(station);
  await untilVerified(daemon, run);
  const [listed] = await daemon.control.staged();
  assert.deepEqual([listed!.run_path, listed!.state, listed!.files], [run, "sync_verified", 3]);
  const cleared = await labferry(lab, ["staging", "clear", run, "--json"]);
  assert.equal(cleared.code, 0, cleared.stdout + cleared.stderr);
  assert.deepEqual(cleared.json().runs.map(({ outcome }: { outcome: string }) => outcome), [
    "cleaned",
  ]);
  assert.deepEqual(await namesIn(run), [".exlab-wizard"]);
  for (const folder of [run, farOf(station)]) await untilTold(folder, "cleared");
  assert.deepEqual([await syncStatus(run), await syncStatus(farOf(station))], [
    "cleaned",
    "synced",
  ]);
  const names = await namesIn(join(run, ".exlab-wizard"));
  for (const name of ["cleanup_certificate.json", "cleanup_outcome.json", "nas_checksums.sha256"]) {
    assert.ok(names.includes(name), `${name} is among ${names}`);
  }
  await assertProven(farOf(station));
});

Deno.test("new data in a run that was cleared is sent, what went stays proven, and it can go again", async () => {
  await using station = await openStation();
  const { lab } = station;
  const run = await received(station);
  {
    await using daemon = await start(station);
    await untilVerified(daemon, run);
    assert.equal((await labferry(lab, ["staging", "clear", run])).code, 0);
    await untilTold(run, "cleared");
    await writeFiles(run, { "late/d.dat": "delta" });
    await untilGeneration(daemon, run, 2);
  }
  const far = farOf(station);
  assert.equal(await Deno.readTextFile(join(far, "late/d.dat")), "delta");
  assert.equal(await Deno.readTextFile(join(far, "a/b.dat")), "alpha");
  await assertProven(far);
  // It came while nobody looked: a start finds it by its first look.
  await writeFiles(run, { "late/e.dat": "epsilon" });
  await using daemon = await start(station);
  await untilGeneration(daemon, run, 3);
  await assertProven(far);
  const again = await labferry(lab, ["staging", "clear", run]);
  assert.equal(again.code, 0, again.stdout + again.stderr);
  assert.deepEqual(await namesIn(run), [".exlab-wizard"]);
});

async function untilGeneration(daemon: RunningDaemon, run: string, generation: number) {
  let stand: unknown = null;
  await until(async () => {
    const job = (await daemon.control.jobs({})).find(({ run_path }) => run_path === run);
    stand = job;
    return job?.state === "verified" && job.generation === generation;
  }, { what: () => `generation ${generation}: ${JSON.stringify(stand)}`, limitMs: LIMIT_MS });
}

Deno.test("staging clear refuses what is not proven, is kept by a person, or changed, with exit 1", async () => {
  await using station = await openStation();
  const { lab } = station;
  const run = await received(station);
  await using daemon = await start(station);
  await untilVerified(daemon, run);
  await labferry(lab, ["pin", run]);
  const pinned = await labferry(lab, ["staging", "clear", run]);
  assert.equal(pinned.code, 1);
  assert.match(pinned.stderr, /a person keeps it/);
  await labferry(lab, ["unpin", run]);
  // The same size and times: only reading it again can tell.
  const { mtime } = await Deno.stat(join(run, "c.dat"));
  await Deno.writeTextFile(join(run, "c.dat"), "bEta");
  await Deno.utime(join(run, "c.dat"), mtime!, mtime!);
  const changed = await labferry(lab, ["staging", "clear", "--verified"]);
  assert.equal(await Deno.readTextFile(join(run, "c.dat")), "bEta", changed.stdout);
  assert.equal(await Deno.readTextFile(join(run, "a/b.dat")), "alpha");
});

Deno.test("staging clear leaves a newcomer and follows no link", async () => {
  await using station = await openStation();
  const { lab } = station;
  const run = await received(station);
  {
    await using daemon = await start(station);
    await untilVerified(daemon, run);
    await untilTold(farOf(station), "sync_verified");
  }
  // A folder of the run becomes a link to another with the same file: what it leads to stays.
  const elsewhere = join(station.staging, "elsewhere");
  await Deno.rename(join(run, "a"), elsewhere);
  await Deno.symlink(elsewhere, join(run, "a"));
  const cleared = await labferry(lab, ["staging", "clear", run]);
  assert.equal(await Deno.readTextFile(join(elsewhere, "b.dat")), "alpha", cleared.stdout);
  assert.ok((await Deno.lstat(join(run, "a"))).isSymlink);
});

Deno.test("the general cleaner leaves received runs to staging_cleanup, and why says so", async () => {
  await using station = await openStation({ cleansUp: true });
  const { lab } = station;
  const run = await received(station);
  await using daemon = await start(station);
  await untilVerified(daemon, run);
  const clean = await labferry(lab, ["clean", run]);
  assert.equal(clean.code, 1, clean.stdout);
  assert.match(clean.stderr + clean.stdout, /staging area/);
  assert.equal(await Deno.readTextFile(join(run, "c.dat")), "beta");
});

Deno.test("scheduled clearing lets proven runs go by itself, and the records stay", async () => {
  await using station = await openStation({
    moreYaml: ["staging_cleanup: { mode: scheduled, retain_hours: 0 }"],
  });
  const run = await received(station);
  await using _daemon = await start(station);
  for (const folder of [run, farOf(station)]) await untilTold(folder, "cleared");
  assert.deepEqual(await namesIn(run), [".exlab-wizard"]);
  await assertProven(farOf(station));
});

Deno.test("staging commands say so on a PC that is no orchestrator", async () => {
  await using station = await openStation({ isOrchestrator: false });
  const listed = await labferry(station.lab, ["staging", "list"]);
  assert.equal(listed.code, 2);
  assert.match(listed.stderr, /no orchestrator/);
});

Deno.test("clearingPolicy waits for retain_hours by both clocks, and is content with two passes at once", async () => {
  await using station = await openStation();
  const { config } = station.lab;
  const now = new Date(Date.parse("2026-04-17T14:32:00.000Z") + 10 * HOUR_MS);
  const facts = (minAgeHours: number, observedHours: number) =>
    allHold({
      policy: clearingPolicy(config, { minAgeHours }),
      now,
      observedMs: observedHours * HOUR_MS,
      passes: [pass(1, 0), pass(2, 10)],
      look: { ...allHold().look!, endedAt: now.toISOString() },
    });
  assert.equal(mayDelete(facts(0, 10)).reason, null);
  assert.equal(mayDelete(facts(10, 10)).mayDelete, true);
  const [early, unwatched] = [mayDelete(facts(24, 10)), mayDelete(facts(10, 3))];
  for (const { mayDelete, isWorthLooking, interlocks } of [early, unwatched]) {
    assert.deepEqual([mayDelete, isWorthLooking], [false, false]);
    const open = interlocks.filter(({ stand }) => stand !== "holds").map(({ name }) => name);
    assert.deepEqual(open, ["age"]);
  }
});

Deno.test("clearing that is killed after any file comes to the same end", async () => {
  await using station = await openStation();
  const { lab } = station;
  const files = Object.fromEntries(
    Array.from({ length: 400 }, (_, i) => [`a/${String(i).padStart(3, "0")}.dat`, `file ${i}`]),
  );
  const run = await receive(station.staging, {
    equipment: "SEQ_07",
    block: BLOCK,
    files: { ...files, "done.flag": "" },
  });
  await markReceived(lab);
  {
    await using daemon = await start(station);
    await untilVerified(daemon, run);
    await untilTold(farOf(station), "sync_verified");
  }
  const left = async () =>
    await isThere(join(run, "a")) ? (await namesIn(join(run, "a"))).length : 0;
  let kills = 0;
  for (let round = 0; round < 8; round++) {
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...PROGRAM,
        ...["staging", "clear", run, "--config", lab.configFile],
        ...["--state-dir", lab.stateDir.path],
      ],
      env: { ...lab.env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const ended = child.status;
    let isOver = false;
    ended.then(() => isOver = true);
    const before = await left();
    await until(async () => isOver || (await left()) < before, {
      what: "files to go, or the command to end",
      limitMs: LIMIT_MS,
    });
    if (!isOver) {
      child.kill("SIGKILL");
      kills++;
    }
    await ended;
    if (await left() === 0) break;
  }
  assert.ok(kills > 0, "it was killed in the midst of it");
  // Whatever was left, the service brings to its end; nobody has to ask again.
  await using _daemon = await start(station);
  for (const folder of [run, farOf(station)]) await untilTold(folder, "cleared");
  assert.deepEqual(await namesIn(run), [".exlab-wizard"]);
  await assertProven(farOf(station));
});
