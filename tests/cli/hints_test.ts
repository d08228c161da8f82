/** What a failure advises reaches whoever asks, in the words of where it was thrown. */
import assert from "node:assert/strict";
import { openLab, writeFiles } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";

const FILES = { "a.dat": "alpha" };

Deno.test("labferry ship gives the hint of the failure itself, after the failure went through the job", async () => {
  await using lab = await openLab();
  await writeFiles(lab.join("scan"), FILES);
  await writeFiles(lab.join("b/scan"), { "a.dat": "somebody else's" });
  const args = ["ship", lab.join("scan"), "--to", lab.join("b"), "--init-destination", "--json"];
  for (const round of ["first", "again"]) {
    const { error } = (await labferry(lab, args)).json();
    assert.equal(error.code, "destination_conflict", round);
    assert.ok(error.hint, round);
    assert.doesNotMatch(error.hint, /nothing was deleted|run the same command again, it goes on/);
  }
});

Deno.test("a destination that is down shows its hint in status, with its runs and in their history", async () => {
  await using lab = await openLab();
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  const run = await lab.makeRun(FILES);
  await Deno.remove(`${lab.farBase("PLATE_01")}/.labferry-destination.json`);
  const waited = (await labferry(lab, ["enqueue", run, "--wait", "--json"])).json();
  const { hint } = waited.error;
  assert.ok(hint, JSON.stringify(waited));
  const status = (await labferry(lab, ["status", "--json"])).json();
  assert.equal(status.destinations[0].hint, hint);
  assert.deepEqual([status.jobs[0].hold, status.jobs[0].hold_hint], ["destination", hint]);
  assert.equal(status.jobs[0].last_error.hint, hint);
  for (const args of [["status"], ["status", run], ["history", run]]) {
    const { stdout } = await labferry(lab, args);
    assert.ok(stdout.includes(hint), `${args[0]}: ${stdout}`);
  }
});

Deno.test("destination init says of one disk what the configuration has decided about it", async () => {
  const asked: [moreYaml: string, words: RegExp][] = [
    ["", /never unlocks deletion/],
    ["nas_cleanup: { allow_same_disk: true }", /unlocks deletion all the same/],
  ];
  for (const [moreYaml, words] of asked) {
    await using lab = await openLab({ moreYaml });
    const { code, stderr } = await labferry(lab, ["destination", "init"]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, words);
  }
});
