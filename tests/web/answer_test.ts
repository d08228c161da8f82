import assert from "node:assert/strict";
import { RUN_FAILURES } from "../../lib/transports/mod.ts";
import type { JobView, StatusView } from "../../lib/control/mod.ts";
import { answerOf, silence } from "../../lib/web/page/answer.js";
import { adviceFor, proofWords, runNames, size, stageOf } from "../../lib/web/page/words.js";
import { jobOf, statusOf } from "./fake_control.ts";

function answer(jobs: JobView[], more: Partial<StatusView> = {}): string {
  const { tone, text } = answerOf(statusOf(jobs, more));
  return `${tone}: ${text}`;
}

const safe = jobOf();
const queued = jobOf({ id: "q", state: "queued", verification: null, verify_passes: 0 });
const failed = jobOf({ id: "f", state: "failed" });
const down = {
  name: "FLOW_01",
  address: "/nas",
  state: "down",
  code: "unreachable",
  reason: "off",
  hint: null,
  next_probe_at: null,
} as const;

const PAUSE = {
  scope: "*",
  since: "2026-11-20T20:18:00.000Z",
  by: "ada",
  reason: "the network is moved",
} as const;

Deno.test("answerOf is green only when every run is proven", () => {
  assert.equal(answer([safe]), "safe: Your run is safe");
  assert.equal(answer([safe, jobOf({ id: "2", state: "cleaned" })]), "safe: All 2 runs are safe");
  assert.equal(answer([safe, queued]), "moving: 1 run on the way");
  assert.equal(answer([safe, failed]), "bad: 1 run needs attention");
  assert.equal(answer([]), "unknown: No runs yet");
  for (const state of ["queued", "running", "awaiting_verify", "failed"] as const) {
    assert.notEqual(answerOf(statusOf([safe, jobOf({ state })])).tone, "safe", state);
  }
});

Deno.test("answerOf says what stands in the way when nothing moves", () => {
  const waits = { ...queued, hold: "destination", hold_reason: "off" } as const;
  assert.equal(answer([waits, safe], { destinations: [down] }), "wait: 1 run waiting for FLOW_01");
  assert.equal(answer([{ ...queued, hold: "gate" }]), "wait: 1 run held");
  assert.equal(
    answer([{ ...queued, hold: "paused" }], { paused: ["*"], pauses: [PAUSE] }),
    "wait: Paused: 1 run waits",
  );
  assert.equal(
    answer([waits, jobOf({ id: "r", state: "running" })], { destinations: [down] }),
    "moving: 2 runs on the way",
  );
  const yielding = {
    waits_for: "ZEN.exe is running",
    since: "2026-11-20T20:18:00.000Z",
    unknown: null,
  };
  const yields = answerOf(statusOf([queued, safe], { yielding }));
  assert.deepEqual([yields.tone, yields.text], ["wait", "Waiting: ZEN.exe is running"]);
  assert.match(yields.more, /^1 run waits since .*; the data stays here until then\. 1 run safe/);
  assert.equal(answer([safe], { yielding }), "safe: Your run is safe", "nothing waits");
  const paused = answerOf(statusOf([safe], { paused: ["*"], pauses: [PAUSE] }));
  assert.equal(paused.tone, "wait", "amber, although every run is safe");
  assert.match(paused.more, /Everything is paused since .*, by ada: the network is moved/);
  const one = { ...PAUSE, scope: "FLOW_01", reason: null };
  const other = jobOf({ id: "r", state: "running" });
  assert.equal(answer([other], { paused: ["FLOW_01"], pauses: [one] }), "wait: 1 run on the way");
});

Deno.test("answerOf does not let a held run hide among those that move", () => {
  const held = { ...queued, hold: "gate" } as const;
  const running = jobOf({ id: "r", state: "running" });
  assert.equal(answer([held, running]), "moving: 2 runs on the way");
  assert.match(answerOf(statusOf([held, running])).more, /1 run of them is held: names to fix/);
});

Deno.test("answerOf counts runs that are not listed", () => {
  const status = statusOf([failed], {
    counts: { failed: 1, verified: 5000, queued: 3 },
    jobs_total: 5004,
  });
  const { more } = answerOf(status);
  assert.match(more, /3 runs on the way\. 5,000 runs safe/);
});

Deno.test("answerOf calls no run safe that only a record vouches for", () => {
  const taken = jobOf({ id: "c", state: "cleaned", verify_passes: 0, verification: null });
  assert.equal(answer([taken]), "wait: 1 run not proven since the queue was made anew");
  assert.equal(stageOf(taken)[1], "wait");
  const proven = jobOf({ id: "p", state: "cleaned", verify_passes: 2 });
  assert.equal(answer([proven]), "safe: Your run is safe");
  assert.match(answerOf(statusOf([taken, proven])).more, /1 run safe at the destination/);
});

Deno.test("silence claims nothing", () => {
  assert.equal(silence(null).tone, "unknown");
  assert.match(silence(new Date()).more, /was so at/);
});

Deno.test("the page's words know every state, hold and strength there is", () => {
  assert.deepEqual(stageOf(safe), ["safe", "safe"]);
  assert.deepEqual(stageOf(queued), ["waiting its turn", "idle"]);
  const again = { ...queued, last_error: { code: "unknown", message: "odd" } };
  assert.deepEqual(stageOf(again), ["will be tried again", "wait"]);
  assert.deepEqual(stageOf({ ...queued, hold: "gate" }), ["held: names to fix", "wait"]);
  assert.deepEqual(stageOf({ ...queued, state: "a_new_one" }), ["a_new_one", "idle"]);
  assert.equal(proofWords(safe), "3 of 3 files read back and compared");
  assert.equal(proofWords(queued), "");
  assert.deepEqual(runNames(jobOf({ far_path: "A/B/TestRuns/TestRun_1" })), {
    name: "TestRun_1",
    project: "A/B",
    isTest: true,
  });
  assert.deepEqual(runNames(jobOf({ far_path: "shipped" })), {
    name: "shipped",
    project: "",
    isTest: false,
  });
  assert.equal(size(999_500), "1.0 MB");
  assert.equal(size(0), "0 B");
});

Deno.test("the page says what to do about every failure of a run", () => {
  const fallback = adviceFor({ code: "no such code" });
  for (const code of RUN_FAILURES.filter((one) => one !== "unknown")) {
    assert.notEqual(adviceFor({ code }), fallback, code);
  }
});

Deno.test("the page gives the hint of the failure itself before its own advice", () => {
  assert.equal(
    adviceFor({ code: "destination_conflict", hint: "move it aside" }),
    "Move it aside.",
  );
});
