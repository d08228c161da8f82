/** The last day by its hours. */
import assert from "node:assert/strict";
import { lastDay, lastDayBegins } from "../../lib/control/last_day.ts";
import { timeToSafe } from "../../lib/control/pace_view.ts";
import type { Move } from "../../lib/queue/mod.ts";

const NOW = new Date("2026-11-26T15:30:00.000Z");
const HOUR_MS = 3_600_000;
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS).toISOString();

let seq = 0;
function move(at: string, path: string, bytes: number | null = null): Move {
  const [fromState, toState] = path.split(" ") as [string, string];
  return {
    seq: ++seq,
    at,
    kind: "any",
    fromState: fromState === "new" ? null : fromState as Move["fromState"],
    toState: toState as Move["toState"],
    job: 1,
    bytes,
  };
}

const dayOf = (moves: readonly Move[], waitingNow = 0, claimedAt: string | null = null) =>
  lastDay({ moves, claimedAt: () => claimedAt, waitingNow, now: NOW });

Deno.test("lastDay has 24 hours, the last of them the one that runs", () => {
  const hours = dayOf([]);
  assert.equal(hours.length, 24);
  assert.equal(hours[0]!.from, new Date(lastDayBegins(NOW)).toISOString());
  assert.ok(hours.every(({ sent_bytes, waiting }) => sent_bytes === 0 && waiting === 0));
  assert.equal(NOW.getTime() - Date.parse(hours.at(-1)!.from), HOUR_MS / 2);
});

Deno.test("lastDay spreads a push over the time it took, and leaves out what was before the day", () => {
  const push = move(hoursAgo(0), "running awaiting_verify", 800);
  const ofTwoHours = dayOf([push], 0, hoursAgo(2)).map(({ sent_bytes }) => sent_bytes);
  assert.deepEqual(ofTwoHours.slice(-4), [0, 200, 400, 200]);
  const longer = dayOf([push], 0, hoursAgo(100)).reduce((sum, hour) => sum + hour.sent_bytes, 0);
  assert.equal(longer, 188, "23.5 of 100 hours");
  const atOnce = dayOf([push], 0, null).map(({ sent_bytes }) => sent_bytes);
  assert.deepEqual(atOnce.slice(-2), [0, 800]);
  const clockSetBack = dayOf([push], 0, hoursAgo(-1)).map(({ sent_bytes }) => sent_bytes);
  assert.deepEqual(clockSetBack.slice(-2), [0, 800]);
});

Deno.test("lastDay reckons back how many waited, the most of each hour", () => {
  const moves = [
    move(hoursAgo(3.2), "new queued"),
    move(hoursAgo(3.1), "new queued"),
    move(hoursAgo(2.1), "queued running"),
    move(hoursAgo(2), "running awaiting_verify"),
    move(hoursAgo(1.9), "awaiting_verify verified"),
    move(hoursAgo(0.1), "queued failed"),
    move(hoursAgo(0.05), "new cleaned"),
  ];
  const waiting = dayOf(moves, 5).map((hour) => hour.waiting);
  assert.deepEqual(waiting.slice(-6), [5, 5, 7, 7, 6, 6]);
  assert.equal(waiting[0], 5);
  // What was changed behind our back: never below nothing.
  assert.ok(dayOf(moves, 0).every((hour) => hour.waiting >= 0));
});

Deno.test("timeToSafe says for half and for nine of ten, and counts within its bounds", () => {
  const of = (seconds: readonly number[]) => timeToSafe(seconds, 7);
  assert.deepEqual([of([]).half_seconds, of([]).most_seconds, of([]).runs], [null, null, 0]);
  const ten = of([10, 60, 61, 300, 400, 500, 600, 700, 90_000, 1e9]);
  assert.deepEqual([ten.half_seconds, ten.most_seconds], [400, 90_000]);
  assert.deepEqual(ten.counts, [2, 2, 4, 0, 0, 0, 0, 2]);
  assert.equal(ten.counts.length, ten.bounds.length + 1);
});
