/** As of when a run is called safe, and that a damaged copy and one at a staging area are not. */
import assert from "node:assert/strict";
import { lastCompared } from "../../lib/control/mod.ts";

const AT = "2026-11-26T10:12:00.000Z";
const VERIFICATION = {
  at: AT,
  strength: "read_back",
  matched: 2,
  mismatched: [],
  missing: [],
  extra: [],
  skipped: [],
  notes: [],
} as const;
type Facts = Parameters<typeof lastCompared>[0];
const PROVEN: Facts = {
  alarm: null,
  handed_over: false,
  verification: VERIFICATION,
  verified_at: "2026-11-20T00:00:00.000Z",
  verify_passes: 2,
};
const ALARM = { code: "far_copy_damaged", since: AT, files: 1 } as const;

Deno.test("lastCompared: a proven run is safe as of the last comparison", () => {
  assert.deepEqual(lastCompared(PROVEN), { at: AT, isSafe: true });
  const first = { ...PROVEN, verification: null };
  assert.deepEqual(lastCompared(first), { at: PROVEN.verified_at, isSafe: true });
});

Deno.test("lastCompared: what was found damaged is safe as of no moment, the finding's least of all", () => {
  const found = { ...VERIFICATION, mismatched: ["a.dat"] };
  assert.equal(lastCompared({ ...PROVEN, alarm: ALARM, verification: found }), null);
  assert.equal(lastCompared({ ...PROVEN, alarm: ALARM, verification: null }), null);
});

Deno.test("lastCompared: a run at a staging area was compared there, and is not safe yet", () => {
  assert.deepEqual(lastCompared({ ...PROVEN, handed_over: true }), { at: AT, isSafe: false });
});

Deno.test("lastCompared: nothing is proven of a run that no pass counts for", () => {
  assert.equal(lastCompared({ ...PROVEN, verify_passes: 0 }), null);
});
