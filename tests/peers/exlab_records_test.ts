/** ExLab-Wizard's documented writers and ours on the same records, in both directions. */
import assert from "node:assert/strict";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { auditTree, gatherAudit } from "../../lib/gate/mod.ts";
import { adoptRun, newRun } from "../../lib/intake/mod.ts";
import {
  advanceIngest,
  createIngest,
  ingestFault,
  mutateCreation,
  readCreation,
  readIngest,
  readMarker,
  recordedLayout,
  recordPath,
  setOwnFields,
  stagedStatus,
} from "../../lib/records/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const WRITER = join(dirname(fileURLToPath(import.meta.url)), "exlab_writer.py");

/** What the other program makes of a record; it fails where that program would. */
async function exlab(...args: string[]): Promise<Record<string, unknown>> {
  const { success, stdout, stderr } = await new Deno.Command("/usr/bin/python3", {
    args: [WRITER, ...args],
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

function about(lab: Lab) {
  return {
    equipment: lab.config.equipment[0]!,
    project: "Cortex Q3",
    kind: "experimental" as const,
    operator: "asmith",
    clock: new HandClock("2026-04-17T14:32:11Z"),
  };
}

testWith(["filelock"], "ExLab-Wizard reads every creation.json that labferry makes", async () => {
  await using lab = await openLab();
  const { path } = await newRun(about(lab));
  const run = await exlab("creation-read", recordPath(path, "creation.json"));
  assert.deepEqual(run["lims_project"], {
    uid: "",
    short_id: "",
    name_at_creation: "Cortex Q3",
    source: "live",
    cache_freshness_at_use: null,
  });
  await exlab("creation-read", recordPath(join(path, "../.."), "creation.json"));
  const audit = await gatherAudit(auditTree(lab.dataRoot));
  assert.deepEqual(audit.findings, [], "our own audit has nothing against our own records");
});

testWith(["filelock"], "a run takes the LIMS project that its project's record has", async () => {
  await using lab = await openLab();
  const { path } = await newRun(about(lab));
  const projectRecord = recordPath(join(path, "../.."), "creation.json");
  const record = JSON.parse(await Deno.readTextFile(projectRecord));
  record.lims_project = {
    uid: "8c7e9d2f-1a4b-4e6c-9b3d-7f2a1e5d8c4b",
    short_id: "PROJ-0042",
    name_at_creation: "Cortex Q3 Pilot",
  };
  await Deno.writeTextFile(projectRecord, JSON.stringify(record));
  const second = await newRun(about(lab));
  const creation = await readCreation(recordPath(second.path, "creation.json"));
  assert.deepEqual(creation.lims_project, {
    ...record.lims_project,
    source: "live",
    cache_freshness_at_use: null,
  });
  const log = Array.from(Deno.readDirSync(join(second.path, ".exlab-wizard")))
    .find(({ name }) => name.startsWith("wizard."))!;
  const line = await Deno.readTextFile(recordPath(second.path, log.name));
  assert.match(line, /\[proj:PROJ-0042\]/);
});

testWith(["filelock"], "what is ours in a record survives ExLab-Wizard's writes", async () => {
  await using lab = await openLab();
  const dir = lab.join("ZEN out/scan 7");
  await Deno.mkdir(dir, { recursive: true });
  await adoptRun({ ...about(lab), dir });
  const record = recordPath(dir, "creation.json");
  const left_out = [{
    generation: 1,
    at: "2026-04-18T08:00:00Z",
    by: "asmith",
    reason: "the detector was off",
    names: ["b.czi"],
  }];
  await setOwnFields(record, { pinned: true, left_out });
  await exlab("creation-status", record, "synced");
  const creation = await readCreation(record);
  assert.equal(creation.sync_status, "synced");
  assert.deepEqual(creation.labferry, {
    layout: "PLATE_01/Cortex Q3/Runs/Run_2026-04-17T14-32_scan 7",
    pinned: true,
    left_out,
  });
  // And ours after theirs, on the compact text it leaves behind.
  await setOwnFields(record, { pinned: false });
  await mutateCreation(record, (before) => ({ ...before, sync_status: "failed" }));
  assert.equal((await exlab("creation-read", record))["sync_status"], "failed");
  assert.equal((await readCreation(record)).labferry?.pinned, false);
});

testWith(["filelock"], "the queue remembers a place that another write has lost", async () => {
  await using lab = await openLab();
  await markDestinations(lab);
  const dir = lab.join("ZEN out/scan 7");
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(`${dir}/a.czi`, "pixels");
  const { layoutPath } = await adoptRun({ ...about(lab), dir });
  const record = recordPath(dir, "creation.json");
  // As older versions of labferry wrote it.
  const fields = JSON.parse(await Deno.readTextFile(record));
  delete fields.labferry;
  fields.paths.layout = `PLATE_01/${layoutPath}`;
  await Deno.writeTextFile(record, JSON.stringify(fields));

  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const { job } = await daemon.control.enqueue(dir);
  await until(async () => (await daemon.control.job(job.id)).state === "verified", {
    what: "the proof",
  });
  const moved = await readCreation(record);
  assert.equal(moved.labferry?.layout, `PLATE_01/${layoutPath}`, "our first write takes it along");

  delete fields.paths.layout;
  await Deno.writeTextFile(record, JSON.stringify({ ...fields, sync_status: "synced" }));
  assert.equal(recordedLayout(await readCreation(record)), null);
  const again = await daemon.control.enqueue(dir);
  assert.equal(again.job.id, job.id);
  assert.equal(recordedLayout(await readCreation(record)), `PLATE_01/${layoutPath}`);
});

testWith(
  ["filelock"],
  "a record of an older labferry is completed by the first change",
  async () => {
    await using lab = await openLab();
    const { path } = await newRun(about(lab));
    const record = recordPath(path, "creation.json");
    const { lims_project, ...old } = JSON.parse(await Deno.readTextFile(record));
    await Deno.writeTextFile(record, `${JSON.stringify(old, null, 2)}\n`);
    await assert.rejects(exlab("creation-read", record), /lims_project/);
    await mutateCreation(record, (creation) => ({ ...creation, sync_status: "synced" }));
    assert.deepEqual((await exlab("creation-read", record))["lims_project"], lims_project);
  },
);

testWith(["filelock"], "ExLab-Wizard reads who staged a run and what ends it", async () => {
  await using lab = await openLab();
  const [plate] = lab.config.equipment;
  const equipment = {
    ...plate!,
    syncMode: "stage" as const,
    completeness: { signal: "sentinel_file" as const, filenames: ["a.flag", "done"] },
  };
  const { path } = await newRun({ ...about(lab), equipment, stationLabel: "Station 1" });
  const read = await exlab("creation-read", recordPath(path, "creation.json"));
  assert.deepEqual(read["orchestrator"], {
    enabled: true,
    host: hostname(),
    label: "Station 1",
    equipment_label: equipment.label,
    completeness_signal: "sentinel_file",
    sentinel_filename: "done",
    manifest_filename: null,
  });
  const quiet = {
    ...equipment,
    completeness: { signal: "quiet_period" as const, quietMinutes: 5 },
  };
  const second = await newRun({ ...about(lab), equipment: quiet });
  const other = await exlab("creation-read", recordPath(second.path, "creation.json"));
  assert.equal((other["orchestrator"] as Record<string, unknown>)["completeness_signal"], null);
});

testWith(["filelock"], "markers and ingest.json go back and forth between the two", async () => {
  await using dir = await tempDir();
  const marker = await dir.write(".exlab-wizard/test_runs.json", "");
  await Deno.remove(marker);
  await exlab("marker", marker, "Cortex", "PLATE_01");
  assert.equal((await readMarker(marker)).run_kind, "test");

  const theirs = await dir.write("a/.exlab-wizard/ingest.json", "");
  await exlab("ingest-new", theirs);
  assert.ok(!(await Deno.readTextFile(theirs)).includes("history"));
  assert.equal(ingestFault(await readIngest(theirs)), null);
  assert.equal(stagedStatus("synced", await readIngest(theirs)), "pending");
  await advanceIngest(theirs, "complete", { host: "pc", filesReceived: 1 });
  await exlab("ingest-step", theirs, "sync_queued");
  await advanceIngest(theirs, "sync_verified", { host: "pc", nasPath: "//nas/a" });
  const verified = await readIngest(theirs);
  assert.deepEqual(verified.history.map(({ state, nas_path }) => [state, nas_path]), [
    ["complete", undefined],
    ["sync_queued", undefined],
    ["sync_verified", "//nas/a"],
  ]);
  assert.equal(stagedStatus("synced", verified), "synced");
  await exlab("ingest-step", theirs, "cleared");
  assert.equal(stagedStatus("synced", await readIngest(theirs)), "synced");

  const ours = await dir.write("b/.exlab-wizard/ingest.json", "");
  await Deno.remove(ours);
  await createIngest(ours, {
    project_name: "Cortex",
    equipment_id: "PLATE_01",
    run_kind: "experimental",
    run_path: "PLATE_01/Cortex/Runs/Run_1",
    transport: "smb_mount",
    host: "pc",
  });
  assert.equal((await exlab("ingest-step", ours, "complete"))["current_state"], "complete");
  assert.equal(ingestFault(await readIngest(ours)), null);
});
