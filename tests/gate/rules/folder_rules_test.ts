import assert from "node:assert/strict";
import { foldName } from "../../../lib/base/mod.ts";
import { caseCollision } from "../../../lib/gate/rules/case_collision.ts";
import { modePrefixMismatch } from "../../../lib/gate/rules/mode_prefix.ts";
import { orphan } from "../../../lib/gate/rules/orphan.ts";
import { unsafeProjectName } from "../../../lib/gate/rules/project_name.ts";
import { missingRequiredField } from "../../../lib/gate/rules/required_field.ts";

const caseCollisions = caseCollision.judges.neighbours;
const disagreement = modePrefixMismatch.judges.runKind;
const unsafe = unsafeProjectName.judges.project;

function missing(creation: { schemaVersion: string; hasLimsProject: boolean }) {
  return missingRequiredField.judges.record({ name: "creation.json", error: null, creation });
}

Deno.test("caseCollisions finds names that differ only in case", () => {
  const hits = caseCollisions(["a.tif", "A.tif", "b.tif", "A.TIF"]);
  assert.deepEqual([...hits.keys()].sort(), ["A.tif", "a.tif"]);
  assert.match(hits.get("a.tif")!.detail, /"A\.TIF" only in case/);
});

Deno.test("caseCollisions finds NFC and NFD twins", () => {
  const [composed, decomposed] = ["é.txt".normalize("NFC"), "é.txt".normalize("NFD")];
  const hits = caseCollisions([composed, decomposed]);
  assert.equal(hits.size, 1);
  assert.match([...hits.values()][0]!.detail, /NFC, NFD/);
});

Deno.test("caseCollisions folds case fully", () => {
  const twins = [["straße", "STRASSE"], ["ẞ", "ß"], ["İ", "i̇"], ["ΣΑΣ", "σας"], ["K", "k"], [
    "ſ",
    "s",
  ]];
  for (const [a, b] of twins) assert.equal(caseCollisions([a!, b!]).size, 1, `${a} ${b}`);
});

Deno.test("caseCollisions leaves different names alone, dotless and dotted i among them", () => {
  for (const [a, b] of [["ı", "i"], ["ı", "I"], ["a", "ä"], ["1", "١"], ["a", "b"], ["o", "0"]]) {
    assert.equal(caseCollisions([a!, b!]).size, 0, `${a} ${b}`);
  }
  assert.equal(caseCollisions([]).size, 0);
});

Deno.test("foldName is the same for a name in any case and normal form", () => {
  for (const name of ["Größe", "ŒUVRE", "ǰ", "ΐ", "ŉ", "ﬁle", "Ⅷ", "Å", "ᾳ", "İstanbul", "ς"]) {
    const forms = [name, name.toLowerCase(), name.normalize("NFD"), name.normalize("NFC")];
    assert.equal(new Set(forms.map(foldName)).size, 1, name);
  }
});

Deno.test("modePrefixMismatch passes when folder, name and record agree", () => {
  const agree = { parentFolder: "Runs", leaf: "Run_2026-04-17T14-32", recorded: "experimental" };
  assert.equal(disagreement(agree), null);
  assert.equal(disagreement({ ...agree, recorded: null }), null);
  assert.equal(
    disagreement({ parentFolder: "TestRuns", leaf: "TestRun_x", recorded: "test" }),
    null,
  );
});

Deno.test("modePrefixMismatch finds every pair that does not agree", () => {
  const cases = [
    ["TestRuns", "Run_x", "experimental"],
    ["Runs", "TestRun_x", "test"],
    ["Runs", "Run_x", "test"],
    ["TestRuns", "TestRun_x", "experimental"],
    ["Runs", "something", null],
    ["Cortex", "Run_x", "experimental"],
  ] as const;
  for (const [parentFolder, leaf, recorded] of cases) {
    const hit = disagreement({ parentFolder, leaf, recorded });
    assert.equal(hit?.token, leaf, `${parentFolder}/${leaf} ${recorded}`);
  }
});

Deno.test("unsafeProjectName takes the tier it is asked with", () => {
  assert.equal(unsafe("Cortex Q3", "hard"), null);
  assert.equal(unsafe("../x", "hard")?.tier, "hard");
  for (const name of ["", ".", "..", "a/b", "a\\b", ".hidden", " x", "x".repeat(256)]) {
    assert.equal(unsafe(name, "soft")?.tier, "soft", name);
  }
});

Deno.test("missingRequiredField asks for lims_project from schema 1.5 on", () => {
  const without = (schemaVersion: string) => missing({ schemaVersion, hasLimsProject: false });
  for (const old of ["1.0", "1.4", "0.9", "nonsense"]) assert.equal(without(old), null, old);
  for (const later of ["1.5", "1.9", "1.10", "2.0"]) {
    assert.equal(without(later)?.token, "lims_project", later);
  }
  assert.equal(missing({ schemaVersion: "1.9", hasLimsProject: true }), null);
});

Deno.test("orphan is soft and names the level", () => {
  const project = { name: "Cortex", level: "project" } as const;
  assert.equal(orphan.judges.provenance({ ...project, hasCreation: true }), null);
  const hit = orphan.judges.provenance({ ...project, hasCreation: false })!;
  assert.equal(hit.tier, "soft");
  assert.match(hit.detail, /^a project without/);
});
