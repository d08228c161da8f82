import assert from "node:assert/strict";
import { nextPass, type PassFacts } from "../../lib/custody/next_pass.ts";
import { HOUR_MS, hoursLater, job, pass, PASSES } from "./facts.ts";

function facts(more: Partial<PassFacts> = {}): PassFacts {
  return {
    job: job(),
    passes: [pass(1, 0)],
    now: hoursLater(1),
    observedMs: HOUR_MS,
    destinationUuid: "u",
    random: 0,
    policy: PASSES,
    ...more,
  };
}

Deno.test("nextPass plans the second pass a gap after the first, by the slower of both clocks", () => {
  assert.deepEqual(nextPass(facts()).at, hoursLater(12));
  assert.deepEqual(nextPass(facts({ observedMs: 0 })).at, hoursLater(13));
  const { policy } = facts();
  const atOnce = nextPass(facts({ policy: { ...policy, minGapHours: 0 } }));
  assert.deepEqual([atOnce.at, atOnce.kind], [hoursLater(1), "pass"]);
});

Deno.test("nextPass plans a pass at once when none counts at the present place", () => {
  for (const more of [{ destinationUuid: "other" }, { passes: [] }]) {
    const { at, kind } = nextPass(facts(more));
    assert.deepEqual([at, kind], [hoursLater(1), "pass"]);
  }
});

Deno.test("nextPass goes over to the scrub, spread over a tenth of its interval", () => {
  const passes = [pass(1, 0), pass(2, 13)];
  const due = (random: number) => nextPass(facts({ passes, random, now: hoursLater(14) }));
  assert.deepEqual([due(0).at, due(0).kind], [hoursLater(13 + 90 * 24), "scrub"]);
  assert.deepEqual(due(1).at, hoursLater(13 + 81 * 24));
  // Without its local copy too, and then more passes are nobody's wish.
  const cleaned = nextPass(facts({ job: job({ state: "cleaned" }), passes: [pass(1, 0)] }));
  assert.equal(cleaned.kind, "scrub");
  const { policy } = facts();
  const now = hoursLater(14);
  const off = nextPass(facts({ passes, now, policy: { ...policy, scrub: "off" } }));
  assert.equal(off.kind, "none");
  assert.ok(off.at > now);
});

Deno.test("nextPass makes an overdue scrub due now, not in the past", () => {
  const late = nextPass(facts({ passes: [pass(1, 0), pass(2, 13)], now: hoursLater(9_000) }));
  assert.deepEqual(late.at, hoursLater(9_000));
});

Deno.test("nextPass waits a gap after a comparison here that counts for nothing, an hour at least", () => {
  const failed = pass(1, 0, { outcome: "failed" });
  const cleaned = job({ state: "cleaned" });
  const due = (minGapHours: number, more: Partial<PassFacts> = {}) =>
    nextPass(facts({
      job: cleaned,
      passes: [failed],
      policy: { ...facts().policy, minGapHours },
      ...more,
    })).at;
  const endedMs = Date.parse(failed.endedAt!);
  const now = new Date(endedMs + 60_000);
  assert.deepEqual(due(12, { now }), new Date(endedMs + 12 * HOUR_MS));
  assert.deepEqual(due(0, { now }), new Date(endedMs + HOUR_MS));
  const late = new Date(endedMs + 13 * HOUR_MS);
  assert.deepEqual(due(12, { now: late }), late);
  // One that a stop cut off says nothing.
  assert.deepEqual(due(12, { now, passes: [{ ...failed, outcome: "abandoned" }] }), now);
});

Deno.test("nextPass: a scrub that stops cut off has not read the run, and is still due", () => {
  const now = hoursLater(9_000);
  const cut = pass(3, 8_999, { outcome: "abandoned", observedMs: 8_999 * HOUR_MS });
  const due = nextPass(facts({ passes: [pass(1, 0), pass(2, 13), cut], now }));
  assert.deepEqual([due.kind, due.at], ["scrub", now]);
});
