/** A run whose instrument died: shown as stalled, left alone by a person, news again when it changes. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import type { AcquiringView } from "../../lib/control/mod.ts";
import { runDir, SENTINEL, SOON, untilProven, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";

Deno.test("a stalled run is a person's: dismissed it is no trouble, changed it is news again", async () => {
  await using lab = await openLab({
    signals: { PLATE_01: [...SENTINEL, "stalled_after: 7d"] },
    syncYaml: SOON,
  });
  await markDestinations(lab);
  const [plate] = lab.config.equipment;
  const config = {
    ...lab.config,
    equipment: [{ ...plate!, rules: { ...plate!.rules, stalledAfterHours: 1 / 3600 } }],
  };
  const run = runDir(lab, "PLATE_01");
  await write(run, "a.dat", "alpha");
  await using daemon = await startDaemon({ config, stateDir: lab.stateDir });
  const seen = async (): Promise<AcquiringView | undefined> =>
    (await daemon.control.status()).acquiring.find(({ run_path }) => run_path === run);
  await until(async () => (await seen())?.phase === "odd", { what: "the run to be stalled" });
  assert.match((await seen())!.waits_for, /^stalled: .* still waiting for done\.flag$/);
  const said = await daemon.control.dismiss(run);
  assert.notEqual(said.dismissed, null);
  assert.notEqual((await seen())?.dismissed, null);
  await write(run, "b.dat", "beta");
  await until(async () => (await seen())?.dismissed === null, { what: "the run to be news" });
  await write(run, "done.flag", "");
  await untilProven(daemon, run);
  await assert.rejects(daemon.control.dismiss(run), /No run there is waited for/);
});
