/** Two real services on one tree: the second one does nothing there, and every door says so. */
import assert from "node:assert/strict";
import { openStateDir, startDaemon } from "../../lib/daemon/mod.ts";
import { filesBelow } from "../contract/stage.ts";
import { assertProven } from "../support/far_proof.ts";
import { openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { recordOf } from "../support/tree_claim_file.ts";
import { until } from "../support/until.ts";

const CUSTODY = [
  "verify: { min_gap_hours: 0 }",
  "nas_cleanup: { enabled: true, min_age_hours: 0, allow_same_disk: true }",
].join("\n");

Deno.test("a second service on one tree serves nothing there, says so, and takes over at a person's word", async () => {
  await using lab = await openLab({ moreYaml: CUSTODY, syncYaml: "scan_seconds: 1" });
  const other = { ...lab, stateDir: await openStateDir(lab.join("other-state")) };
  await markDestinations(lab);
  await Deno.copyFile(
    lab.stateDir.destinationsFile,
    other.stateDir.destinationsFile,
  );
  const run = await lab.makeRun({ "a.dat": "alpha" });
  await using first = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await first.control.enqueue(run);
  await until(async () => (await first.control.job(run)).state === "cleaned", {
    what: "the first service's work",
  });
  await assertProven(lab.farRun(run));
  const { installation } = await recordOf(lab, "PLATE_01");

  {
    await using second = await startLabDaemon(other);
    const asked = await labferry(other, ["enqueue", run, "--json"]);
    assert.deepEqual([asked.code, asked.json().error.code], [4, "tree_served"], asked.stderr);
    assert.match(asked.json().error.hint, /installation keep/);
    const status = async () => (await labferry(other, ["status", "--json"])).json();
    await until(async () => (await status()).roots.length === 1, { what: "the root's state" });
    const shown = await status();
    assert.match(shown.roots[0].fault, /Another labferry looks after PLATE_01's runs/);
    const problems = async () => {
      const page = await fetch(new URL("/api/v1/problems", second.url));
      return (await page.json()).problems as { code: string; message: string }[];
    };
    await until(async () => (await problems()).length > 0, { what: "the problem on the page" });
    assert.deepEqual((await problems()).map(({ code }) => code), ["tree_served"]);
    assert.match((await problems())[0]!.message, /installation keep/);
    assert.match(await Deno.readTextFile(other.stateDir.logFile), /tree_served/);
    assert.equal((await recordOf(lab, "PLATE_01")).installation, installation);
    await second.kill();
  }
  // It is of this tree alone: neither sent, nor a finding, nor part of a run.
  const far = await filesBelow(lab.farBase("PLATE_01"));
  assert.deepEqual(far.filter((path) => path.includes("labferry-service")), []);
  assert.ok(far.includes(".exlab-wizard/equipment.json"), far.join("\n"));
  const audit = await labferry(lab, ["audit", "--json"]);
  assert.equal(audit.code, 0, audit.stdout);

  // The first one is stopped for good, and a person says that the other takes its place.
  await first.stop();
  const again = await lab.makeRun({ "b.dat": "beta" });
  assert.equal((await labferry(other, ["enqueue", again])).code, 4);
  await using _second = await startLabDaemon(other);
  await until(async () => (await labferry(other, ["enqueue", again])).code === 4, {
    what: "the refusal",
  });
  assert.equal((await labferry(other, ["installation", "keep"])).code, 0);
  await until(async () => (await labferry(other, ["enqueue", again])).code === 0, {
    what: "the tree to be taken over",
  });
  const state = async () => (await labferry(other, ["status", again, "--json"])).json().state;
  await until(async () => await state() === "cleaned", { what: "the other service's work" });
  await assertProven(lab.farRun(again));
  assert.notEqual((await recordOf(lab, "PLATE_01")).installation, installation);
});
