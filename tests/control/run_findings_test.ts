/** What the gate says of one run, and its line in the timeline. */
import assert from "node:assert/strict";
import { eventSentence, placeIn, plainWords } from "../../lib/control/mod.ts";
import { blockingFindings, findingsOfHold } from "../../lib/control/run_findings.ts";
import { jobOf } from "../web/fake_control.ts";
import { findingOf, overrideOf } from "../web/fake_gate.ts";

const job = jobOf({ hold: "gate", state: "queued" });

Deno.test("blockingFindings takes the run's own and its folders', and nobody else's", () => {
  const own = findingOf();
  const above = findingOf({ run_path: "/data/lab/FLOW_01/Panel" });
  const others = [
    findingOf({ run_path: `${job.run_path}-2` }),
    findingOf({ run_path: "/data/lab/FLOW_01/Pan" }),
    findingOf({ tier: "soft" }),
    findingOf({ override_active: true }),
  ];
  const of = (overrides: ReturnType<typeof overrideOf>[], findings = [own, above, ...others]) =>
    blockingFindings(job, { findings, overrides });
  assert.deepEqual(of([]), [own, above]);
  assert.deepEqual(of([overrideOf()]), []);
  assert.deepEqual(of([overrideOf({ state: "expired" })], [own]), [own]);
  const project = findingOf({ run_path: "D:\\lab\\P" });
  const onWindows = { run_path: "D:\\lab\\P\\Runs\\Run_1" };
  assert.deepEqual(blockingFindings(onWindows, { findings: [project], overrides: [] }), [project]);
});

Deno.test("findingsOfHold takes the newest hold of the gate from a timeline", () => {
  const held = (path: string) => ({
    kind: "held",
    detail: { findings: [{ rule: "orphan", path, token: "t", detail: "why" }] },
  });
  const cancelled = { kind: "held", detail: {} };
  const [finding] = findingsOfHold([held("/r/old"), held("/r/new"), cancelled]);
  assert.deepEqual([finding?.offending_path, finding?.rule_detail], ["/r/new", "why"]);
  assert.deepEqual(findingsOfHold([cancelled]), []);
});

Deno.test("placeIn names what is in the run by its path there", () => {
  assert.equal(placeIn(job.run_path, `${job.run_path}/x/con.txt`), "x/con.txt");
  assert.equal(placeIn(job.run_path, job.run_path), "Run_2026-11-20T20-18");
  assert.equal(placeIn(job.run_path, "/data/lab/FLOW_01/<project>"), "<project>");
  assert.equal(placeIn("D:\\lab\\Run_1", "D:\\lab\\Run_1\\a.csv"), "a.csv");
});

Deno.test("decisions are told with who, what, why and until when", () => {
  const said = (kind: string, detail: Record<string, unknown>) =>
    plainWords(eventSentence({ kind, detail }), (at) => at.slice(0, 4));
  const detail = { class: "case_collision", operator: "Ada", reason: "both" };
  assert.equal(
    said("override_added", { ...detail, expires_at: "2031-03-31T12:00:00Z" }),
    "Ada let “case collision” pass until 2031: both",
  );
  assert.equal(
    said("override_revoked", { id: "x", operator: "Bob", reason: "no" }),
    "Bob took an override back: no",
  );
});
