/** A preset or a pattern of another instrument finds nothing: `config check` says so, before anybody waits. */
import assert from "node:assert/strict";
import { labferry } from "../support/lab_programs.ts";
import { openLab } from "../support/lab.ts";
import { tempDir } from "../support/temp_dir.ts";

async function warnings(out: string, ...lines: string[]): Promise<readonly string[]> {
  await using lab = await openLab({ equipment: { ORBI_01: "mount" }, signals: { ORBI_01: lines } });
  const said = await labferry(lab, ["config", "check", "--json"]);
  assert.equal(said.code, 0, said.stderr);
  const all: string[] = said.json().warnings;
  return all.filter((one) => one.includes(out)).map((one) => one.replaceAll(out, "OUT"));
}

Deno.test("config check says of a watched folder in which nothing is a run", async () => {
  await using dir = await tempDir("labferry-watched-");
  const out = dir.path;
  const intake = (run = "") => `intake: { watch: [${JSON.stringify(out)}], project: P${run} }`;
  assert.deepEqual(await warnings(out, "preset: thermo-raw", intake()), []);
  await dir.write("a.raw", "scans");
  await dir.write("notes.txt", "no data");
  assert.deepEqual(await warnings(out, "preset: thermo-raw", intake()), []);
  const [pattern, ...more] = await warnings(
    out,
    "preset: thermo-raw",
    intake(', run: { kind: files, match: "*.wiff" }'),
  );
  assert.deepEqual(more, []);
  assert.match(
    pattern!,
    /^ORBI_01: in OUT are 2 files and 0 folders, and no file is called as "\*\.wiff": no run is found; `labferry learn "OUT"`/,
  );
  const [folders] = await warnings(out, "preset: bruker-timstof", intake());
  assert.match(folders!, /and its runs are to be folders: no run is found/);
  await Deno.mkdir(dir.join("a.d"));
  assert.deepEqual(await warnings(out, "preset: bruker-timstof", intake()), []);
  const gone = JSON.stringify(dir.join("gone"));
  const [missing] = await warnings(
    out,
    "preset: thermo-raw",
    `intake: { watch: [${gone}], project: P }`,
  );
  assert.match(missing!, /intake\.watch OUT\/gone is not there: no run is found/);
});
