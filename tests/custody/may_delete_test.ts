import assert from "node:assert/strict";
import { type CustodyFacts, mayDelete } from "../../lib/custody/mod.ts";
import { allHold, HOUR_MS, hoursLater, job, NOTHING_OUTSIDE, pass } from "./facts.ts";

/** The interlocks that do not hold, by name. */
function open(facts: CustodyFacts): string[] {
  return mayDelete(facts).interlocks.filter(({ stand }) => stand !== "holds")
    .map(({ name }) => name);
}

Deno.test("mayDelete lets a run go when all six interlocks hold, each with its evidence", () => {
  const verdict = mayDelete(allHold());
  assert.deepEqual(open(allHold()), []);
  assert.equal(verdict.mayDelete, true);
  assert.equal(verdict.reason, null);
  for (const { sentence, evidence, name } of verdict.interlocks) {
    assert.ok(sentence.length > 0 && Object.keys(evidence).length > 0, name);
  }
});

const { look, policy } = allHold();

/** By what is wrong; each with the one interlock that must not hold for it. */
const FAILING: readonly (readonly [string, string, Partial<CustodyFacts>])[] = [
  ["one pass too few", "passes", { passes: [pass(2, 0)], policy: { ...policy, minAgeHours: 0 } }],
  ["passes too near by the wall clock", "passes", {
    passes: [pass(1, 30), pass(2, 36, { observedMs: 60 * HOUR_MS })],
    policy: { ...policy, minAgeHours: 0 },
  }],
  ["passes too near by the time lived through", "passes", {
    passes: [pass(1, 0), pass(2, 36, { observedMs: 11 * HOUR_MS })],
  }],
  ["a pass whose observed time is not known", "passes", {
    passes: [pass(1, 0), pass(2, 36, { observedMs: null })],
  }],
  ["a pass that failed", "passes", { passes: [pass(1, 0), pass(2, 36, { outcome: "failed" })] }],
  ["a pass of an older generation", "passes", {
    passes: [pass(1, 0), pass(2, 36, { generation: 2 })],
  }],
  ["a pass at another destination", "passes", {
    passes: [pass(1, 0), pass(2, 36, { destinationUuid: "other" })],
  }],
  ["a pass at another far path", "passes", { passes: [pass(1, 0), pass(2, 36, { farDir: "Q" })] }],
  ["a pass that trusted the provider", "passes", {
    passes: [pass(1, 0), pass(2, 36, { strength: "provider_asserted" })],
  }],
  ["a pass of sizes only", "passes", {
    passes: [pass(1, 0), pass(2, 36, { strength: "size_only" })],
  }],
  ["proven for too short a time", "age", {
    policy: { ...policy, minAgeHours: 37 },
  }],
  ["a wall clock that jumped ahead", "age", {
    now: hoursLater(9_999),
    observedMs: 23 * HOUR_MS,
    passes: [pass(1, 0), pass(2, 20)],
    look: { ...look!, endedAt: hoursLater(9_999).toISOString() },
  }],
  ["a wall clock that was set back", "age", {
    job: job({ updatedAt: hoursLater(40).toISOString() }),
  }],
  ["no look yet", "full_pass", { look: { ...look!, passId: 0, isIdentityConfirmed: false } }],
  ["a look of two hours ago", "full_pass", { look: { ...look!, agoMs: 2 * HOUR_MS } }],
  ["a look of two hours ago by the wall clock", "full_pass", {
    look: { ...look!, endedAt: hoursLater(34).toISOString() },
  }],
  ["a look into the future", "full_pass", {
    look: { ...look!, endedAt: hoursLater(38).toISOString() },
  }],
  ["a look at sizes", "full_pass", { look: { ...look!, strength: "size_only" } }],
  ["the run's own disk", "full_pass", { sameDisk: true }],
  ["a look that memory may have answered, soon after", "full_pass", {
    look: { ...look!, isFromThere: false },
    observedMs: 11 * HOUR_MS,
    passes: [pass(1, 0), pass(2, 36)],
    policy: { ...policy, minAgeHours: 0, minVerifyPasses: 1 },
  }],
  ["a gate that holds it", "gate", { gate: { blockedBy: "2 names", revoked: [] } }],
  ["a permission taken back since", "gate", {
    gate: { blockedBy: null, revoked: [{ id: "o1", at: hoursLater(1).toISOString() }] },
  }],
  ["a permission taken back at a time nobody can read", "gate", {
    gate: { blockedBy: null, revoked: [{ id: "o1", at: "yesterday" }] },
  }],
  ["a local file that changed", "local_files", { look: { ...look!, changed: 1 } }],
  ["a local file that was not read", "local_files", {
    look: { ...look!, rehashed: { files: 2, bytes: 200 } },
  }],
  ["a rehash that was not made", "local_files", { look: { ...look!, rehashed: null } }],
  ["nothing here", "local_files", { local: { files: 0, bytes: 0 } }],
  ["a pin", "nobody_holds", { job: job({ pinned: true }) }],
  ["a hold", "nobody_holds", { job: job({ hold: "cancelled", holdReason: "by ada" }) }],
  ["an alarm", "nobody_holds", {
    job: job({ alarm: { code: "far_copy_damaged", since: "x", files: 1 } }),
  }],
  ["a pin in the record alone", "nobody_holds", {
    outside: { ...NOTHING_OUTSIDE, isPinnedInRecord: true },
  }],
  ["a pause", "nobody_holds", { outside: { ...NOTHING_OUTSIDE, pausedBy: "ada" } }],
  ["a staging area", "nobody_holds", { outside: { ...NOTHING_OUTSIDE, isStaged: true } }],
  ["a second service", "nobody_holds", {
    outside: { ...NOTHING_OUTSIDE, held: "another labferry looks after it" },
  }],
  ["a writer", "nobody_holds", {
    users: { open: [{ path: "/data/a", pid: 7 }], unknown: null },
  }],
];

for (const [what, name, more] of FAILING) {
  Deno.test(`mayDelete keeps a run for ${what}: ${name} alone does not hold`, () => {
    const facts = allHold(more);
    assert.deepEqual(open(facts), [name]);
    const verdict = mayDelete(facts);
    assert.equal(verdict.mayDelete, false);
    assert.ok(verdict.reason);
  });
}

/** Proven for long, damaged over there, sent again and compared once since. */
const MENDED: Partial<CustodyFacts> = {
  job: job({ verifyPasses: 1 }),
  passes: [
    pass(1, 0),
    pass(2, 13),
    pass(3, 35, { outcome: "failed", mismatched: 1, matched: 2 }),
    pass(4, 36),
  ],
};

Deno.test("mayDelete counts no pass from before damage that was found, nor from before a move", () => {
  assert.deepEqual(open(allHold(MENDED)), ["passes", "age"]);
  // What was sent again was sent just now, and this computer still has it in its memory.
  const fromMemory = { look: { ...look!, isFromThere: false }, ...MENDED };
  assert.deepEqual(open(allHold(fromMemory)), ["passes", "age", "full_pass"]);
  const moved = allHold({ job: job({ verifyPasses: 1 }) });
  assert.deepEqual(open(moved), ["passes", "age"]);
  const again = [...MENDED.passes!, pass(5, 72)];
  const later = allHold({ job: job({ verifyPasses: 2 }), passes: again, now: hoursLater(72) });
  const at72 = { observedMs: 72 * HOUR_MS, look: { ...look!, endedAt: later.now.toISOString() } };
  assert.deepEqual(open({ ...later, ...at72 }), []);
});

Deno.test("mayDelete lets nothing go where it is not enabled, or not proven", () => {
  assert.equal(mayDelete(allHold({ policy: { ...policy, enabled: false } })).mayDelete, false);
  for (const state of ["queued", "running", "awaiting_verify", "failed", "cleaned"] as const) {
    assert.equal(mayDelete(allHold({ job: job({ state }) })).mayDelete, false, state);
  }
});

Deno.test("mayDelete takes what memory may have answered 12 h after the first pass, or after a restart", () => {
  const fromMemory = { ...look!, isFromThere: false };
  assert.deepEqual(open(allHold({ look: fromMemory })), []);
  const soon = {
    observedMs: 11 * HOUR_MS,
    policy: { ...policy, minAgeHours: 0, minVerifyPasses: 1 },
  };
  assert.deepEqual(open(allHold({ ...soon, look: fromMemory })), ["full_pass"]);
  const restarted = { ...fromMemory, uptimeMs: 10 * HOUR_MS };
  assert.deepEqual(open(allHold({ ...soon, look: restarted })), []);
});

Deno.test("mayDelete finds it worth looking when only the look's own answers are missing", () => {
  const asked = allHold({ look: null });
  assert.deepEqual(open(asked), ["full_pass", "local_files"]);
  const verdict = mayDelete(asked);
  assert.equal(verdict.isWorthLooking, true);
  assert.equal(verdict.deletableFrom, asked.now.toISOString());
  // The last of the passes may be the one that the deletion makes.
  assert.equal(mayDelete(allHold({ look: null, passes: [pass(1, 0)] })).isWorthLooking, true);
  assert.equal(mayDelete(allHold({ look: null, passes: [] })).isWorthLooking, false);
  assert.equal(mayDelete(allHold({ look: null, passes: [pass(1, 30)] })).isWorthLooking, false);
  assert.equal(
    mayDelete(allHold({ look: null, job: job({ pinned: true }) })).isWorthLooking,
    false,
  );
});

Deno.test("mayDelete says when a run can go, by the slower of two clocks, and never when a person must speak", () => {
  const at = (more: Partial<CustodyFacts>) =>
    mayDelete(allHold({ look: null, ...more })).deletableFrom;
  const soon = { now: hoursLater(10), observedMs: 10 * HOUR_MS, passes: [pass(1, 0)] };
  assert.equal(at(soon), hoursLater(24).toISOString());
  assert.equal(at({ ...soon, observedMs: 4 * HOUR_MS }), hoursLater(30).toISOString());
  const twoMore = { ...soon, policy: { ...policy, minVerifyPasses: 3 } };
  assert.equal(at(twoMore), hoursLater(24).toISOString());
  assert.equal(at({ ...soon, job: job({ pinned: true }) }), null);
});

Deno.test("mayDelete takes a gap and an age of nothing for at once", () => {
  const atOnce = { ...policy, minGapHours: 0, minAgeHours: 0 };
  const facts = allHold({
    policy: atOnce,
    now: hoursLater(0),
    observedMs: 0,
    passes: [pass(1, 0), pass(2, 0)],
    look: { ...look!, endedAt: hoursLater(0).toISOString() },
  });
  assert.deepEqual(open(facts), []);
});
