/** The counts of `retry --all` are what happens: what still waits for its destination is said apart. */
import assert from "node:assert/strict";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";

Deno.test("labferry retry --all counts what goes and what still waits, and a verify that passed ends the waiting", async () => {
  await using lab = await openLab();
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  const first = await lab.makeRun({ "a.dat": "alpha" });
  assert.equal((await labferry(lab, ["enqueue", first, "--wait"])).code, 0);
  const marker = `${lab.farBase("PLATE_01")}/.labferry-destination.json`;
  await Deno.rename(marker, `${marker}.away`);
  const second = await lab.makeRun({ "b.dat": "beta" }, { leaf: "Run_2026-04-18T14-00" });
  assert.equal((await labferry(lab, ["enqueue", second, "--wait"])).code, 4);
  const down = await labferry(lab, ["retry", "--all"]);
  assert.match(down.stdout, /^0 runs are tried again\.\n1 run still waits: .*no mark of labferry/);
  await Deno.rename(`${marker}.away`, marker);
  assert.equal((await labferry(lab, ["verify", first])).code, 0);
  const after = (await labferry(lab, ["status", second, "--json"])).json();
  assert.equal(after.hold, null, "the destination answered to verify");
  const asked = await labferry(lab, ["cancel", first]);
  assert.match(asked.stderr, /cannot be asked to cancel now: its state is “safe”\n/);
  const up = await labferry(lab, ["retry", "--all"]);
  assert.doesNotMatch(up.stdout, /waits/);
});
