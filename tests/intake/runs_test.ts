import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { adoptRun, newRun } from "../../lib/intake/mod.ts";
import { readCreation, readEquipment, readMarker, recordPath } from "../../lib/records/mod.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { HandClock } from "../support/hand_clock.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";

function about(lab: Lab) {
  return {
    equipment: lab.config.equipment[0]!,
    project: "Cortex Q3",
    kind: "experimental" as const,
    operator: "asmith",
    clock: new HandClock("2026-04-17T14:32:11Z"),
  };
}

Deno.test("newRun gives runs of the same minute names of their own, all at once", async () => {
  await using lab = await openLab();
  const made = await Promise.all(Array.from({ length: 5 }, () => newRun(about(lab))));
  const leaves = made.map(({ layoutPath }) => layoutPath.split(/[\\/]/).at(-1)).sort();
  const first = "Run_2026-04-17T14-32";
  assert.deepEqual(leaves, [first, `${first}-2`, `${first}-3`, `${first}-4`, `${first}-5`]);
});

Deno.test("newRun writes the records of run, project, kind and equipment", async () => {
  await using lab = await openLab();
  const { path } = await newRun({ ...about(lab), kind: "test", variables: { laser: "488" } });
  assert.match(path, /[\\/]TestRuns[\\/]TestRun_2026-04-17T14-32$/);
  const run = await readCreation(recordPath(path, "creation.json"));
  assert.deepEqual([run.level, run.run_kind, run.created_by, run.sync_status], [
    "run",
    "test",
    "asmith",
    "pending",
  ]);
  assert.deepEqual(run.variables, { laser: "488" });
  assert.equal((await readCreation(recordPath(`${path}/../..`, "creation.json"))).level, "project");
  assert.equal((await readMarker(recordPath(`${path}/..`, "test_runs.json"))).run_kind, "test");
  assert.equal(
    (await readEquipment(recordPath(`${path}/../../..`, "equipment.json"))).id,
    "PLATE_01",
  );
});

Deno.test("newRun refuses a project that is no safe segment, and a name of the other kind", async () => {
  await using lab = await openLab();
  await assert.rejects(newRun({ ...about(lab), project: "../elsewhere" }), {
    code: "unsafe_project_name",
  });
  await assert.rejects(newRun({ ...about(lab), leaf: "TestRun_1" }), {
    code: "mode_prefix_mismatch",
  });
  await assert.rejects(newRun({ ...about(lab), leaf: "Run_a/b" }), {
    code: "mode_prefix_mismatch",
  });
});

Deno.test("newRun makes nothing in place of a data disk that is not there", async () => {
  await using lab = await openLab();
  const equipment = { ...lab.config.equipment[0]!, localRoot: lab.join("unplugged") };
  await assert.rejects(newRun({ ...about(lab), equipment }), { code: "root_missing" });
  await assert.rejects(Deno.lstat(lab.join("unplugged")), Deno.errors.NotFound);
});

Deno.test("adoptRun gives a folder elsewhere the layout path it would have, once", async () => {
  await using lab = await openLab();
  await markDestinations(lab);
  const dir = lab.join("ZEN out/scan 7");
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(`${dir}/a.czi`, "pixels");
  const { layoutPath } = await adoptRun({ ...about(lab), dir });
  assert.equal(layoutPath, "Cortex Q3/Runs/Run_2026-04-17T14-32_scan 7");
  await assert.rejects(adoptRun({ ...about(lab), dir }), { code: "already_exists" });

  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const { job } = await daemon.control.enqueue(dir);
  await until(async () => (await daemon.control.job(job.id)).state === "verified", {
    what: "the proof",
  });
  assert.equal(await Deno.readTextFile(`${lab.farBase("PLATE_01")}/${layoutPath}/a.czi`), "pixels");
});

Deno.test("adoptRun refuses what the folder's own place contradicts", async () => {
  await using lab = await openLab();
  const dir = `${lab.dataRoot}/PLATE_01/Cortex Q3/Runs/Run_2026-04-17T14-32`;
  await Deno.mkdir(dir, { recursive: true });
  await assert.rejects(adoptRun({ ...about(lab), project: "Other", dir }), { code: "not_a_run" });
  await assert.rejects(adoptRun({ ...about(lab), kind: "test", dir }), { code: "not_a_run" });
  assert.equal(
    (await adoptRun({ ...about(lab), dir })).layoutPath,
    "Cortex Q3/Runs/Run_2026-04-17T14-32",
  );
});
