/** A run that is files, judged among the files of others. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { auditOneRun } from "../../lib/gate/mod.ts";
import { writeFileRun } from "../../lib/records/mod.ts";
import { testWith } from "../support/needs.ts";
import { creationText, Lab } from "./lab.ts";

async function fileRun(lab: Lab, key: string): Promise<string> {
  const leaf = `runs/ORBI_01/Lipids/Runs/Run_2026-04-17T14-32_${key}`;
  const path = lab.at(leaf);
  await lab.write(`${leaf}/.exlab-wizard/creation.json`, creationText(path));
  const members = { match: "*.raw", group: "stem", key };
  await writeFileRun(path, { folder: lab.at("out"), members, firstSeenAt: "2026-04-17T14:32:11Z" });
  return path;
}

testWith(["linux"], "names of other runs hold none whose files lie beside them", async () => {
  await using lab = await Lab.make();
  for (const name of ["a.raw", "B.raw", "b.raw"]) await lab.write(`out/${name}`);
  const [innocent, twins] = [await fileRun(lab, "a"), await fileRun(lab, "b")];
  const collisions = async (run: string) =>
    (await auditOneRun(run)).findings.filter(({ rule }) => rule === "case_collision")
      .map(({ offending_path: path }) => path);
  assert.deepEqual(await collisions(innocent), []);
  // Both of these are one run: over there they would meet.
  assert.deepEqual(await collisions(twins), [join(lab.at("out"), "b.raw")]);
});
