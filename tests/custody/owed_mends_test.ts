/** A far manifest that a pass could not put right at its end is put right by one more, and not months later. */
import assert from "node:assert/strict";
import { LaterPasses } from "../../lib/custody/mod.ts";
import { verifyAgain, type Work } from "../../lib/sync/mod.ts";
import { type FailureCode, TransportError } from "../../lib/transports/mod.ts";
import { isThere } from "../../lib/disk/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { until } from "../support/until.ts";
import { openBench } from "../sync/bench.ts";
import { type FarCall, watched } from "../sync/watched_transport.ts";
import { HOUR_MS, PASSES } from "./facts.ts";

/** A run that was compared twice, whose far manifest somebody removed before the second time. */
async function openOwing(refusal: FailureCode) {
  await using stack = new AsyncDisposableStack();
  const clock = new HandClock(new Date(Math.floor(Date.now() / 1000) * 1000).toISOString());
  const calls: string[] = [];
  let refuses = false;
  const watcher = ({ op, args }: FarCall) => {
    calls.push(op);
    if (refuses && op === "putFiles" && (args[1] as Map<string, unknown>).has("checksums.sha256")) {
      throw new TransportError(refusal, "the manifest does not go over");
    }
  };
  const bench = stack.use(
    await openBench({ clock, wrap: (transport) => watched(transport, watcher) }),
  );
  const run = await bench.lab.makeRun({ "a.dat": "alpha", "deep/b.dat": "beta" });
  bench.enqueue(run);
  await bench.deliver(run);
  const manifest = `${bench.lab.farRun(run)}/.exlab-wizard/checksums.sha256`;
  const whole = await Deno.readTextFile(manifest);
  await Deno.remove(manifest);
  refuses = true;
  await assert.rejects(verifyAgain(bench.job(run), bench.work("PLATE_01")), /does not go over/);
  const { id, verifyPasses } = bench.job(run);
  assert.deepEqual([verifyPasses, await isThere(manifest)], [2, false]);
  assert.deepEqual(bench.queue.owedManifests.list({ limit: 9 }), [id]);
  calls.length = 0;

  let lent = 0;
  const lend = <T>(_: unknown, act: (work: Work) => Promise<T>) => {
    lent++;
    return act(bench.work("PLATE_01"));
  };
  const failures: string[] = [];
  const breakers = { failed: (name: string) => void failures.push(name) } as never;
  const dispatcher = { moves: bench.moves, lend, breakers };
  const { context, destinations } = bench;
  const custody = stack.use(
    new LaterPasses({
      ...{ context, destinations, dispatcher, policy: PASSES, clock, log: () => {} },
    }),
  );
  const owed = () => bench.queue.owedManifests.list({ limit: 9 });
  const open = stack.move();
  return {
    ...{ bench, run, manifest, whole, calls, custody, clock, failures, owed },
    lent: () => lent,
    allow: () => void (refuses = false),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

Deno.test("a far manifest that a pass left owing is written after one more comparison", async () => {
  await using owing = await openOwing("unreachable");
  const { bench, run, manifest, whole, calls, custody, owed } = owing;
  owing.allow();
  custody.start();
  await until(() => owed().length === 0, { what: "the manifest to be owed no more" });
  assert.equal(await Deno.readTextFile(manifest), whole);
  assert.equal(calls.includes("hash"), true, calls.join());
  assert.equal(bench.job(run).verifyPasses, 3);
  assert.equal(bench.kinds(run).filter((kind) => kind === "manifest_mended").length, 1);
});

Deno.test("where no manifest may be written it is tried once a day, and stays owed", async () => {
  await using owing = await openOwing("name_not_carried");
  const { custody, clock, owed, failures } = owing;
  custody.start();
  const round = async () => {
    const before = clock.sleeps.length;
    custody.ring();
    clock.turn(1_000);
    await until(() => clock.sleeps.length > before, { what: "a round" });
  };
  await until(() => owing.lent() === 1 && clock.asleep > 0, { what: "the first try" });
  for (let n = 0; n < 3; n++) await round();
  assert.equal(owing.lent(), 1);
  clock.turn(24 * HOUR_MS);
  await round();
  await until(() => owing.lent() === 2, { what: "the second try" });
  assert.equal(owed().length, 1);
  assert.deepEqual(failures, []);
});

Deno.test("a destination that goes away while a manifest is owed is its breaker's matter", async () => {
  await using owing = await openOwing("unreachable");
  const { custody, owed, failures } = owing;
  custody.start();
  await until(() => failures.length > 0, { what: "the breaker to be told" });
  assert.deepEqual([failures[0], owed().length], ["PLATE_01", 1]);
});

Deno.test("a run that is proven no more is owed no manifest", async () => {
  await using owing = await openOwing("unreachable");
  const { bench, run, manifest, custody, owed, calls } = owing;
  owing.allow();
  await Deno.writeTextFile(`${run}/new.dat`, "gamma");
  await bench.seal(run);
  assert.equal(bench.job(run).state, "queued");
  custody.start();
  await until(() => owed().length === 0, { what: "it to be owed no more" });
  assert.deepEqual([await isThere(manifest), calls], [false, []]);
});

Deno.test("where the data is gone since, no manifest is written: it is damage", async () => {
  await using owing = await openOwing("unreachable");
  const { bench, run, manifest, custody, clock, owed } = owing;
  owing.allow();
  await Deno.remove(`${bench.lab.farRun(run)}/a.dat`);
  custody.start();
  await until(() => {
    clock.turn(1_000);
    return owed().length === 0;
  }, { limitMs: 10_000, what: "it to be owed no more" });
  assert.deepEqual([bench.job(run).lastError?.code, await isThere(manifest)], [
    "far_copy_damaged",
    false,
  ]);
});
