import assert from "node:assert/strict";
import { Silence } from "../../lib/daemon/silence.ts";
import { openBench } from "../sync/bench.ts";
import { HandClock } from "../support/hand_clock.ts";
import { until } from "../support/until.ts";

const HOUR_MS = 3_600_000;

Deno.test("Silence is said once, again after a run and another silence, and not anew after a restart", async () => {
  const clock = new HandClock();
  await using bench = await openBench({ clock });
  const told: string[] = [];
  let rounds = 0;
  const listen = () =>
    new Silence({
      clock,
      log: () => {},
      queue: bench.queue,
      expected: new Map([["PLATE_01", 24]]),
      now: () => (rounds++, clock.now()),
      onSilence: (_, message) => told.push(message),
    });
  let silence = listen();
  silence.start();
  const afterHours = async (hours: number) => {
    await until(() => clock.asleep === 1, { what: "its rest" });
    const before = rounds;
    clock.turn(hours * HOUR_MS);
    await until(() => rounds > before && clock.asleep === 1, { what: "a round" });
  };
  // Nothing came ever: it counts from when it was first listened for.
  await afterHours(23);
  assert.equal(told.length, 0);
  await afterHours(2);
  await afterHours(50);
  assert.equal(told.length, 1);
  assert.match(told[0]!, /^no run of PLATE_01 since .* UTC; one is expected every 24 h$/);
  await silence.stop();
  silence = listen();
  silence.start();
  await afterHours(1);
  assert.equal(told.length, 1);
  bench.enqueue(await bench.lab.makeRun({ "a.dat": "alpha" }));
  await afterHours(1);
  await afterHours(30);
  assert.equal(told.length, 2);
  await silence.stop();
});
