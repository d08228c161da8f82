import assert from "node:assert/strict";
import { LabferryError, Rounds, type RoundsOptions } from "../../lib/base/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { livesOneLife, Stress } from "../support/one_life.ts";
import { until } from "../support/until.ts";

function rounds(stress: Stress, options: Partial<RoundsOptions> = {}): Rounds {
  const { seam, ...context } = stress;
  return new Rounds({
    name: "The test",
    round: () => seam.pass(),
    restMs: 60_000,
    ...context,
    ...options,
  });
}

Deno.test("Rounds lives one life", async (t) => {
  await livesOneLife(t, { make: (stress) => rounds(stress), longestRestMs: 60_000 });
});

Deno.test("Rounds rests as long as the round says, less after a fault, never over a day", async () => {
  const stress = new Stress();
  const { clock, seam } = stress;
  const rests = [5, undefined, Infinity];
  await using service = rounds(stress, {
    faultRestMs: 2_000,
    round: () => {
      seam.pass();
      return rests[seam.calls - 1];
    },
  });
  service.start();
  for (const expected of [5, 60_000, 24 * 3600 * 1000, 2_000]) {
    await until(() => clock.asleep > 0, { what: "the rest" });
    assert.equal(clock.sleeps.at(-1), expected);
    if (expected > 60_000) seam.error = new LabferryError("internal", "trouble");
    clock.turn(expected);
  }
});

Deno.test("Rounds gathers a burst of rings into one round", async () => {
  const stress = new Stress();
  const { clock, seam } = stress;
  await using service = rounds(stress, {
    round: () => {
      seam.pass();
      clock.turn(10);
    },
    gatherMs: (tookMs) => 20 * tookMs,
  });
  service.start();
  await until(() => clock.asleep > 0, { what: "the rest" });
  service.ring();
  await until(() => clock.asleep > 0, { what: "the gathering" });
  for (let n = 0; n < 100; n++) service.ring();
  assert.deepEqual([clock.sleeps, seam.calls], [[60_000, 200], 1]);
  clock.turn(200);
  await until(() => seam.calls === 2 && clock.asleep > 0, { what: "the second round" });
  assert.deepEqual(clock.sleeps, [60_000, 200, 60_000]);
});

Deno.test("Rounds says each kind of trouble once", async () => {
  const stress = new Stress();
  const { clock, seam, lines } = stress;
  await using service = rounds(stress);
  service.start();
  for (const code of ["queue_locked", "queue_io", "queue_locked", "queue_io"] as const) {
    await until(() => clock.asleep > 0, { what: "the rest" });
    seam.error = new LabferryError(code, "trouble", { why: code });
    clock.turn(60_000);
  }
  await until(() => clock.asleep > 0, { what: "the rest" });
  assert.deepEqual(lines, [
    "error: The test failed: trouble: queue_locked",
    "error: The test failed: trouble: queue_io",
  ]);
});

Deno.test("Rounds does the last thing once, after the last round, and only if it was started", async () => {
  const stress = new Stress();
  const done: string[] = [];
  const made = () => rounds(stress, { last: () => void done.push(`after ${stress.seam.calls}`) });
  const never = made();
  await never.stop();
  never.start();
  await never.stop();
  assert.deepEqual(done, []);
  const service = made();
  service.start();
  await until(() => stress.clock.asleep > 0, { what: "the rest" });
  await Promise.all([service.stop(), service.stop()]);
  await service.stop();
  assert.deepEqual(done, ["after 1"]);
});

Deno.test("Rounds.stop does not wait for ever for a round that heeds no signal", async () => {
  const stress = new Stress();
  const { clock, seam, lines } = stress;
  const stuck = Promise.withResolvers<void>();
  const service = rounds(stress, {
    stopWithinMs: 3_000,
    round: () => {
      seam.pass();
      return stuck.promise;
    },
  });
  service.start();
  await until(() => seam.calls === 1, { what: "the round" });
  const stopped = service.stop();
  await until(() => clock.asleep > 0, { what: "the wait" });
  clock.turn(3_000);
  await stopped;
  assert.deepEqual(lines, ["error: The test did not end in time, and is not waited for"]);
  stuck.resolve();
});

Deno.test("Rounds hands its round a signal that ends it, and that end is no trouble", async () => {
  const stress = new Stress();
  const service = rounds(stress, {
    round: (signal) => {
      stress.seam.pass();
      return new HandClock().sleep(1, signal);
    },
  });
  service.start();
  await until(() => stress.seam.calls === 1, { what: "the round" });
  await service.stop();
  assert.deepEqual([stress.lines, stress.faults], [[], []]);
});

Deno.test("Rounds makes no further round after one that says it was the last", async () => {
  const stress = new Stress();
  await using service = rounds(stress, { round: () => (stress.seam.pass(), "done") });
  service.start();
  await until(() => stress.seam.calls === 1, { what: "the round" });
  service.ring();
  await service.stop();
  assert.deepEqual([stress.seam.calls, stress.clock.asleep], [1, 0]);
});
