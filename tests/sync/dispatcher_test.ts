/** Who goes next, how many at once, and what a destination that is down costs. */
import assert from "node:assert/strict";
import { Dispatcher } from "../../lib/sync/mod.ts";
import { TransportError } from "../../lib/transports/mod.ts";
import {
  mutateCreation,
  readCreation,
  recordPath,
  type SyncStatus,
} from "../../lib/records/mod.ts";
import { syncStatus } from "../support/far_proof.ts";
import { HandClock } from "../support/hand_clock.ts";
import { until } from "../support/until.ts";
import { type Bench, type BenchOptions, openBench } from "./bench.ts";
import { type FarCall, watched, type Watcher } from "./watched_transport.ts";

const FILES = { "a.dat": "alpha" };
const THREE = { ONE_01: "mount", TWO_01: "mount", THREE_01: "mount" } as const;
const HUGE_BYTES = 11 * 1024 ** 3;

interface Hall extends AsyncDisposable {
  readonly bench: Bench;
  readonly clock: HandClock;
  readonly dispatcher: Dispatcher;
  /** Told of each far call of an equipment. */
  watch(watcher: (equipment: string, call: FarCall) => void | Promise<void>): void;
  /** Another ceiling for an equipment from now on. */
  throttle(equipment: string, mbps: number | null): void;
  /** A run of that equipment in the queue. */
  enqueue(equipment: string, bytes?: number): Promise<string>;
  stateOf(run: string): string;
}

async function openHall(
  options: BenchOptions & { maxParallel?: number; stopWithinMs?: number } = {},
): Promise<Hall> {
  await using stack = new AsyncDisposableStack();
  const clock = new HandClock();
  let watcher: (equipment: string, call: FarCall) => void | Promise<void> = () => {};
  const bench = stack.use(
    await openBench({
      ...options,
      clock,
      wrap: (transport) => {
        const equipment = transport.address.split(/[\\/]/).at(-1)!;
        const told: Watcher = (call) => watcher(equipment, call);
        return watched(transport, told);
      },
    }),
  );
  const ceilings = new Map<string, number | null>();
  const places = new Map([...bench.destinations].map(([id, destination]) => [
    id,
    { ...destination, uploadMbps: () => ceilings.get(id) ?? null },
  ]));
  const dispatcher = new Dispatcher({
    destinations: places,
    context: bench.context,
    maxParallel: options.maxParallel ?? 2,
    onJob: () => {},
    onPlace: () => {},
    onTell: () => Promise.resolve(),
    ...(options.stopWithinMs ? { stopWithinMs: options.stopWithinMs } : {}),
  });
  stack.defer(() => dispatcher.stop());
  const kept = stack.move();
  return {
    bench,
    clock,
    dispatcher,
    watch: (to) => void (watcher = to),
    throttle: (equipment, mbps) => void ceilings.set(equipment, mbps),
    async enqueue(equipment, bytes = 0) {
      const run = await bench.lab.makeRun(FILES, { equipment });
      const farDir = run.split(/[\\/]/).slice(-3).join("/");
      const { address } = bench.place(equipment).transport;
      bench.queue.jobs.enqueue({
        runPath: run,
        equipmentId: equipment,
        destination: address,
        farDir,
        bytes,
      });
      return run;
    },
    stateOf: (run) => bench.job(run).state,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Stops every push at its door until it is let through. */
class Turnstile {
  readonly waiting = new Map<string, () => void>();

  pass = async (equipment: string, { op, args }: FarCall): Promise<void> => {
    if (op !== "push" || (args[0] as { farDir: string }).farDir.endsWith(".exlab-wizard")) return;
    assert.equal(this.waiting.has(equipment), false, `two transfers of ${equipment} at once`);
    await new Promise<void>((resolve, reject) => {
      this.waiting.set(equipment, resolve);
      (args[0] as { signal: AbortSignal }).signal.addEventListener("abort", () => {
        this.waiting.delete(equipment);
        reject(new DOMException("stopped", "AbortError"));
      });
    });
  };

  let(equipment: string): void {
    this.waiting.get(equipment)!();
    this.waiting.delete(equipment);
  }

  names(): string[] {
    return [...this.waiting.keys()].sort();
  }
}

Deno.test("Dispatcher gives the place of a transfer that hangs to another equipment", async () => {
  await using hall = await openHall({ equipment: THREE, maxParallel: 1 });
  const stile = new Turnstile();
  hall.watch(stile.pass);
  for (const equipment of ["ONE_01", "ONE_01", "TWO_01", "THREE_01"]) {
    await hall.enqueue(equipment);
    hall.clock.turn(1000);
  }
  hall.dispatcher.start();
  await until(() => stile.waiting.size === 1, { what: "a transfer" });
  hall.clock.turn(90_000);
  hall.dispatcher.ring();
  assert.deepEqual(stile.names(), ["ONE_01"], "it may only be slow");
  hall.clock.turn(31_000);
  hall.dispatcher.ring();
  await until(() => stile.waiting.size === 2, { what: "another one" });
  assert.deepEqual(stile.names(), ["ONE_01", "TWO_01"], "one at a time of those that go on");
  stile.let("TWO_01");
  await until(() => stile.waiting.has("THREE_01"), { what: "the next" });
  assert.ok(stile.waiting.has("ONE_01"), "it is not given up for that");
});

Deno.test("Dispatcher runs one transfer an equipment and max_parallel overall", async () => {
  await using hall = await openHall({ equipment: THREE });
  const stile = new Turnstile();
  hall.watch(stile.pass);
  const runs: string[] = [];
  for (const equipment of ["ONE_01", "ONE_01", "TWO_01", "THREE_01"]) {
    runs.push(await hall.enqueue(equipment));
    hall.clock.turn(1000);
  }
  hall.dispatcher.start();
  await until(() => stile.waiting.size === 2, { what: "two transfers" });
  assert.deepEqual(stile.names(), ["ONE_01", "TWO_01"]);
  assert.equal(hall.bench.queue.jobs.counts().running, 2);
  stile.let("ONE_01");
  await until(() => hall.stateOf(runs[0]!) === "verified", { what: "the first run" });
  await until(() => stile.waiting.size === 2, { what: "the next transfer" });
  for (let done = 1; done < runs.length; done++) {
    await until(() => stile.waiting.size > 0, { what: "a transfer" });
    stile.let(stile.names()[0]!);
  }
  await until(() => runs.every((run) => hall.stateOf(run) === "verified"), { what: "all runs" });
});

Deno.test("Dispatcher keeps the last free place for runs that are not huge", async () => {
  await using hall = await openHall({ equipment: THREE });
  const stile = new Turnstile();
  hall.watch(stile.pass);
  await hall.enqueue("ONE_01", HUGE_BYTES);
  await hall.enqueue("TWO_01", HUGE_BYTES);
  hall.clock.turn(3 * 3_600_000);
  await hall.enqueue("THREE_01", 1);
  hall.dispatcher.start();
  await until(() => stile.waiting.size === 2, { what: "two transfers" });
  assert.deepEqual(stile.names(), ["ONE_01", "THREE_01"]);
});

Deno.test("Dispatcher sleeps when nothing is due, and wakes no more than twice a minute", async () => {
  await using hall = await openHall();
  hall.dispatcher.start();
  await until(() => hall.clock.asleep === 1, { what: "it to fall asleep" });
  const before = hall.clock.sleeps.length;
  for (let half = 0; half < 20; half++) {
    hall.clock.turn(30_000);
    await until(() => hall.clock.asleep === 1, { what: "it to fall asleep again" });
  }
  assert.equal(hall.clock.sleeps.length - before, 20);
  assert.ok(hall.clock.sleeps.every((ms) => ms === 30_000), `${hall.clock.sleeps}`);
});

Deno.test("Dispatcher does not spin while a run waits behind a busy equipment", async () => {
  await using hall = await openHall();
  const stile = new Turnstile();
  hall.watch(stile.pass);
  await hall.enqueue("PLATE_01");
  await hall.enqueue("PLATE_01");
  hall.dispatcher.start();
  await until(() => stile.waiting.size === 1 && hall.clock.asleep === 1, { what: "a transfer" });
  const before = hall.clock.sleeps.length;
  hall.clock.turn(29_000);
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(hall.clock.sleeps.length, before);
});

Deno.test("Dispatcher asks a destination that is down alone, charges nobody, and lets all go", async () => {
  await using hall = await openHall();
  let down = true;
  let connects = 0;
  hall.watch((_, { op }) => {
    if (op !== "connect") return;
    connects++;
    if (down) throw new TransportError("unreachable", "the NAS is off for the weekend");
  });
  const runs: string[] = [];
  for (let i = 0; i < 6; i++) runs.push(await hall.enqueue("PLATE_01"));
  hall.dispatcher.start();
  const asleep = () => until(() => hall.clock.asleep === 1, { what: "it to fall asleep" });
  await until(() => !hall.dispatcher.breakers.isUp("PLATE_01"), { what: "the breaker" });
  await asleep();
  const hours = 20;
  for (let minute = 0; minute < hours * 60; minute += 10) {
    hall.clock.turn(600_000);
    await asleep();
    await until(() => hall.dispatcher.breakers.dueForProbe().length === 0, { what: "the probe" });
  }
  assert.ok(connects <= hours * 6 + 2, `${connects} connections in ${hours} hours`);
  assert.ok(connects >= hours, `it asked only ${connects} times`);
  for (const run of runs) {
    const { state, attempts, hold } = hall.bench.job(run);
    assert.deepEqual([state, attempts, hold], ["queued", 0, null]);
  }
  assert.equal(hall.bench.queue.destinations.byName("PLATE_01")?.state, "down");
  down = false;
  hall.clock.turn(600_000);
  await until(() => runs.every((run) => hall.stateOf(run) === "verified"), { what: "all runs" });
  assert.equal(hall.bench.queue.destinations.byName("PLATE_01")?.state, "up");
});

Deno.test("a full destination answers every probe, and is full since it was, until a run went there", async () => {
  await using hall = await openHall();
  let isFull = true;
  let pushes = 0;
  hall.watch((_, { op }) => {
    if (op !== "push" || !isFull) return;
    pushes++;
    throw new TransportError("destination_full", "No space left on device");
  });
  const run = await hall.enqueue("PLATE_01");
  hall.dispatcher.start();
  const place = () => hall.bench.queue.destinations.byName("PLATE_01");
  await until(() => place()?.state === "down", { what: "the first refusal" });
  const since = place()!.since;
  const hours = 3;
  for (let minute = 0; minute < hours * 60; minute++) {
    await until(() => hall.clock.asleep === 1, { what: "it to fall asleep" });
    hall.clock.turn(60_000);
    await until(
      () =>
        hall.dispatcher.breakers.dueForProbe().length === 0 &&
        !hall.dispatcher.breakers.isUp("PLATE_01"),
      { what: "the next refusal" },
    );
  }
  assert.ok(pushes >= hours, `it tried only ${pushes} times`);
  assert.ok(pushes <= hours * 11, `${pushes} pushes in ${hours} hours`);
  assert.equal(place()!.since, since);
  isFull = false;
  hall.clock.turn(600_000);
  await until(() => hall.stateOf(run) === "verified", { what: "the run" });
  await until(() => !("wasFull" in hall.dispatcher.breakers.of("PLATE_01")), {
    what: "the end of it",
  });
  isFull = true;
  await hall.enqueue("PLATE_01");
  hall.dispatcher.ring();
  await until(() => place()?.state === "down", { what: "the second time" });
  assert.notEqual(place()!.since, since, "that is another time");
});

Deno.test("Dispatcher takes up a run that was left waiting for its proof", async () => {
  await using hall = await openHall();
  const run = await hall.enqueue("PLATE_01");
  hall.watch((_, { op }) => {
    if (op === "hash") throw new TransportError("unreachable", "the power went");
  });
  await hall.bench.deliver(run);
  assert.equal(hall.stateOf(run), "awaiting_verify");
  const pushed: unknown[] = [];
  hall.watch((_, { op, args }) => {
    if (op !== "push") return;
    const { farDir } = args[0] as { farDir: string };
    if (!farDir.endsWith(".exlab-wizard")) pushed.push(farDir);
  });
  hall.dispatcher.start();
  await until(() => hall.stateOf(run) === "verified", { what: "the proof" });
  assert.deepEqual(pushed, []);
});

Deno.test("Dispatcher pauses at a ceiling of 0, uncharged, and goes on where it stopped", async () => {
  await using hall = await openHall();
  const stile = new Turnstile();
  hall.watch(stile.pass);
  const run = await hall.enqueue("PLATE_01");
  hall.dispatcher.start();
  await until(() => stile.waiting.size === 1, { what: "the transfer" });
  hall.throttle("PLATE_01", 0);
  hall.clock.turn(30_000);
  await until(() => stile.waiting.size === 0 && hall.stateOf(run) === "queued", {
    what: "the pause",
  });
  assert.equal(hall.bench.job(run).attempts, 0);
  for (let i = 0; i < 4; i++) {
    await until(() => hall.clock.asleep === 1, { what: "it to fall asleep" });
    hall.clock.turn(30_000);
  }
  assert.equal(stile.waiting.size, 0);
  hall.throttle("PLATE_01", null);
  await until(() => hall.clock.asleep === 1, { what: "it to fall asleep" });
  hall.clock.turn(30_000);
  await until(() => stile.waiting.size === 1, { what: "the transfer to go on" });
  stile.let("PLATE_01");
  await until(() => hall.stateOf(run) === "verified", { what: "the run" });
});

Deno.test("Dispatcher stops what is under way, resumable and uncharged", async () => {
  await using hall = await openHall();
  const stile = new Turnstile();
  hall.watch(stile.pass);
  const run = await hall.enqueue("PLATE_01");
  hall.dispatcher.start();
  await until(() => stile.waiting.size === 1, { what: "the transfer" });
  await hall.dispatcher.stop();
  const { state, attempts, lastError } = hall.bench.job(run);
  assert.deepEqual([state, attempts, lastError], ["queued", 0, null]);
});

Deno.test("Dispatcher is not stopped by runs of an equipment that is no longer configured", async () => {
  await using hall = await openHall();
  const gone = await hall.bench.lab.makeRun(FILES);
  hall.bench.queue.jobs.enqueue({
    runPath: `${gone}-x`,
    equipmentId: "GONE_01",
    destination: "/x",
    farDir: "a",
  });
  const run = await hall.enqueue("PLATE_01");
  hall.dispatcher.start();
  await until(() => hall.stateOf(run) === "verified", { what: "the run" });
  assert.equal(hall.bench.queue.jobs.byRun(`${gone}-x`)!.state, "queued");
});

Deno.test("a destination whose probe a wrong clock put years ahead is asked at once", async () => {
  await using hall = await openHall({ equipment: { ONE_01: "mount" } });
  hall.bench.queue.destinations.set({
    name: "ONE_01",
    uuid: null,
    state: "down",
    code: "unreachable",
    reason: "the share was off",
    hint: null,
    since: "2036-04-17T14:32:00.000Z",
    nextProbeAt: "2036-04-17T14:40:00.000Z",
  });
  const run = await hall.enqueue("ONE_01");
  const destinations = new Map(hall.bench.destinations);
  const dispatcher = new Dispatcher({
    destinations,
    context: hall.bench.context,
    maxParallel: 1,
    onJob: () => {},
    onPlace: () => {},
    onTell: () => Promise.resolve(),
  });
  dispatcher.start();
  try {
    await until(() => hall.stateOf(run) === "verified", { what: "the run to be verified" });
  } finally {
    await dispatcher.stop();
  }
});

/** The dispatcher of the next start. */
function startedAgain({ destinations, context }: Bench): Dispatcher {
  return new Dispatcher({
    destinations,
    context,
    maxParallel: 1,
    onJob: () => {},
    onPlace: () => {},
    onTell: () => Promise.resolve(),
  });
}

Deno.test("what another program wrote into a settled run's record is put right, but not its cleaned", async () => {
  await using hall = await openHall({ equipment: { ONE_01: "mount" } });
  const { bench } = hall;
  hall.dispatcher.start();
  const [changed, theirs] = [await hall.enqueue("ONE_01"), await hall.enqueue("ONE_01")];
  hall.dispatcher.ring();
  const all = [changed, theirs];
  await until(() => all.every((run) => hall.stateOf(run) === "verified"), { what: "both runs" });
  await hall.dispatcher.stop();
  await writeStatus(changed, "pending");
  await writeStatus(theirs, "cleaned");
  const again = startedAgain(bench);
  again.start();
  try {
    await until(async () => await syncStatus(changed) === "synced", { what: "the record" });
    // A pass puts it right as well.
    await writeStatus(changed, "failed");
    await again.verify(bench.job(changed));
    assert.equal(await syncStatus(changed), "synced");
  } finally {
    await again.stop();
  }
  assert.equal(await syncStatus(theirs), "cleaned");
});

Deno.test("a pin that somebody took out of a settled run's record is written there after the next start", async () => {
  await using hall = await openHall({ equipment: { ONE_01: "mount" } });
  const { bench } = hall;
  hall.dispatcher.start();
  const run = await hall.enqueue("ONE_01");
  hall.dispatcher.ring();
  await until(() => hall.stateOf(run) === "verified", { what: "the run" });
  await hall.dispatcher.stop();
  const { id } = await bench.moves.take(bench.job(run), { type: "pin", pinned: true });
  bench.queue.owedPins.settle(id);
  const record = recordPath(run, "creation.json");
  const isKept = async () => (await readCreation(record)).labferry?.pinned === true;
  assert.equal(await isKept(), false);
  await using again = startedAgain(bench);
  again.start();
  await until(isKept, { what: "the pin to be in the record" });
});

for (const what of ["a transfer", "a question to a destination"] as const) {
  Deno.test(`Dispatcher.stop waits with a bound for ${what} that does not end, and says so`, async () => {
    await using hall = await openHall({ equipment: { ONE_01: "mount" }, stopWithinMs: 100 });
    const { bench, dispatcher } = hall;
    const told: string[] = [];
    const { context } = bench;
    using _log = heard(context, (message) => void told.push(message));
    const hangs = Promise.withResolvers<void>();
    const met = Promise.withResolvers<void>();
    const run = await hall.enqueue("ONE_01");
    if (what !== "a transfer") {
      const error = { code: "unreachable", message: "it does not answer" } as const;
      dispatcher.breakers.failed(bench.place("ONE_01").name, error);
    }
    // It heeds no signal, as a call into a share that hangs.
    hall.watch((_, { op }) => {
      if (op !== (what === "a transfer" ? "push" : "connect")) return;
      met.resolve();
      return hangs.promise;
    });
    dispatcher.start();
    if (what !== "a transfer") void dispatcher.probeNow();
    await met.promise;
    await dispatcher.stop();
    assert.match(told.join("\n"), /did not end in time, and is not waited for/);
    hangs.resolve();
    await until(() => hall.stateOf(run) === "queued", { what: "the run to wait again" });
  });
}

for (const state of ["queued", "failed", "verified"] as const) {
  Deno.test(`a pin of a ${state} run that its record does not say yet is written after the next start, and so is one taken back`, async () => {
    await using hall = await openHall({ equipment: { ONE_01: "mount" } });
    const { bench } = hall;
    hall.dispatcher.start();
    const run = await hall.enqueue("ONE_01");
    if (state === "verified") {
      hall.dispatcher.ring();
      await until(() => hall.stateOf(run) === "verified", { what: "the run" });
    }
    await hall.dispatcher.stop();
    if (state === "queued") {
      await bench.moves.take(bench.job(run), { type: "hold", hold: "cancelled", reason: "" });
    }
    if (state === "failed") await fail(bench, run);
    const record = recordPath(run, "creation.json");
    const isKept = async () => (await readCreation(record)).labferry?.pinned === true;
    for (const pinned of [true, false]) {
      // The service ends between the move and the record.
      await bench.moves.take(bench.job(run), { type: "pin", pinned });
      assert.equal(await isKept(), !pinned);
      await using again = startedAgain(bench);
      again.start();
      await until(async () => await isKept() === pinned, { what: "the record to say so" });
      await until(() => bench.queue.owedPins.list({ limit: 1 }).length === 0, {
        what: "nothing to be owed any more",
      });
      await again.stop();
    }
    assert.equal(bench.job(run).state, state);
  });
}

/** What is logged from now on. */
function heard(
  context: { log: Bench["context"]["log"] },
  tell: (message: string) => void,
): Disposable {
  const { log } = context;
  context.log = (level, message, about) => {
    tell(message);
    log(level, message, about);
  };
  return { [Symbol.dispose]: () => void (context.log = log) };
}

/** For good: nobody tries it again. */
async function fail({ moves }: Bench, run: string): Promise<void> {
  const running = moves.claimNext({ equipment: ["ONE_01"], hugeAllowed: true });
  assert.equal(running?.runPath, run);
  const error = {
    code: "name_not_carried",
    message: "there is a file in it that must not go",
  } as const;
  await moves.take(running, { type: "failed", error, random: 0 });
}

async function writeStatus(run: string, status: SyncStatus): Promise<void> {
  await mutateCreation(
    recordPath(run, "creation.json"),
    (creation) => ({ ...creation, sync_status: status }),
  );
}
