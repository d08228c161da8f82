/** The service beside an instrument's software: a real program that comes and goes. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { assertProven } from "../support/far_proof.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { noise } from "../contract/stage.ts";

const LIMIT_MS = 40_000;

testWith(
  ["noWine"],
  "startDaemon sends nothing while a named program runs, and stops what runs",
  async () => {
    const program = `Scope${crypto.randomUUID().slice(0, 6)}.exe`;
    await using lab = await openLab({
      moreYaml: `yield: { processes: [${program}] }`,
      transportYaml: "bandwidth: { upload_mbps: 8 }",
    });
    await Deno.copyFile("/bin/sleep", lab.join(program));
    const open = () => new Deno.Command(lab.join(program), { args: ["120"] }).spawn();
    const close = async (child: Deno.ChildProcess) => {
      child.kill();
      await child.status;
    };
    assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
    const run = await lab.makeRun({ "big.raw": noise(16_000_000, 1) });

    let instrument = open();
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    const { control } = daemon;
    const waitsFor = async () => (await control.status()).yielding?.waits_for ?? null;
    await control.enqueue(run);
    await until(async () => await waitsFor() !== null, { what: "it to yield" });
    assert.equal(await waitsFor(), `${program} is running`);
    const { state, hold, hold_reason, attempts } = await control.job(run);
    assert.deepEqual([state, hold, hold_reason, attempts], [
      "queued",
      "paused",
      `waiting: ${program} is running`,
      0,
    ]);
    const { stdout } = await labferry(lab, ["status"]);
    assert.match(stdout, new RegExp(`^Transfers are waiting: ${program} is running, since `, "m"));

    // A person's pause and its end change nothing of that, and outlive it.
    await control.pause("*");
    await control.resume("*");
    assert.equal((await control.job(run)).hold_reason, `waiting: ${program} is running`);
    await control.pause("PLATE_01");
    await close(instrument);
    await until(async () => await waitsFor() === null, { limitMs: LIMIT_MS, what: "the way free" });
    assert.equal((await control.job(run)).hold_reason, "PLATE_01 is paused");
    await control.resume("PLATE_01");

    await until(async () => (await control.job(run)).state === "running", {
      what: "it to be sent",
    });
    instrument = open();
    await until(async () => (await control.job(run)).state === "queued", {
      limitMs: LIMIT_MS,
      what: "it to be stopped",
    });
    const stopped = await control.job(run);
    assert.deepEqual([stopped.hold, stopped.attempts], ["paused", 0]);
    await close(instrument);
    await until(async () => (await control.job(run)).state === "verified", {
      limitMs: 90_000,
      what: "it to arrive",
    });
    await assertProven(lab.farRun(run));
  },
);
