import assert from "node:assert/strict";
import { atMostEvery } from "../../lib/base/at_most_every.ts";

Deno.test("atMostEvery is true at once and then once a gap, counted from the last time", () => {
  let now = 50;
  const isTime = atMostEvery(100, { nowMs: () => now });
  assert.deepEqual([isTime(), isTime()], [true, false]);
  now = 149;
  assert.equal(isTime(), false);
  now = 170;
  assert.deepEqual([isTime(), isTime()], [true, false]);
  now = 269;
  assert.equal(isTime(), false);
  now = 270;
  assert.equal(isTime(), true);
});

Deno.test("atMostEvery can begin with a gap", () => {
  let now = 0;
  const isTime = atMostEvery(100, { nowMs: () => now, atOnce: false });
  assert.equal(isTime(), false);
  now = 100;
  assert.equal(isTime(), true);
});
