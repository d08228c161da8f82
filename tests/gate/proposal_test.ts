import assert from "node:assert/strict";
import { auditTree, checkProposal, gatherAudit } from "../../lib/gate/mod.ts";
import { Lab } from "./lab.ts";
import { testWith } from "../support/needs.ts";

const PROPOSAL = {
  root: "/data/lab",
  equipmentId: "CONFOCAL_01",
  project: "Cortex Q3",
  runKind: "experimental",
  leaf: "Run_2026-04-17T14-32",
} as const;

function rules(change: object): string[] {
  return checkProposal({ ...PROPOSAL, ...change }).map(({ tier, rule }) => `${tier} ${rule}`);
}

Deno.test("checkProposal finds nothing in a good proposal and touches no disk", () => {
  assert.deepEqual(rules({}), []);
  assert.deepEqual(
    rules({ variables: { operator: "asmith", dose: "<2 mM>", n: 3, none: null } }),
    [],
  );
});

Deno.test("checkProposal refuses a project that is not one safe folder", () => {
  for (const project of ["", "..", "a/b", " x", ".hidden"]) {
    assert.ok(rules({ project }).includes("hard unsafe_project_name"), JSON.stringify(project));
  }
});

Deno.test("checkProposal finds leftovers in names and variables", () => {
  assert.deepEqual(rules({ leaf: "Run_<date>" }), ["hard unresolved_placeholder_token"]);
  const findings = checkProposal({
    ...PROPOSAL,
    variables: { sample: { name: ["ok", "{{ name }}"] }, operator: "<operator>" },
  });
  assert.deepEqual(findings.map(({ matched_token, rule_detail }) => [matched_token, rule_detail]), [
    ["{{ name }}", "value of variables.sample.name.1"],
    ["<operator>", "value of variables.operator"],
  ]);
});

Deno.test("checkProposal finds a name that does not fit the run's kind", () => {
  assert.deepEqual(rules({ runKind: "test" }), ["hard mode_prefix_mismatch"]);
  assert.deepEqual(rules({ leaf: "TestRun_x" }), ["hard mode_prefix_mismatch"]);
});

testWith(["anyNames"], "checkProposal and auditTree say the same of the same names", async () => {
  await using lab = await Lab.make();
  const proposal = { ...PROPOSAL, root: lab.root, project: "Cortex", leaf: "TestRun_<a>:b" };
  await lab.project();
  const run = await lab.run("CONFOCAL_01/Cortex/Runs/TestRun_<a>:b");
  const audited = await gatherAudit(auditTree(run));
  assert.deepEqual(checkProposal(proposal), audited.findings);
  assert.equal(audited.findings.length, 3);
});
