/** What people read while the hours of the configuration, a pause or the destination keep runs waiting. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

Deno.test("status and page say until when nothing is sent, and which runs names hold up", async () => {
  // Today and tomorrow, so that neither midnight nor a slow computer ends it.
  const today = new Date().getDay();
  const days = [DAYS[today], DAYS[(today + 1) % 7]].join(", ");
  await using lab = await openLab({
    transportYaml:
      `bandwidth: { upload_mbps: 0, schedule: [{ days: [${days}], from: "00:00", to: "24:00" }] }`,
  });
  await markDestinations(lab);
  const waits = await lab.makeRun({ "a.dat": "alpha" });
  const held = await lab.makeRun({ "CON.txt": "beta" });
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  for (const run of [waits, held]) await daemon.control.enqueue(run);
  await until(async () => (await daemon.control.status()).held.length === 1, {
    what: "the gate to hold a run",
  });
  const { destinations, held: holds, counts } = await daemon.control.status();
  const closedUntil = destinations[0]!.closed_until!;
  assert.ok(Date.parse(closedUntil) > Date.now(), closedUntil);
  assert.deepEqual([counts["queued"], holds], [2, [{ state: "queued", hold: "gate", runs: 1 }]]);
  const { stdout } = await labferry(lab, ["status"]);
  assert.match(stdout, /^Runs: 1 waiting its turn, 1 held: names to fix$/m);
  assert.match(stdout, /^Nothing is sent to PLATE_01 before 20\S+Z: its hours \(bandwidth\)$/m);
  const page = await (await fetch(daemon.url)).text();
  assert.match(page, /Nothing is sent to PLATE_01 before/);
  assert.match(page, /\(its hours\); 1 run waits for that/);
});

Deno.test("status counts runs that a pause or their destination holds up by those words", async () => {
  await using lab = await openLab();
  const run = await lab.makeRun({ "a.dat": "alpha" });
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await daemon.control.enqueue(run);
  await until(async () => (await daemon.control.status()).destinations[0]!.state === "down", {
    what: "the destination to be found unmarked",
  });
  const counted = async () => {
    const { stdout } = await labferry(lab, ["status"]);
    return /^Runs: .*$/m.exec(stdout)?.[0];
  };
  assert.equal(await counted(), "Runs: 1 waiting for its destination");
  await daemon.control.pause("PLATE_01");
  assert.equal(await counted(), "Runs: 1 paused");
  const { held } = await daemon.control.status();
  assert.deepEqual(held, [{ state: "queued", hold: "paused", runs: 1 }]);
});
