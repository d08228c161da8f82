import assert from "node:assert/strict";
import { AuditTally, type Finding, type PlaceAudit } from "../../lib/gate/mod.ts";

Deno.test("AuditTally counts everything, keeps as much as asked, and sorts what it keeps", () => {
  const tally = new AuditTally({ mostKept: 2 });
  tally.add(run("/r/B", [finding("/r/B/x", {}), finding("/r/B/y", { override_active: true })]));
  tally.add(run("/r/A", [finding("/r/A/z", { tier: "soft" })]));
  tally.addProblem({ path: "/r/Q", code: "unreadable", message: "closed" });
  tally.addProblem({ path: "/r/P", code: "unreadable", message: "closed" });
  tally.addProblem({ path: "/r/O", code: "unreadable", message: "closed" });
  assert.deepEqual([tally.runs, tally.hard, tally.soft], [2, 1, 1]);
  assert.deepEqual(tally.findings.map((one) => one.offending_path), ["/r/B/x", "/r/B/y"]);
  assert.deepEqual(tally.problems.map(({ path }) => path), ["/r/P", "/r/Q"]);
});

function run(path: string, findings: readonly Finding[]): PlaceAudit {
  return {
    kind: "run",
    path,
    findings,
    above: [],
    problems: [],
    syncStatus: null,
    overrides: [],
    entries: 1,
  };
}

function finding(path: string, differs: Partial<Finding>): Finding {
  return {
    rule: "orphan",
    tier: "hard",
    run_path: "/r",
    offending_path: path,
    offending_kind: "file_name",
    matched_token: "?",
    rule_detail: "?",
    synced_under_prior_policy: false,
    override_active: false,
    ...differs,
  };
}
