/** Heartbeats as they come to stand at real destinations. */
import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { HeartbeatBook, heldWhileTwice } from "../../lib/daemon/heartbeat_book.ts";
import { Heartbeats, type HeartbeatsOptions } from "../../lib/daemon/heartbeats.ts";
import type { Heartbeat } from "../../lib/fleet/mod.ts";
import { readHeartbeat } from "../../lib/fleet/heartbeat.ts";
import { Dispatcher } from "../../lib/sync/mod.ts";
import { RcloneTransport } from "../../lib/transports/rclone/mod.ts";
import { overSsh } from "../sync/over_ssh.ts";
import { filesBelow } from "../contract/stage.ts";
import { ID, pulseOf } from "./pulse_of.ts";
import { HandClock } from "../support/hand_clock.ts";
import { testWith } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { type Bench, type BenchOptions, openBench } from "../sync/bench.ts";

const STEM = "flow-pc-1c9d22e0";
const EVERY_MS = 300_000;

interface Pulse extends AsyncDisposable {
  /** One more round, until so many destinations have theirs or refused it. */
  beat(places?: number): Promise<void>;
  readonly service: Heartbeats;
  readonly faults: unknown[];
  readonly warnings: string[];
}

function pulsing(bench: Bench, more: Partial<HeartbeatsOptions> = {}): Pulse {
  const clock = new HandClock();
  const faults: unknown[] = [];
  let beats = 0;
  let ended = 0;
  const warnings: string[] = [];
  const log = (level: string, message: string) => {
    if (level === "warn") warnings.push(message);
    if (/^(Heartbeat \d|No heartbeat)/.test(message)) ended++;
  };
  const ids = [...bench.destinations.keys()];
  const service = new Heartbeats({
    log: () => {},
    onFault: (fault) => void faults.push(fault),
    clock,
    destinations: bench.destinations,
    isUp: () => true,
    everyMs: EVERY_MS,
    pulse: () => Promise.resolve(pulseOf(ids)),
    onBeat: () => void beats++,
    onAway: () => {},
    onTwice: () => Promise.resolve(),
    ...more,
    context: { ...bench.context, ...more.context, log },
  });
  return {
    service,
    faults,
    warnings,
    async beat(places = ids.length) {
      const [beatsBefore, endedBefore] = [beats, ended];
      service.start();
      clock.turn(EVERY_MS);
      await until(() => beats > beatsBefore && clock.asleep > 0 && ended >= endedBefore + places, {
        what: "a round",
      });
    },
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

async function heartbeatAt(base: string): Promise<Heartbeat | null> {
  try {
    const bytes = await Deno.readFile(`${base}/.labferry-fleet/${STEM}.json`);
    const reading = readHeartbeat(bytes);
    assert.equal(reading.kind, "heartbeat", "it is whole whenever it is read");
    return reading.kind === "heartbeat" ? reading.heartbeat : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function comesOver(options: BenchOptions): Promise<void> {
  await using bench = await openBench(options);
  const base = bench.lab.farBase("PLATE_01");
  await using pulse = pulsing(bench);
  for (const seq of [1, 2]) {
    await pulse.beat();
    assert.equal((await heartbeatAt(base))?.seq, seq);
  }
  const files = (await filesBelow(`${base}/.labferry-fleet`)).toSorted();
  assert.deepEqual(files, [`${STEM}.json`, `${STEM}.prom`]);
  assert.deepEqual(await Deno.stat(`${base}/.labferry-superseded`).catch(() => null), null);
  assert.deepEqual(pulse.faults, []);
}

Deno.test("a heartbeat comes over a mount", () => comesOver({}));

testWith(["rclone"], "a heartbeat comes over rclone", () =>
  comesOver({
    wrap: ({ address }) => new RcloneTransport({ remote: `:local:${address}` }),
  }));

testWith(["rsync", "sshd"], "a heartbeat comes over ssh", async () => {
  await using sshd = await startSshd();
  await comesOver({ wrap: ({ address }) => overSsh(sshd, address) });
});

Deno.test("a transfer that blocks delays no heartbeat, and a destination that hangs no other", async () => {
  const block = Promise.withResolvers<void>();
  let isHanging = false;
  await using bench = await openBench({
    equipment: { PLATE_01: "mount", FLOW_01: "mount" },
    wrap: (transport) => ({
      ...transport,
      address: transport.address,
      type: transport.type,
      traits: transport.traits,
      refusalOfName: (path) => transport.refusalOfName(path),
      placesHere: (options) => transport.placesHere(options),
      async connect(options) {
        if (isHanging && transport.address.endsWith("FLOW_01")) await block.promise;
        const session = await transport.connect(options);
        return new Proxy(session, {
          get: (target, name) => {
            if (name === "push") return () => block.promise;
            const value = Reflect.get(target, name, target);
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      },
    }),
  });
  const [plate, flow] = ["PLATE_01", "FLOW_01"].map((id) => bench.lab.farBase(id!)) as [
    string,
    string,
  ];
  const run = await bench.lab.makeRun({ "a.dat": "alpha" });
  bench.enqueue(run);
  const delivery = bench.deliver(run);
  await using pulse = pulsing(bench);
  await pulse.beat();
  const before = (await heartbeatAt(plate))!.seq;
  const old = (await heartbeatAt(flow))!.seq;
  isHanging = true;
  for (let more = 1; more <= 3; more++) {
    await pulse.beat(1);
    assert.ok((await heartbeatAt(plate))!.seq >= before + more);
  }
  assert.equal((await heartbeatAt(flow))!.seq, old);
  assert.equal(bench.job(run).state, "running");
  block.resolve();
  await delivery;
});

Deno.test("a destination that is held or down gets no heartbeat", async () => {
  await using bench = await openBench({
    equipment: { PLATE_01: "mount", FLOW_01: "mount", GEL_01: "mount" },
  });
  const destinations = new Map(bench.destinations);
  destinations.set("FLOW_01", {
    ...bench.place("FLOW_01"),
    identity: () => Promise.reject(new LabferryError("installation_moved", "elsewhere")),
  });
  await using pulse = pulsing(bench, { destinations, isUp: (name) => name !== "GEL_01" });
  await pulse.beat(2);
  assert.equal((await heartbeatAt(bench.lab.farBase("PLATE_01")))?.seq, 1);
  for (const id of ["FLOW_01", "GEL_01"]) {
    assert.deepEqual(
      (await filesBelow(bench.lab.farBase(id))).filter((path) => path.includes("fleet")),
      [],
    );
  }
  assert.deepEqual(pulse.faults, []);
});

Deno.test("a destination that is idle and gone is no longer said to be available", async () => {
  await using bench = await openBench({ equipment: { PLATE_01: "mount", FLOW_01: "mount" } });
  const { context, destinations } = bench;
  const { name } = bench.place("PLATE_01");
  const changes: string[] = [];
  await using dispatcher = new Dispatcher({
    destinations,
    context,
    maxParallel: 1,
    onJob: () => {},
    onPlace: (place) => void changes.push(place),
    onTell: () => {},
  });
  const { breakers } = dispatcher;
  const asked: Promise<void>[] = [];
  await using pulse = pulsing(bench, {
    isUp: (place) => breakers.isUp(place),
    onAway: (place) => void asked.push(dispatcher.doubt(place)),
  });
  breakers.succeeded(name);
  await pulse.beat();
  assert.deepEqual([asked.length, breakers.of(name).state, changes], [0, "up", [name]]);
  // Of the other, nobody has said anything yet.
  for (const id of ["PLATE_01", "FLOW_01"]) {
    await Deno.rename(bench.lab.farBase(id), `${bench.lab.farBase(id)}.away`);
  }
  await pulse.beat();
  await Promise.all(asked);
  const { state, code } = context.queue.destinations.byName(name)!;
  assert.deepEqual([asked.length, state, code], [2, "down", "unreachable"]);
  assert.deepEqual(changes, [name, name]);
  assert.equal(context.queue.destinations.byName(bench.place("FLOW_01").name), null);
  await Deno.rename(`${bench.lab.farBase("PLATE_01")}.away`, bench.lab.farBase("PLATE_01"));
  await dispatcher.probeNow();
  assert.equal(breakers.isUp(name), true);
  assert.deepEqual(pulse.faults, []);
});

Deno.test("a base holds its own instrument's series alone, all with the host", async () => {
  await using bench = await openBench({ equipment: { PLATE_01: "mount", FLOW_01: "mount" } });
  await using pulse = pulsing(bench);
  await pulse.beat();
  const base = bench.lab.farBase("PLATE_01");
  const text = await Deno.readTextFile(`${base}/.labferry-fleet/${STEM}.prom`);
  assert.ok(text.endsWith("\n") && !text.includes("HELP"));
  assert.match(text, /^labferry_unsafe_bytes\{host="flow-pc",equipment="PLATE_01"\} 7$/m);
  const label = base.replaceAll("\\", "\\\\");
  const wide = `labferry_start_timestamp_seconds{host="flow-pc",id="1c9d22e0",base="${label}"} 1\n`;
  assert.ok(text.includes(wide), text);
  assert.ok(!text.includes("FLOW_01"));
  const there = (await heartbeatAt(base))!;
  assert.deepEqual(there.equipment.map(({ id }) => id), ["PLATE_01"]);
  assert.deepEqual(there.destinations.map(({ name }) => name), ["PLATE_01"]);
  const here = await Deno.readTextFile(`${bench.context.stateDir}/fleet.prom`);
  assert.ok(here.includes("FLOW_01") && here.includes("PLATE_01"));
});

Deno.test("a number never goes back, also when the queue was lost", async () => {
  await using bench = await openBench();
  const base = bench.lab.farBase("PLATE_01");
  let last = 0;
  {
    await using pulse = pulsing(bench);
    for (let i = 0; i < 3; i++) await pulse.beat();
    last = (await heartbeatAt(base))!.seq;
  }
  for (const key of ["fleet:seq", "fleet:written"]) bench.queue.meta.forget(key);
  const told: string[] = [];
  await using pulse = pulsing(bench, {
    pulse: () => Promise.resolve(pulseOf(["PLATE_01"], "mark-2")),
    onTwice: (id) => Promise.resolve(void told.push(id)),
  });
  await pulse.beat();
  assert.deepEqual([last, (await heartbeatAt(base))!.seq], [3, 4]);
  assert.deepEqual(told, []);
});

Deno.test("whoever reads while it is replaced reads a whole one", async () => {
  await using bench = await openBench();
  const base = bench.lab.farBase("PLATE_01");
  await using pulse = pulsing(bench);
  await pulse.beat();
  assert.equal((await heartbeatAt(base))?.seq, 1);
  let isOver = false;
  const reader = (async () => {
    let last = 0;
    while (!isOver) {
      const { seq } = (await heartbeatAt(base))!;
      assert.ok(seq >= last);
      last = seq;
    }
  })();
  for (let i = 0; i < 20; i++) {
    await pulse.beat();
  }
  isOver = true;
  await reader;
});

Deno.test("what is no heartbeat of ours is set aside, not replaced", async () => {
  await using bench = await openBench();
  const base = bench.lab.farBase("PLATE_01");
  const folder = `${base}/.labferry-fleet`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/${STEM}.json`, '{"schema": 1, "host": "flo');
  await Deno.writeTextFile(`${folder}/${STEM}.prom`, "somebody's\n");
  await using pulse = pulsing(bench);
  await pulse.beat();
  assert.equal((await heartbeatAt(base))?.seq, 1);
  const aside = (await filesBelow(`${base}/.labferry-superseded`)).map((path) =>
    path.split("/").at(-1)
  );
  assert.deepEqual(aside.toSorted(), [`${STEM}.json`, `${STEM}.prom`]);
});

Deno.test("two services with one id meet at the destination, and both are held until a word", async () => {
  await using bench = await openBench();
  const base = bench.lab.farBase("PLATE_01");
  const told: string[] = [];
  const options = (nonce: string): Partial<HeartbeatsOptions> => ({
    pulse: () => Promise.resolve(pulseOf(["PLATE_01"], nonce)),
    onTwice: (id, host) => Promise.resolve(void told.push(`${nonce} met ${host} at ${id}`)),
  });
  await using original = pulsing(bench, options("mark-1"));
  await original.beat();
  // A copy of the state directory, queue and all, on another computer.
  const copied = new Map(
    ["fleet:seq", "fleet:written"].map((key) => [key, bench.queue.meta.get(key)!]),
  );
  const meta = {
    get: (key: string) => copied.get(key) ?? null,
    set: (key: string, value: string) => void copied.set(key, value),
    forget: (key: string) => void copied.delete(key),
  };
  const queue = new Proxy(bench.queue, {
    get: (target, name) => name === "meta" ? meta : Reflect.get(target, name, target),
  });
  await using copy = pulsing(bench, {
    ...options("mark-2"),
    context: { ...bench.context, queue },
  });
  await copy.beat();
  assert.deepEqual(told, [], "it goes on from what was left, as a restart does");
  await original.beat();
  assert.deepEqual(told, ["mark-1 met flow-pc at PLATE_01"]);
  assert.equal((await heartbeatAt(base))!.twice, true);
  await copy.beat();
  assert.equal(told[1], "mark-2 met flow-pc at PLATE_01");

  const book = new HeartbeatBook(bench.queue);
  const at = "2026-11-26T12:00:00.000Z";
  let keptAt: string | null = "2026-11-26T11:59:00.000Z";
  book.hold({ at, id: ID, keptAt, equipmentId: "PLATE_01", host: "flow-pc" });
  const held = heldWhileTwice(bench.destinations, {
    book,
    installation: () => Promise.resolve({ id: ID, keptAt }),
  });
  const identity = () => held.get("PLATE_01")!.identity();
  await assert.rejects(identity, { code: "installation_twice" }, "an older word was for less");
  // By a clock that was set back since.
  keptAt = "2026-11-26T11:00:00.000Z";
  await identity();
  told.length = 0;
  await original.beat();
  assert.deepEqual(told, [], "what the other one left was what the word was about");
});

Deno.test("an older heartbeat of our own, that a copied base brings, is no second service", async () => {
  await using bench = await openBench();
  const file = `${bench.lab.farBase("PLATE_01")}/.labferry-fleet/${STEM}.json`;
  const told: string[] = [];
  const beatAs = async (nonce: string) => {
    await using pulse = pulsing(bench, {
      pulse: () => Promise.resolve(pulseOf(["PLATE_01"], nonce)),
      onTwice: () => Promise.resolve(void told.push(nonce)),
    });
    await pulse.beat();
  };
  await beatAs("mark-1");
  const copied = await Deno.readTextFile(file);
  for (const nonce of ["mark-2", "mark-3", "mark-4"]) await beatAs(nonce);
  await Deno.writeTextFile(file, copied);
  await beatAs("mark-4");
  assert.deepEqual(told, []);
  // The mark of an earlier start with a number that it never wrote: it runs somewhere else.
  const { seq } = (await heartbeatAt(bench.lab.farBase("PLATE_01")))!;
  assert.equal(seq, 5);
  await Deno.writeTextFile(file, copied.replace('"seq": 1,', '"seq": 7,'));
  await beatAs("mark-4");
  assert.deepEqual(told, ["mark-4"]);
});

Deno.test("a number that we never came near is set aside, and leads ours nowhere", async () => {
  await using bench = await openBench();
  const base = bench.lab.farBase("PLATE_01");
  const file = `${base}/.labferry-fleet/${STEM}.json`;
  const told: string[] = [];
  await using pulse = pulsing(bench, { onTwice: (id) => Promise.resolve(void told.push(id)) });
  await pulse.beat();
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, text.replace('"seq": 1,', `"seq": ${Number.MAX_SAFE_INTEGER},`));
  for (const seq of [2, 3]) {
    await pulse.beat();
    assert.equal((await heartbeatAt(base))?.seq, seq);
  }
  const aside = await filesBelow(`${base}/.labferry-superseded`);
  assert.deepEqual(aside.map((path) => path.split("/").at(-1)), [`${STEM}.json`]);
  assert.deepEqual([told, pulse.faults], [[], []]);
});

Deno.test("what has the heartbeat's name and cannot be read is said once, until it is gone", async () => {
  await using bench = await openBench();
  const base = bench.lab.farBase("PLATE_01");
  const file = `${base}/.labferry-fleet/${STEM}.json`;
  await using pulse = pulsing(bench);
  const warned = () => pulse.warnings.length;
  const folder = async () => await Deno.mkdir(file, { recursive: true });
  const tooLarge = async () => {
    await Deno.create(file).then((made) => made.close());
    await Deno.truncate(file, 65 * 1024 * 1024);
  };
  for (const [i, block] of [folder, tooLarge].entries()) {
    await block();
    for (let round = 0; round < 3; round++) await pulse.beat();
    assert.equal(warned(), i + 1, pulse.warnings.join("\n"));
    assert.match(pulse.warnings[i]!, /^No heartbeat at .*flow-pc-1c9d22e0/);
    await Deno.remove(file);
    await pulse.beat();
    await Deno.remove(file);
  }
  assert.deepEqual(pulse.faults, []);
});

Deno.test("the number in the PC's own series goes on while no destination is reached", async () => {
  await using bench = await openBench();
  let isUp = true;
  await using pulse = pulsing(bench, { isUp: () => isUp });
  const here = async () => {
    const text = await Deno.readTextFile(`${bench.context.stateDir}/fleet.prom`);
    return Number(/^labferry_heartbeats_total\{.*\} (\d+)$/m.exec(text)![1]);
  };
  await pulse.beat();
  isUp = false;
  for (const seq of [2, 3]) {
    await pulse.beat(0);
    assert.equal(await here(), seq);
  }
  isUp = true;
  await pulse.beat();
  assert.equal(await here(), 4);
  assert.equal((await heartbeatAt(bench.lab.farBase("PLATE_01")))?.seq, 4);
});
