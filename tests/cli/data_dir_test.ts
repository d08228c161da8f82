/**
 * What a run's data is, asked of a command that looks at files by itself: only records in the state
 * directory may send it to another folder.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { startDaemon } from "../../lib/daemon/mod.ts";
import type { JobView } from "../../lib/control/mod.ts";
import { SOON } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const SECRET = "not of this run";

Deno.test("verify --local and export do not follow a record that came with a run's data", async () => {
  await using lab = await openLab();
  await markDestinations(lab);
  await using dir = await tempDir("labferry-elsewhere-");
  const run = await lab.makeRun({ "a.dat": "alpha" });
  assert.equal((await labferry(lab, ["enqueue", run, "--wait"])).code, 0);
  // As it stands beside the data of a run that another labferry's PC pushed here.
  await dir.write("a.dat", SECRET);
  const record = {
    schema_version: "1.1",
    folder: dir.path,
    whole: true,
    first_seen_at: "2026-01-01",
  };
  await Deno.writeTextFile(join(run, ".exlab-wizard/file_run.json"), JSON.stringify(record));
  const local = await labferry(lab, ["verify", run, "--local", "--json"]);
  assert.equal(local.code, 0, local.stderr);
  assert.deepEqual([local.json().matched, local.json().changed], [1, []]);
  const to = dir.join("package");
  const exported = await labferry(lab, ["export", run, "--format", "bagit", "--to", to]);
  assert.equal(exported.code, 0, exported.stderr);
  assert.equal(await Deno.readTextFile(join(to, "data/a.dat")), "alpha");
});

Deno.test("verify --local and export of a run that is files look where its files lie", async () => {
  await using dir = await tempDir("labferry-files-");
  const out = dir.join("Xcalibur data");
  await Deno.mkdir(out);
  const intake = `{ watch: [${JSON.stringify(out)}], project: "Lipids", ` +
    'run: { kind: files, match: "*.raw" } }';
  await using lab = await openLab({
    equipment: { ORBI_01: "mount" },
    signals: {
      ORBI_01: ["completeness_signal: quiet_period", "quiet_minutes: 0.02", `intake: ${intake}`],
    },
    syncYaml: SOON,
  });
  await markDestinations(lab);
  await Deno.writeTextFile(join(out, "a.raw"), "alpha");
  await Deno.writeTextFile(join(out, "b.raw"), "beta");
  let job: JobView | undefined;
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await until(async () => {
      job = (await daemon.control.jobs({})).find(({ run_path }) => run_path.endsWith("_a"));
      return job?.state === "verified";
    }, { what: "the run to be proven" });
  }
  const run = job!.run_path;
  const local = await labferry(lab, ["verify", run, "--local", "--json"]);
  assert.equal(local.code, 0, local.stderr);
  assert.deepEqual([local.json().files, local.json().matched], [1, 1]);
  await Deno.writeTextFile(join(out, "a.raw"), "ALPHA");
  assert.deepEqual((await labferry(lab, ["verify", run, "--local", "--json"])).json().changed, [
    "a.raw",
  ]);
  await Deno.writeTextFile(join(out, "a.raw"), "alpha");
  const to = dir.join("package");
  const exported = await labferry(lab, ["export", run, "--format", "ro-crate", "--to", to]);
  assert.equal(exported.code, 0, exported.stderr);
  assert.equal(await Deno.readTextFile(join(to, "a.raw")), "alpha");
});
