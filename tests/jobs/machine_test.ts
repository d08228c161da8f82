import assert from "node:assert/strict";
import type { Code } from "../../lib/base/mod.ts";
import { DIAGRAM, type MachineEvent, next, type Step } from "../../lib/jobs/mod.ts";
import { type Job, JOB_STATES, type JobState, type SealFacts } from "../../lib/queue/mod.ts";

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
    alarm: null,
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

const SEAL: SealFacts = {
  generation: 2,
  sealedAt: AT.toISOString(),
  files: 2,
  bytes: 10,
  detail: {},
};

const EVENTS: readonly MachineEvent[] = [
  { type: "claimed" },
  { type: "recovered" },
  { type: "sealed", seal: SEAL },
  { type: "prepared", destination: "/mnt/nas" },
  { type: "pushed", sent: { flushed: true, notes: [] } },
  { type: "pass_committed", verification },
  { type: "books_closed" },
  { type: "resend", paths: ["a"], count: 1 },
  ...(["unreachable", "disk_full", "unknown", "hash_mismatch"] as const).map(failure),
  { type: "put_back", reason: "stopped", notBefore: null },
  { type: "far_damage", error: { code: "far_copy_damaged", message: "x" }, verification },
  { type: "pass_planned", at: AT, why: "a second pass" },
  { type: "destination_moved", destination: "/mnt/new" },
  { type: "retry" },
  { type: "hold", hold: "cancelled", reason: "by asmith" },
  { type: "release", hold: "cancelled" },
  { type: "pin", pinned: true },
  { type: "kept_long_enough" },
  { type: "kept_after_all", reason: "pinned" },
  { type: "deletion_begun" },
  { type: "deletion_stopped", error: { code: "deletion_stopped", message: "x" }, retryAt: AT },
  { type: "local_damage", error: { code: "local_copy_damaged", message: "x" } },
  { type: "deleted", freed: { files: 2, bytes: 10 } },
  { type: "restored", back: { files: 2 } },
];

/** Every job that matters to the machine: each state with each of the facts it looks at. */
function* everyJob(): Generator<Job> {
  for (const state of JOB_STATES) {
    for (const verifyPasses of [0, 1]) {
      for (const resent of [false, true]) {
        for (const attempts of [0, 4]) {
          for (const hold of [null, "cancelled"] as const) {
            for (const pinned of [false, true]) {
              for (const at of [null, AT.toISOString()]) {
                const generation = { sealedAt: at, deletionStartedAt: at };
                yield job({ state, verifyPasses, resent, attempts, hold, pinned, ...generation });
              }
            }
          }
        }
      }
    }
  }
}

Deno.test("next takes exactly the arrows of the diagram", () => {
  const taken = new Set<string>();
  for (const from of everyJob()) {
    for (const event of EVENTS) {
      const to = next(from, event, AT)?.change.state;
      if (to !== undefined && to !== from.state) taken.add(`${from.state} → ${to}`);
    }
  }
  const drawn = JOB_STATES.flatMap((from) => DIAGRAM[from].map((to) => `${from} → ${to}`));
  assert.deepEqual([...taken].sort(), drawn.sort());
});

Deno.test("next is asked with every event there is", () => {
  const kinds: Record<MachineEvent["type"], true> = {
    claimed: true,
    recovered: true,
    sealed: true,
    prepared: true,
    pushed: true,
    pass_committed: true,
    books_closed: true,
    resend: true,
    failed: true,
    put_back: true,
    far_damage: true,
    pass_planned: true,
    destination_moved: true,
    retry: true,
    hold: true,
    release: true,
    pin: true,
    kept_long_enough: true,
    kept_after_all: true,
    deletion_begun: true,
    deletion_stopped: true,
    local_damage: true,
    deleted: true,
    restored: true,
  };
  assert.deepEqual(new Set(EVENTS.map(({ type }) => type)), new Set(Object.keys(kinds)));
});

Deno.test("next moves a cleaned job by new data, or by its own that came back, only", () => {
  const sealedAt = AT.toISOString();
  const cleaned = job({
    state: "cleaned",
    sealedAt,
    verifyPasses: 2,
    verifiedAt: sealedAt,
    deletionStartedAt: sealedAt,
  });
  const stays = ["pass_committed", "pass_planned", "far_damage", "destination_moved", "pin"];
  for (const event of EVENTS) {
    if (event.type === "sealed" || event.type === "restored") continue;
    const step = next(cleaned, event, AT);
    assert.equal(step?.change.state, undefined, event.type);
    assert.equal(step !== null, stays.includes(event.type), event.type);
  }
  const step = next(cleaned, { type: "sealed", seal: SEAL }, AT)!;
  const { state, verifyPasses, verifiedAt, deletionStartedAt, generation } = step.change;
  assert.deepEqual({ state, verifyPasses, verifiedAt, deletionStartedAt, generation }, {
    state: "queued",
    verifyPasses: 0,
    verifiedAt: null,
    deletionStartedAt: null,
    generation: 2,
  });
  assert.deepEqual(step.effects, [{ type: "record_status" }]);
  const back = next(cleaned, { type: "restored", back: {} }, AT)!;
  const { state: to, pinned, deletionStartedAt: begun, generation: same } = back.change;
  assert.deepEqual([to, pinned, begun, same], ["queued", true, null, undefined]);
});

Deno.test("next raises an alarm beside a cleaned job, and the next clean pass takes it away", () => {
  const told = { code: "far_copy_damaged", message: "2 files differ" } as const;
  const error = { ...told, hint: "`labferry retry` sends those files again" };
  const found = { ...verification, mismatched: ["a", "b"], missing: ["c"] };
  const damage: MachineEvent = { type: "far_damage", error, verification: found };
  const cleaned = job({ state: "cleaned", verifyPasses: 2 });
  const { change, effects, event } = next(cleaned, damage, AT)!;
  assert.deepEqual(event.detail, told, "a retry is refused: there is nothing to send");
  const alarm = { code: "far_copy_damaged", since: AT.toISOString(), files: 3 };
  assert.deepEqual(change, { alarm, verification: found });
  assert.deepEqual(effects.map((effect) => effect.type), ["tell"]);
  const later = new Date(AT.getTime() + 1000);
  const again = next({ ...cleaned, alarm }, damage, later)!;
  assert.equal(again.change.alarm?.since, AT.toISOString());
  const mended = next({ ...cleaned, alarm }, { type: "pass_committed", verification }, later)!;
  assert.equal(mended.change.alarm, null);
});

Deno.test("next gives a cleaned job that a rebuild took over its first list, and leaves it cleaned", () => {
  const step = next(job({ state: "cleaned" }), { type: "sealed", seal: SEAL }, AT)!;
  assert.equal(step.change.state, undefined);
  assert.equal(step.change.files, 2);
});

Deno.test("next lets no pinned job near its deletion, and gives up none that was begun", () => {
  const begun = AT.toISOString();
  assert.equal(
    next(job({ state: "verified", pinned: true }), { type: "kept_long_enough" }, AT),
    null,
  );
  const eligible = job({ state: "cleanup_eligible", pinned: true });
  assert.equal(next(eligible, { type: "deletion_begun" }, AT), null);
  const deleted: MachineEvent = { type: "deleted", freed: { files: 2, bytes: 10 } };
  assert.equal(next(job({ state: "cleanup_eligible" }), deleted, AT), null);
  const half = job({ state: "cleanup_eligible", deletionStartedAt: begun });
  assert.equal(next(half, { type: "kept_after_all", reason: "pinned" }, AT), null);
  assert.equal(next(half, { type: "deletion_begun" }, AT)?.change.deletionStartedAt, begun);
});

Deno.test("next says both of a run that is damaged here and over there, and each once", () => {
  const failed = job({
    state: "failed",
    lastError: { code: "far_copy_damaged", message: "1 file differs" },
  });
  const error = { code: "local_copy_damaged", message: "a.dat is rotten" } as const;
  const { change, effects } = next(failed, { type: "local_damage", error }, AT)!;
  const lastError = { code: "local_copy_damaged", message: "a.dat is rotten. 1 file differs" };
  assert.deepEqual([change.state, change.lastError], ["failed", lastError]);
  assert.deepEqual(effects.map((effect) => effect.type), ["record_status", "tell"]);
  assert.equal(next({ ...failed, lastError }, { type: "local_damage", error }, AT), null);
});

Deno.test("next keeps with a proven run why it could not be looked at, and tells it once", () => {
  const error = { code: "source_unreadable", message: "b.dat" } as const;
  const event: MachineEvent = { type: "kept_after_all", reason: "b.dat", error };
  for (const state of ["verified", "cleanup_eligible"] satisfies JobState[]) {
    const kept: Step = next(job({ state }), event, AT)!;
    assert.deepEqual([kept.change.state ?? state, kept.change.lastError], ["verified", error]);
    assert.deepEqual(kept.effects.map((effect) => effect.type), ["tell"]);
    assert.deepEqual(next(job({ state }), { ...event, isTold: true }, AT)!.effects, []);
  }
  assert.equal(next(job({ state: "verified", lastError: error }), event, AT), null);
  assert.equal(next(job({ state: "verified" }), { type: "kept_after_all", reason: "x" }, AT), null);
  assert.equal(next(job({ state: "failed" }), event, AT), null);
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
