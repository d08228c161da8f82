/** What stands in a run's way is named by whatever command met it. */
import assert from "node:assert/strict";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";

const FILES = { "a.dat": "alpha" };

Deno.test("labferry run complete of a run that the gate holds exits 3 and names the files, and so does status", async () => {
  await using lab = await openLab();
  const run = await lab.makeRun({ "con.txt": "reserved", "raw/a:b.dat": "colon" });
  const complete = await labferry(lab, ["run", "complete", run]);
  assert.equal(complete.code, 3, complete.stdout + complete.stderr);
  const status = await labferry(lab, ["status", run]);
  assert.equal(status.code, 0);
  for (const { stdout } of [complete, status]) {
    assert.match(stdout, /finding +reserved filesystem name: con\.txt$/m);
    assert.match(stdout, /finding +illegal filesystem character: raw\/a:b\.dat$/m);
  }
  const why = await labferry(lab, ["why", run]);
  assert.match(
    why.stdout,
    /^It is held: 2 findings: a name holds .*; a name that .*\.\n {2}`labferry audit RUN`/m,
  );
  const unnamed = [
    "override",
    "add",
    run,
    "--class",
    "reserved_filesystem_name",
    "--operator",
    " ",
  ];
  const refused = await labferry(lab, [...unnamed, "--reason", "x"]);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /^labferry: --operator must not be empty$/m);
  const json = (await labferry(lab, ["run", "complete", run, "--json"])).json();
  assert.equal(json.blocking_findings_total, 2);
});

Deno.test("labferry verify after a change here says that it changed and how, and compares nothing", async () => {
  await using lab = await openLab();
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  const run = await lab.makeRun(FILES);
  assert.equal((await labferry(lab, ["enqueue", run, "--wait"])).code, 0);
  await Deno.writeTextFile(`${run}/a.dat`, "changed");
  await Deno.writeTextFile(`${run}/b.dat`, "new");
  const verified = await labferry(lab, ["verify", run]);
  assert.equal(verified.code, 1, verified.stdout);
  assert.match(
    verified.stderr,
    /not compared: the run has changed here since it was safe: 1 file new, 1 file altered/,
  );
  assert.match(verified.stderr, /hint: it goes again by itself as generation 2/);
});

Deno.test("verify of a run that is not safe says in people's words how it stands, and what helps", async () => {
  await using lab = await openLab();
  const run = await lab.makeRun({ "a.dat": "alpha" });
  const held = await lab.makeRun({ "CON.txt": "beta" });
  for (const path of [run, held]) await labferry(lab, ["enqueue", path]);
  const refused = async (path: string) => (await labferry(lab, ["verify", path])).stderr;
  assert.match(
    await refused(run),
    /its state is “waiting its turn”\n {2}hint: wait until it is safe/,
  );
  assert.match(
    await refused(held),
    /its state is “held: names to fix”\n {2}hint: `labferry status \w{8}` says what it needs first/,
  );
  await labferry(lab, ["cancel", run]);
  assert.match(
    await refused(run),
    /its state is “cancelled”\n {2}hint: `labferry retry \w{8}` lets it go again/,
  );
});
