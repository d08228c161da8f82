/** Two services on two PCs: one pushes to the staging area, the other takes it from there to the NAS. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { markDestination } from "../../lib/cli/destination.ts";
import { type Config, loadConfig } from "../../lib/config/mod.ts";
import {
  openStateDir,
  type RunningDaemon,
  startDaemon,
  type StateDir,
} from "../../lib/daemon/mod.ts";
import { isThere } from "../../lib/disk/mod.ts";
import { newRun } from "../../lib/intake/mod.ts";
import { readIngest, RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { assertProven, syncStatus } from "../support/far_proof.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import { LIMIT_MS, markReceived, openStation, type Station } from "./station.ts";

interface Pusher extends AsyncDisposable {
  readonly config: Config;
  readonly configFile: string;
  readonly stateDir: StateDir;
  readonly env: Readonly<Record<string, string>>;
  /** A run as its instrument leaves it, complete. */
  makeRun(leaf: string, files: Readonly<Record<string, string>>): Promise<string>;
}

const SENTINEL = ["completeness_signal: sentinel_file", "sentinel_filename: done.flag"];
const QUIET = ["completeness_signal: quiet_period", "quiet_minutes: 0.01"];

async function openPusher({ staging }: Station, signal = SENTINEL): Promise<Pusher> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-pusher-"));
  await Deno.mkdir(dir.join("data"));
  const configFile = await dir.write(
    "config.yaml",
    [
      "equipment:",
      "  - id: SEQ_07",
      "    label: Sequencer 7",
      `    local_root: ${JSON.stringify(dir.join("data"))}`,
      "    nas_root: //nas01/lab",
      ...signal.map((line) => `    ${line}`),
      "    sync_mode: stage",
      `    orchestrator_staging_transport: { mount_point: ${JSON.stringify(staging)} }`,
      "sync: { scan_seconds: 1, settle_seconds: 0 }",
      "status: { port: 0 }",
    ].join("\n"),
  );
  const { config } = await loadConfig({ path: configFile });
  const stateDir = await openStateDir(dir.join("state"));
  const [equipment] = config.equipment;
  await markDestination(equipment!, {
    known: new KnownDestinations(stateDir.path),
    stateDir,
    signal: new AbortController().signal,
  });
  const kept = stack.move();
  return {
    config,
    configFile,
    stateDir,
    env: Deno.env.toObject(),
    async makeRun(leaf, files) {
      const { path } = await newRun({
        equipment: equipment!,
        project: "Cortex Q3",
        kind: "experimental",
        operator: "asmith",
        leaf,
      });
      for (const [name, text] of Object.entries(files)) {
        await Deno.writeTextFile(join(path, name), text);
      }
      return path;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const LEAF = "Run_2026-04-17T14-32";
const FILES = { "a.dat": "alpha", "b.dat": "beta", "done.flag": "" };

function runBelow(root: string, leaf = LEAF): string {
  return join(root, "SEQ_07", "Cortex Q3", "Runs", leaf);
}

async function onlyJob(daemon: RunningDaemon) {
  const [job] = await daemon.control.jobs({});
  assert.notEqual(job?.state, "failed", JSON.stringify(job?.last_error));
  return job ?? null;
}

function untilOnNas(daemon: RunningDaemon, generation = 1): Promise<void> {
  return until(async () => {
    const job = await onlyJob(daemon);
    return job?.state === "verified" && job.generation >= generation && !job.handed_over;
  }, { what: "the pusher to be told that its run is on the NAS", limitMs: LIMIT_MS });
}

function untilTold(folder: string, state: string): Promise<void> {
  const path = recordPath(folder, RECORD_FILES.ingest);
  return until(
    async () => await isThere(path) && (await readIngest(path)).current_state === state,
    { what: `${path} to say ${state}`, limitMs: LIMIT_MS },
  );
}

Deno.test("a run goes from its instrument over the staging area to the NAS, and each PC knows how far it is", async () => {
  await using station = await openStation({
    moreYaml: ["staging_cleanup: { mode: scheduled, retain_hours: 0 }"],
  });
  await using pusher = await openPusher(station);
  const run = await pusher.makeRun(LEAF, FILES);
  await using pushing = await startDaemon(pusher);
  await until(async () => (await onlyJob(pushing))?.state === "verified", {
    what: "the run to be handed over",
    limitMs: LIMIT_MS,
  });
  assert.equal((await onlyJob(pushing))!.handed_over, true);
  assert.equal(await syncStatus(run), "pending");
  assert.equal((await pushing.control.status()).handed_over, 1);
  await markReceived(station.lab);
  {
    await using _collecting = await startDaemon({
      config: station.lab.config,
      stateDir: station.lab.stateDir,
    });
    await untilOnNas(pushing);
    for (const root of [station.staging, station.nas]) await untilTold(runBelow(root), "cleared");
  }
  assert.equal(await syncStatus(run), "synced");
  assert.equal((await pushing.control.status()).handed_over, 0);
  await assertProven(runBelow(station.nas));
  assert.equal(await isThere(join(runBelow(station.staging), "a.dat")), false);
  // A staging area that was cleared is no damage.
  const verified = await pushing.control.verify(run);
  assert.deepEqual([verified.state, verified.alarm, verified.handed_over], [
    "verified",
    null,
    false,
  ]);
});

Deno.test("new data after sync_verified is handed over again, until the NAS has it", async () => {
  await using station = await openStation();
  await using pusher = await openPusher(station, QUIET);
  const run = await pusher.makeRun(LEAF, { "a.dat": "alpha", "b.dat": "beta" });
  await using pushing = await startDaemon(pusher);
  await until(async () => (await onlyJob(pushing))?.state === "verified", {
    what: "the run to be handed over",
    limitMs: LIMIT_MS,
  });
  await markReceived(station.lab);
  const collect = () => startDaemon({ config: station.lab.config, stateDir: station.lab.stateDir });
  {
    await using _collecting = await collect();
    await untilOnNas(pushing);
  }
  const records = recordPath(runBelow(station.staging), RECORD_FILES.creation);
  const theirs = await Deno.readTextFile(records);
  // The orchestrator is away: it cannot say anything of what is new.
  await Deno.writeTextFile(join(run, "c.dat"), "gamma");
  await pushing.control.enqueue(run);
  await until(async () => {
    const job = await onlyJob(pushing);
    return job?.state === "verified" && job.generation === 2;
  }, { what: "the new data to be handed over", limitMs: LIMIT_MS });
  assert.equal((await onlyJob(pushing))!.handed_over, true);
  assert.equal(await syncStatus(run), "pending");
  assert.equal(await Deno.readTextFile(records), theirs, "no record is written over there");
  await using collecting = await collect();
  // What came while it was away it would notice within ten minutes; a person asks it to look now.
  await collecting.control.enqueue(runBelow(station.staging));
  await untilOnNas(pushing, 2);
  assert.equal(await Deno.readTextFile(join(runBelow(station.nas), "c.dat")), "gamma");
  assert.equal(await syncStatus(run), "synced");
});

Deno.test("both services are killed again and again, and the run is on the NAS and cleared in the end", async () => {
  await using station = await openStation({
    moreYaml: ["staging_cleanup: { mode: scheduled, retain_hours: 0 }"],
  });
  await using pusher = await openPusher(station);
  const files = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [`f${String(i).padStart(2, "0")}.dat`, `file ${i}`]),
  );
  const run = await pusher.makeRun(LEAF, { ...files, "done.flag": "" });
  const staged = runBelow(station.staging);
  const isTold = async (state: string) => {
    const path = recordPath(staged, RECORD_FILES.ingest);
    return await isThere(path) && (await readIngest(path)).current_state === state;
  };
  /** Kills a service as soon as something is so. */
  const killWhen = async (lab: Pusher | Station["lab"], so: () => Promise<boolean>) => {
    await using daemon = await startLabDaemon(lab);
    await until(so, { what: "the moment of the kill", limitMs: LIMIT_MS });
    await daemon.kill();
  };
  await killWhen(pusher, () => isThere(join(staged, "f00.dat")));
  await killWhen(pusher, () => isThere(join(staged, "done.flag")));
  const { lab } = station;
  await markReceived(lab);
  await killWhen(lab, () => isThere(recordPath(staged, RECORD_FILES.ingest)));
  await killWhen(lab, () => isThere(recordPath(staged, RECORD_FILES.nasChecksums)));
  await killWhen(lab, () => isThere(recordPath(staged, RECORD_FILES.certificate)));
  await using _collecting = await startLabDaemon(lab);
  await until(() => isTold("cleared"), {
    what: "the staging area to be cleared",
    limitMs: LIMIT_MS,
  });
  await untilTold(runBelow(station.nas), "cleared");
  {
    await using _pushing = await startLabDaemon(pusher);
    await until(async () => (await syncStatus(run)) === "synced", {
      what: "the pusher to be told",
      limitMs: LIMIT_MS,
    });
    // The record says it first; then the service knows it too, which is ended by a kill here.
    const status = () => labferry(pusher, ["status", run, "--json"]);
    await until(async () => (await status()).json().handed_over === false, {
      what: "the service to know",
      limitMs: LIMIT_MS,
    });
  }
  await assertProven(runBelow(station.nas));
  const job = (await labferry(pusher, ["status", run, "--json"])).json();
  assert.deepEqual([job.state, job.handed_over], ["verified", false]);
});
