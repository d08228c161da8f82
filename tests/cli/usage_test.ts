/** Wrong usage is told as what it is. */
import assert from "node:assert/strict";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";

Deno.test("labferry tells an option that does not exist as that, and which was meant", async () => {
  await using lab = await openLab();
  for (const json of [[], ["--json"]]) {
    const { code, stdout, stderr } = await labferry(lab, [
      "ship",
      lab.path,
      "--too",
      "/x",
      ...json,
    ]);
    assert.equal(code, 2);
    assert.match(stdout + stderr, /unknown option '--too'/);
    assert.match(stdout + stderr, /Did you mean --to\?/);
  }
  const run = await labferry(lab, ["run", "new", "--equipmnt", "PLATE_01", "--project", "P"]);
  assert.match(run.stderr, /unknown option '--equipmnt'[\s\S]*--equipment/);
});

Deno.test("labferry says which option is missing and where to read of it", async () => {
  await using lab = await openLab();
  const ship = await labferry(lab, ["ship", lab.path]);
  assert.equal(ship.code, 2);
  assert.match(
    ship.stderr,
    /^labferry: ship needs --to <dest>: .+\n {2}hint: .*labferry ship --help/,
  );
  const override = await labferry(lab, ["override", "add", "RUN", "--class", "C", "--json"]);
  assert.equal(override.code, 2);
  assert.equal(override.json().error.code, "usage");
  assert.match(override.json().error.message, /add needs --operator <name>/);
});

Deno.test("labferry ship refuses a ceiling that no tool can keep", async () => {
  await using lab = await openLab();
  for (const mbps of ["0", "0.005"]) {
    const args = ["ship", lab.path, "--to", lab.join("nas"), "--bwlimit", mbps];
    const { code, stderr } = await labferry(lab, args);
    assert.equal(code, 2);
    assert.match(stderr, new RegExp(`^labferry: --bwlimit ${mbps} .*\\n {2}hint: .*no limit`));
  }
});
