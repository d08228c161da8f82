/** What other PCs push to this one is found, waited for, sent and proven like any other run. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { assertProven } from "../support/far_proof.ts";
import { until } from "../support/until.ts";
import { LIMIT_MS, markReceived, openStation, receive, untilVerified } from "./station.ts";

Deno.test("a received run of an equipment that is not configured goes below orchestrator.transport", async () => {
  await using station = await openStation();
  const { lab, staging, nas } = station;
  const run = await receive(staging, {
    equipment: "SEQ_07",
    block: {
      equipment_label: "Sequencer 7",
      completeness_signal: "sentinel_file",
      sentinel_filename: "done.flag",
    },
    files: { "a/b.dat": "alpha" },
  });
  await markReceived(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  // Its own record says what it waits for, not this PC's configuration.
  await until(
    async () =>
      (await daemon.control.status()).acquiring.some(({ waits_for }) => waits_for === "done.flag"),
    { what: "the run to be seen", limitMs: LIMIT_MS },
  );
  await Deno.writeTextFile(join(run, "done.flag"), "");
  await untilVerified(daemon, run);
  await assertProven(join(nas, "SEQ_07", "Cortex Q3", "Runs", "Run_2026-04-17T14-32"));
});

Deno.test("an equipment whose first run arrives while the service runs is looked after too", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  await markReceived(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const run = await receive(staging, {
    equipment: "SEQ_07",
    block: { completeness_signal: "sentinel_file", sentinel_filename: "done.flag" },
    files: { "a.dat": "alpha", "done.flag": "" },
  });
  await markReceived(lab);
  await daemon.control.retryAll();
  await untilVerified(daemon, run);
});

Deno.test("a run of a configured equipment is received into the same destination as its own", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  await markReceived(lab);
  const own = await lab.makeRun({ "a.dat": "alpha" }, { leaf: "Run_2026-04-18T09-00" });
  const run = await receive(staging, {
    equipment: "PLATE_01",
    block: { completeness_signal: "sentinel_file", sentinel_filename: "done.flag" },
    files: { "b.dat": "beta", "done.flag": "" },
  });
  for (let start = 0; start < 2; start++) {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await daemon.control.enqueue(own);
    await untilVerified(daemon, run);
    await untilVerified(daemon, own);
  }
  await assertProven(
    join(lab.farBase("PLATE_01"), "Cortex Q3", "Runs", "Run_2026-04-17T14-32"),
  );
});

Deno.test("what another labferry pushed without a marker is complete with its manifest", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  const run = await receive(staging, {
    equipment: "SEQ_07",
    block: {},
    files: { ".exlab-wizard/transfer.json": "{}", "a.dat": "alpha", "b.dat": "beta" },
  });
  await markReceived(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await until(
    async () =>
      (await daemon.control.status()).acquiring.some(({ waits_for }) =>
        waits_for === "the manifest of the PC that pushes it"
      ),
    { what: "the run to be seen", limitMs: LIMIT_MS },
  );
  const hash = "0".repeat(64);
  await Deno.writeTextFile(
    join(run, ".exlab-wizard/checksums.sha256"),
    `${hash}  a.dat\n${hash}  b.dat\n`,
  );
  await untilVerified(daemon, run);
});

Deno.test("a received run of files is what was pushed, whatever folder its record names", async () => {
  await using station = await openStation();
  const { lab, staging } = station;
  // A folder of that name is here too, with files that are somebody else's.
  const other = join(lab.dataRoot, "Xcalibur");
  await Deno.mkdir(other, { recursive: true });
  await Deno.writeTextFile(join(other, "a.raw"), "not this one");
  const record = {
    schema_version: "1.0",
    folder: other,
    match: "*.raw",
    group: "stem",
    key: "a",
    first_seen_at: "2026-04-17T14:32:11Z",
  };
  const run = await receive(staging, {
    equipment: "SEQ_07",
    block: { completeness_signal: "sentinel_file", sentinel_filename: "done.flag" },
    files: {
      "a.raw": "alpha",
      "done.flag": "",
      ".exlab-wizard/file_run.json": JSON.stringify(record),
    },
  });
  await markReceived(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await untilVerified(daemon, run);
  const far = join(station.nas, "SEQ_07", "Cortex Q3", "Runs", "Run_2026-04-17T14-32");
  assert.equal(await Deno.readTextFile(join(far, "a.raw")), "alpha");
  const [job] = await daemon.control.jobs({});
  assert.deepEqual([job!.data_path, job!.files], [run, 2]);
});

Deno.test("received runs without a place to go are shown and left where they are", async () => {
  await using station = await openStation({ hasTransport: false });
  const { lab, staging } = station;
  await receive(staging, { equipment: "SEQ_07", files: { "a.dat": "alpha" } });
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await until(
    async () =>
      (await daemon.control.status()).roots.some(({ equipment_id, fault }) =>
        equipment_id === "SEQ_07" && /neither names it nor/.test(fault ?? "")
      ),
    { what: "the folder to be told of", limitMs: LIMIT_MS },
  );
  await until(
    async () => (await daemon.control.problems()).problems.some(({ code }) => code === "no_place"),
    { what: "the audit to tell of it", limitMs: LIMIT_MS },
  );
  assert.deepEqual(await daemon.control.jobs({}), []);
});
