/** The background audit does nothing where nothing changes: by counts, under a clock turned by hand. */
import assert from "node:assert/strict";
import { GateWatch } from "../../lib/daemon/gate_watch.ts";
import { AuditCache } from "../../lib/gate/mod.ts";
import { Dispatcher } from "../../lib/sync/mod.ts";
import { NewsHub } from "../../lib/web/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { until } from "../support/until.ts";
import { openBench } from "../sync/bench.ts";

const MINUTE_MS = 60_000;

/** Counts the walks over all roots: each begins the cache once a root. */
class CountingCache extends AuditCache {
  walks = 0;

  override begin(): void {
    this.walks++;
    super.begin();
  }
}

Deno.test("the audit of all roots walks when something was noticed, and else every ten minutes", async () => {
  const clock = new HandClock();
  await using bench = await openBench({ clock });
  for (let i = 0; i < 5; i++) {
    await bench.lab.makeRun({ "a.dat": "alpha" }, { leaf: `Run_2026-04-17T14-3${i}` });
  }
  const { context, destinations } = bench;
  const cache = new CountingCache();
  const dispatcher = new Dispatcher({
    destinations,
    context,
    maxParallel: 1,
    onJob: () => {},
    onPlace: () => {},
    onTell: () => {},
  });
  const { config } = bench.lab;
  const restMs = config.sync.scanSeconds * 1_000;
  const shared = { config, context, cache, dispatcher, news: new NewsHub() };
  await using watch = new GateWatch({ ...shared, isTold: true });
  watch.start();
  await until(() => clock.asleep === 1, { what: "the first walk" });
  const roots = cache.walks;
  assert.ok(roots >= 1 && watch.problems.runs === 5);
  const rounds = async (ms: number) => {
    for (let done = 0; done < ms; done += restMs) {
      const before = clock.sleeps.length;
      clock.turn(restMs);
      await until(() => clock.sleeps.length > before && clock.asleep === 1, { what: "a round" });
    }
    return cache.walks;
  };
  assert.equal(await rounds(9 * MINUTE_MS), roots);
  assert.equal(await rounds(51 * MINUTE_MS), 7 * roots);
  watch.notice();
  assert.equal(await rounds(restMs), 8 * roots);
  assert.equal(await rounds(5 * MINUTE_MS), 8 * roots);
});
