import assert from "node:assert/strict";
import {
  blockingFindings,
  endOfDay,
  findingsOfHold,
  overrideWords,
  placeWords,
  shown,
} from "../../lib/web/page/gate_words.js";
import { eventWords } from "../../lib/web/page/words.js";
import { jobOf } from "./fake_control.ts";
import { findingOf, overrideOf } from "./fake_gate.ts";

const job = jobOf({ hold: "gate", state: "queued" });
const titleOf = (rule: string) => rule;

Deno.test("blockingFindings takes the run's own and its folders', and nobody else's", () => {
  const own = findingOf();
  const above = findingOf({ run_path: "/data/lab/FLOW_01/Panel" });
  const others = [
    findingOf({ run_path: `${job.run_path}-2` }),
    findingOf({ run_path: "/data/lab/FLOW_01/Pan" }),
    findingOf({ tier: "soft" }),
    findingOf({ override_active: true }),
  ];
  assert.deepEqual(blockingFindings(job, [own, above, ...others], []), [own, above]);
  assert.deepEqual(blockingFindings(job, [own, above], [overrideOf()]), []);
  assert.deepEqual(blockingFindings(job, [own], [overrideOf({ state: "expired" })]), [own]);
  const onWindows = { ...job, run_path: "D:\\lab\\P\\Runs\\Run_1" };
  const project = findingOf({ run_path: "D:\\lab\\P" });
  assert.deepEqual(blockingFindings(onWindows, [project], []), [project]);
});

Deno.test("findingsOfHold takes the newest hold of the gate from a timeline", () => {
  const held = (token: string) => ({
    kind: "held",
    detail: { findings: [{ rule: "orphan", path: "/r/a", token, detail: "why" }] },
  });
  const cancelled = { kind: "held", detail: {} };
  const [finding] = findingsOfHold([held("old"), held("new"), cancelled]);
  assert.equal(finding.matched_token, "new");
  assert.equal(finding.rule_detail, "why");
  assert.deepEqual(findingsOfHold([cancelled]), []);
});

Deno.test("placeWords names what is in the run by its path there, and shows what cannot be seen", () => {
  assert.equal(placeWords(`${job.run_path}/x/con.txt`, job.run_path), "x/con.txt");
  assert.equal(placeWords(job.run_path, job.run_path), "Run_2026-11-20T20-18");
  assert.equal(placeWords("/data/lab/FLOW_01/<project>", job.run_path), "<project>");
  assert.equal(placeWords("D:\\lab\\Run_1\\a.csv", "D:\\lab\\Run_1"), "a.csv");
  assert.equal(shown("a\u202eb\u0007 <script>"), "a\\u{202e}b\\u{7} <script>");
});

Deno.test("overrides are told with who, what, why and until when", () => {
  assert.equal(
    overrideWords(overrideOf(), titleOf),
    "Ada lets “unresolved_placeholder_token” pass: vendor syntax",
  );
  const expires_at = "2031-03-31T12:00:00Z";
  assert.match(overrideWords(overrideOf({ expires_at }), titleOf), /pass until .*2031/);
  assert.match(overrideWords(overrideOf({ expires_at, state: "expired" }), titleOf), /is over/);
  const unusable = overrideOf({ state: "unusable", operator: null, problem_class: null });
  assert.match(overrideWords(unusable, titleOf), /somebody .* counts for nothing/);

  const detail = { class: "case_collision", operator: "Ada", reason: "both", expires_at };
  assert.match(
    eventWords({ kind: "override_added", detail }),
    /^Ada let “case collision” pass until .*2031.*: both$/,
  );
  assert.equal(
    eventWords({ kind: "override_revoked", detail: { id: "x", operator: "Bob", reason: "no" } }),
    "Bob took an override back: no",
  );
});

Deno.test("endOfDay is the last second of the day where the person sits", () => {
  assert.equal(endOfDay(""), null);
  const end = new Date(endOfDay("2031-03-31")!);
  assert.deepEqual([end.getDate(), end.getHours(), end.getSeconds()], [31, 23, 59]);
});
