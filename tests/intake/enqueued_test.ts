/** A run that a person enqueued, although its instrument never said that it is complete. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import type { FileLock } from "../../lib/disk/mod.ts";
import { lockRun } from "../../lib/sync/mod.ts";
import { SENTINEL, SOON, untilProven, waitingOf, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";

for (const first of ["seen", "enqueued"] as const) {
  Deno.test(`a run that was ${first} first and enqueued by hand is not being acquired as well`, async () => {
    await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
    await markDestinations(lab);
    // As files are that were copied, with their times, a while ago.
    const run = await lab.makeRun({ "a.dat": "alpha" }, { leaf: "Run_2026-04-17T14-32" });
    await until(() => Date.now() - Deno.statSync(join(run, "a.dat")).ctime!.getTime() > 1_500, {
      what: "the file to be older than a second",
    });
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    if (first === "seen") {
      await until(async () => await waitingOf(lab, run) !== undefined, { what: "the run" });
    }
    const { job } = await daemon.control.enqueue(run);
    await untilProven(daemon, run);
    await untilLookedAt(daemon);
    assert.equal(await waitingOf(lab, run), undefined);
    assert.deepEqual((await daemon.control.status()).acquiring, []);

    await write(run, "b.dat", "beta");
    await until(async () => await waitingOf(lab, run) !== undefined, {
      what: "what is new to be seen",
    });
    assert.equal((await daemon.control.job(job.id)).state, "verified");
    await write(run, "done.flag", "");
    await untilProven(daemon, run, 2);
    await until(async () => await waitingOf(lab, run) === undefined, { what: "nothing to wait" });
  });
}

Deno.test("a run with new data that is worked on when it is enqueued is looked at, or its asker is told that it was not", async () => {
  await using lab = await openLab({ syncYaml: SOON });
  await markDestinations(lab);
  const run = await lab.makeRun({ "a.dat": "alpha" });
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await daemon.control.enqueue(run);
  await untilProven(daemon, run);
  const held = async () => {
    let lock: FileLock | null = null;
    await until(async () => (lock = await lockRun(run, { stateDir: lab.stateDir.path })) !== null, {
      what: "nobody to work on the run",
    });
    return lock!;
  };
  await write(run, "b.dat", "beta");
  {
    using _worked = await held();
    await assert.rejects(daemon.control.enqueue(run), { code: "run_busy" });
  }
  const lock = await held();
  const asked = daemon.control.enqueue(run);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  lock[Symbol.dispose]();
  assert.equal((await asked).job.generation, 2);
  await untilProven(daemon, run, 2);
});

/** A run that came later was looked at: so were those before it. */
async function untilLookedAt({ control }: RunningDaemon): Promise<void> {
  const [job] = await control.jobs({});
  const later = job!.run_path.replace("T14-32", "T15-00");
  await write(later, "c.dat", "gamma");
  await write(later, "done.flag", "");
  await until(
    async () => (await control.jobs({})).some(({ run_path }) => run_path === later),
    { what: "a later run to be taken" },
  );
  await until(async () => (await control.status()).acquiring.length === 0, {
    what: "nothing to be acquired",
  });
}
