/** What a destination is allowed follows the clock on the wall while something is under way. */
import assert from "node:assert/strict";
import { destinationsOf } from "../../lib/daemon/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { openLab } from "../support/lab.ts";

const MINUTE_MS = 60_000;

Deno.test("a destination's ceiling opens and closes over midnight, by the service's clock", async () => {
  await using lab = await openLab({
    transportYaml:
      'bandwidth: { upload_mbps: 8, schedule: [{ days: [fri], from: "22:00", to: "06:00" }] }',
  });
  // A Friday's evening, wherever this computer is.
  const hands = new HandClock(new Date(2026, 2, 6, 21, 59).toISOString());
  const known = new KnownDestinations(lab.stateDir.path);
  const place = destinationsOf(lab.config, known, hands).get("PLATE_01")!;
  const after = (minutes: number) => {
    hands.turn(minutes * MINUTE_MS);
    return place.uploadMbps();
  };
  // 21:59, 22:00, 23:59, Saturday 00:01, 05:59, 06:00, and 22:30 on a day without a window.
  const seen = [0, 1, 119, 2, 358, 1, 990].map(after);
  assert.deepEqual(seen, [null, 8, 8, 8, 8, null, null]);
});

Deno.test("a ceiling of nothing in a window is a pause, and ends with it", async () => {
  await using lab = await openLab({
    transportYaml:
      'bandwidth: { upload_mbps: 0, schedule: [{ days: [sat], from: "08:00", to: "18:00" }] }',
  });
  const hands = new HandClock(new Date(2026, 2, 7, 7, 59).toISOString());
  const known = new KnownDestinations(lab.stateDir.path);
  const place = destinationsOf(lab.config, known, hands).get("PLATE_01")!;
  const seen = [0, 1, 599, 1].map((minutes) => {
    hands.turn(minutes * MINUTE_MS);
    return [place.uploadMbps(), place.closedUntil?.() ?? null];
  });
  const end = new Date(2026, 2, 7, 18, 0);
  assert.deepEqual(seen, [[null, null], [0, end], [0, end], [null, null]]);
});
