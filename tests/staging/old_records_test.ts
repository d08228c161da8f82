/** The records of a cleared run stay for 90 days by both clocks, and go only while all is well. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Clock, systemClock } from "../../lib/base/mod.ts";
import { type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { isThere } from "../../lib/disk/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { readIngest, RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { isOldEnough, RECORDS_STAY_MS } from "../../lib/staging/mod.ts";
import { HOUR_MS, pass } from "../custody/facts.ts";
import { assertProven } from "../support/far_proof.ts";
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

const BLOCK = { completeness_signal: "sentinel_file", sentinel_filename: "done.flag" };

Deno.test("records are old enough by both clocks, and never without a pass before they were cleared", () => {
  const clearedMs = Date.parse(pass(2, 10).endedAt!);
  const passes = [pass(1, 0), pass(2, 10)];
  const since = (wallMs: number, observedMs: number) =>
    isOldEnough(clearedMs, {
      nowMs: clearedMs + wallMs,
      observedMs: passes[1]!.observedMs! + observedMs,
      passes,
    });
  assert.equal(since(RECORDS_STAY_MS, RECORDS_STAY_MS), true);
  assert.equal(since(RECORDS_STAY_MS - 1, RECORDS_STAY_MS), false);
  // A clock that jumps, and a service that was off meanwhile.
  assert.equal(since(RECORDS_STAY_MS * 2, RECORDS_STAY_MS - HOUR_MS), false);
  const nowMs = clearedMs + RECORDS_STAY_MS;
  assert.equal(isOldEnough(clearedMs, { nowMs, observedMs: Infinity, passes: [] }), false);
});

Deno.test("after 90 days the records of a cleared run are removed, once they are over there", async () => {
  await using station = await openStation();
  const run = await cleared(station);
  const far = farOf(station);
  await observed(station, RECORDS_STAY_MS);
  // A wrong byte over there: nothing goes, and it is said.
  const certificate = recordPath(far, RECORD_FILES.certificate);
  const good = await Deno.readFile(certificate);
  await Deno.writeFile(certificate, good.with(0, good[0]! ^ 1));
  {
    await using _daemon = await start(station);
    await untilLogged(station, "The records of a cleared run stay here");
  }
  assert.ok(await isThere(recordPath(run, RECORD_FILES.ingest)));
  assert.ok(await isThere(recordPath(run, RECORD_FILES.checksums)));
  await Deno.writeFile(certificate, good);
  {
    await using daemon = await start(station);
    await untilGone(run);
    const [job] = await daemon.control.jobs({});
    assert.equal(job!.state, "cleaned");
    const history = await daemon.control.history(job!.id);
    assert.equal(history.filter(({ kind }) => kind === "records_gone").length, 1);
  }
  await assertProven(far);
  assert.equal((await readIngest(recordPath(far, RECORD_FILES.ingest))).current_state, "cleared");
  // The next start makes nothing of it anew.
  await using daemon = await start(station);
  assert.equal(await isThere(run), false);
  assert.equal((await daemon.control.jobs({})).length, 1);
});

Deno.test("what a stop left of the records goes with the next start, and nothing is made anew", async () => {
  await using station = await openStation();
  const run = await cleared(station);
  const told = await Deno.readFile(recordPath(farOf(station), RECORD_FILES.ingest));
  {
    using queue = Queue.open(station.lab.stateDir.queueFile);
    queue.timeline.note(queue.jobs.byRun(run)!.id, { kind: "records_gone", detail: {} });
  }
  await Deno.remove(recordPath(run, RECORD_FILES.ingest));
  await Deno.remove(recordPath(run, RECORD_FILES.creation));
  await using _daemon = await start(station);
  await untilGone(run);
  await assertProven(farOf(station));
  assert.deepEqual(await Deno.readFile(recordPath(farOf(station), RECORD_FILES.ingest)), told);
});

Deno.test("new data in a cleared run is received, and its records stay", async () => {
  await using station = await openStation();
  const run = await cleared(station);
  await observed(station, RECORDS_STAY_MS);
  await writeFiles(run, { "late.dat": "delta" });
  await using daemon = await start(station);
  await until(async () => {
    const [job] = await daemon.control.jobs({});
    return job?.state === "verified" && job.generation === 2;
  }, { what: "the new data to be proven", limitMs: LIMIT_MS });
  assert.equal(await Deno.readTextFile(join(run, "late.dat")), "delta");
  assert.ok(await isThere(recordPath(run, RECORD_FILES.creation)));
});

/** A received run that was proven and cleared. */
async function cleared(station: Station): Promise<string> {
  const files = { "a/b.dat": "alpha", "done.flag": "" };
  const run = await receive(station.staging, { equipment: "SEQ_07", block: BLOCK, files });
  await markReceived(station.lab);
  // So long ago: a clock that is ahead would have temporary files of this moment swept up.
  await using daemon = await start(station, shifted(-RECORDS_STAY_MS - HOUR_MS));
  await untilVerified(daemon, run);
  const clear = await labferry(station.lab, ["staging", "clear", run]);
  assert.equal(clear.code, 0, clear.stdout + clear.stderr);
  for (const folder of [run, farOf(station)]) {
    const path = recordPath(folder, RECORD_FILES.ingest);
    await until(
      async () => await isThere(path) && (await readIngest(path)).current_state === "cleared",
      { what: `${folder} to be cleared`, limitMs: LIMIT_MS },
    );
  }
  return run;
}

function start({ lab }: Station, clock: Clock = systemClock): Promise<RunningDaemon> {
  return startDaemon({ config: lab.config, stateDir: lab.stateDir, clock });
}

function shifted(ms: number): Clock {
  return {
    now: () => new Date(systemClock.now().getTime() + ms),
    monotonicMs: () => systemClock.monotonicMs(),
    sleep: (sleepMs, signal) => systemClock.sleep(sleepMs, signal),
  };
}

function observed({ lab }: Station, ms: number): Promise<void> {
  using queue = Queue.open(lab.stateDir.queueFile);
  queue.observedTime.add(ms);
  return Promise.resolve();
}

function farOf({ nas }: Station): string {
  return join(nas, "SEQ_07", "Cortex Q3", "Runs", "Run_2026-04-17T14-32");
}

async function untilGone(run: string): Promise<void> {
  await until(async () => !await isThere(run), { what: `${run} to be gone`, limitMs: LIMIT_MS });
}

async function untilLogged({ lab }: Station, words: string): Promise<void> {
  await until(async () => (await Deno.readTextFile(lab.stateDir.logFile)).includes(words), {
    what: words,
    limitMs: LIMIT_MS,
  });
}
