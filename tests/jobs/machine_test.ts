import assert from "node:assert/strict";
import type { Code } from "../../lib/base/mod.ts";
import { DIAGRAM, type MachineEvent, next } from "../../lib/jobs/machine.ts";
import { type Job, JOB_STATES, type JobState } from "../../lib/queue/mod.ts";

const AT = new Date("2026-04-17T14:32:00Z");

function job(more: Partial<Job> = {}): Job {
  return {
    id: "j",
    runPath: "/data/lab/E/P/Runs/Run_1",
    equipmentId: "E",
    destination: "/mnt/nas",
    destinationUuid: "u",
    farDir: "P/Runs/Run_1",
    state: "queued",
    hold: null,
    holdReason: null,
    generation: 1,
    sealedAt: null,
    files: 2,
    bytes: 10,
    attempts: 0,
    resent: false,
    preparedGeneration: 0,
    verifyPasses: 0,
    verifiedAt: null,
    enqueuedAt: AT.toISOString(),
    nextAttemptAt: null,
    lastError: null,
    verification: null,
    deletionStartedAt: null,
    pinned: false,
    updatedAt: AT.toISOString(),
    ...more,
  } as Job;
}

const verification = {
  strength: "read_back" as const,
  matched: 2,
  mismatched: [],
  missing: [],
  extra: [],
  skipped: [],
  notes: [],
};

const EVENTS: readonly MachineEvent[] = [
  { type: "claimed" },
  { type: "prepared" },
  { type: "pushed", sent: { flushed: true, notes: [] } },
  { type: "pass_committed", verification },
  { type: "books_closed" },
  { type: "resend", paths: ["a"], count: 1 },
  ...(["unreachable", "disk_full", "unknown", "hash_mismatch"] as const).map(failure),
  { type: "put_back", reason: "stopped", notBefore: null },
  { type: "far_damage", error: { code: "far_copy_damaged", message: "x" }, verification },
  { type: "retry" },
  { type: "hold", hold: "cancelled", reason: "by asmith" },
  { type: "release", hold: "cancelled" },
  { type: "pin", pinned: true },
];

Deno.test("next takes no arrow that the diagram does not have", () => {
  for (const state of JOB_STATES) {
    for (const event of EVENTS) {
      for (const verifyPasses of [0, 1]) {
        const to = next(job({ state, verifyPasses }), event, AT)?.change.state;
        if (to === undefined || to === state) continue;
        assert.ok(DIAGRAM[state].includes(to), `${state} --${event.type}--> ${to}`);
      }
    }
  }
});

Deno.test("next leaves nothing that can move a cleaned job", () => {
  for (const event of EVENTS) {
    if (event.type === "release") continue;
    assert.equal(next(job({ state: "cleaned", hold: null }), event, AT), null, event.type);
  }
});

Deno.test("next charges no attempt for the destination's failures", () => {
  for (const state of ["running", "awaiting_verify"] satisfies JobState[]) {
    const step = next(job({ state, attempts: 3 }), failure("unreachable"), AT)!;
    assert.equal(step.change.attempts, undefined);
    assert.notEqual(step.change.state, "failed");
    assert.deepEqual(step.effects.map((effect) => effect.type), ["open_breaker"]);
  }
});

Deno.test("next gives an unknown failure five attempts with growing waits", () => {
  let current = job({ state: "running" });
  const waitsMs: number[] = [];
  for (let i = 0; i < 4; i++) {
    const { change } = next(current, failure("unknown"), AT)!;
    assert.equal(change.state, "queued");
    waitsMs.push(Date.parse(change.nextAttemptAt!) - AT.getTime());
    current = { ...current, ...change, state: "running" };
  }
  assert.deepEqual(waitsMs, [30_000, 120_000, 480_000, 1_800_000]);
  const last = next(current, failure("unknown"), AT)!;
  assert.equal(last.change.state, "failed");
  assert.deepEqual(last.effects.map((effect) => effect.type), ["record_status", "tell"]);
});

Deno.test("next allows one resend in a generation", () => {
  const first = next(
    job({ state: "awaiting_verify" }),
    { type: "resend", paths: ["a"], count: 1 },
    AT,
  )!;
  assert.equal(first.change.state, "queued");
  assert.equal(first.change.resent, true);
  const again = job({ state: "awaiting_verify", resent: true });
  assert.equal(next(again, { type: "resend", paths: ["a"], count: 1 }, AT), null);
});

Deno.test("next calls a job verified only after a committed pass", () => {
  assert.equal(next(job({ state: "awaiting_verify" }), { type: "books_closed" }, AT), null);
  const step = next(
    job({ state: "awaiting_verify", verifyPasses: 1 }),
    { type: "books_closed" },
    AT,
  )!;
  assert.equal(step.change.state, "verified");
  assert.equal(step.change.verifiedAt, AT.toISOString());
});

Deno.test("next claims no job that is held", () => {
  assert.equal(next(job({ hold: "gate" }), { type: "claimed" }, AT), null);
});

function failure(code: Code): MachineEvent {
  return { type: "failed", error: { code, message: code }, random: 0.5 };
}
