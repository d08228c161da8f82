/** What people read while transfers wait for a busy computer, and the hours in which they do not wait. */
import assert from "node:assert/strict";
import { noise } from "../contract/stage.ts";
import { openControl, startDaemon } from "../../lib/daemon/mod.ts";
import { LIMIT_MS, untilProven } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

testWith(
  ["unix"],
  "status and page say how busy the computer is that transfers wait for",
  async () => {
    // It is under way for half a minute: the second busy look comes after ten seconds.
    await using lab = await openLab({
      moreYaml: "yield: { cpu_above: 3 }",
      transportYaml: "bandwidth: { upload_mbps: 4 }",
    });
    await markDestinations(lab);
    const run = await lab.makeRun({ "big.raw": noise(16_000_000, 1) });
    const busy = new Deno.Command("sh", { args: ["-c", "while :; do :; done"] }).spawn();
    try {
      // A process of its own: what this one starts would be its own work, for which it does not wait.
      await using service = await startLabDaemon(lab);
      using daemon = await openControl(lab.config, lab.stateDir);
      await daemon.control.enqueue(run);
      const words = /the computer is busy \(others use \d+ % of it, and 3 % is the limit\)/;
      let waitsFor: string | undefined;
      await until(async () => {
        waitsFor = (await daemon.control.status()).yielding?.waits_for ?? "";
        return words.test(waitsFor);
      }, { what: () => `it to yield: ${waitsFor}`, limitMs: LIMIT_MS });
      await until(async () => (await daemon.control.job(run)).state === "queued", {
        what: "it to be stopped",
      });
      const { hold_reason } = await daemon.control.job(run);
      assert.match(hold_reason ?? "", /^waiting: the computer is busy/);
      const { stdout } = await labferry(lab, ["status"]);
      assert.match(stdout, /^Transfers are waiting: the computer is busy .*, since /m);
      const page = await (await fetch(service.url)).text();
      assert.match(page, /Waiting: the computer is busy/);
    } finally {
      busy.kill("SIGKILL");
      await busy.status;
    }
  },
);

testWith(["unix"], "outside its active_hours transfers wait for no program", async () => {
  const program = `Scope${crypto.randomUUID().slice(0, 6)}.exe`;
  // Three days from now it is another day wherever this runs, also if midnight comes meanwhile.
  const day = DAYS[(new Date().getDay() + 3) % 7];
  const hours = `[{ days: [${day}], from: "01:00", to: "01:01" }]`;
  await using lab = await openLab({
    moreYaml: `yield: { processes: [${program}], active_hours: ${hours} }`,
  });
  await markDestinations(lab);
  const run = await lab.makeRun({ "a.dat": "alpha" });
  await Deno.copyFile("/bin/sleep", lab.join(program));
  const instrument = new Deno.Command(lab.join(program), { args: ["120"] }).spawn();
  try {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await daemon.control.enqueue(run);
    await untilProven(daemon, run);
    assert.equal((await daemon.control.status()).yielding?.waits_for ?? null, null);
  } finally {
    instrument.kill("SIGKILL");
    await instrument.status;
  }
});
