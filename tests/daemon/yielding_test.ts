/** What transfers yield to: the decision, and the watch that looks no more often than it must. */
import assert from "node:assert/strict";
import type { YieldSettings } from "../../lib/config/mod.ts";
import { YieldWatch } from "../../lib/daemon/yield_watch.ts";
import { AT_FIRST, type Seen, standingAfter } from "../../lib/daemon/yielding.ts";
import { HandClock } from "../support/hand_clock.ts";
import { until } from "../support/until.ts";

const AT = new Date("2026-11-26T09:00:00Z");
const SETTINGS: YieldSettings = {
  processes: ["ZEN.exe"],
  cpuAbovePercent: 60,
  activeWindows: [],
};

function seen(about: Partial<Seen> = {}): Seen {
  return { names: ["init", "bash"], othersPercent: 10, unknown: null, ...about };
}

/** What is waited for after each of these looks. */
function waits(looks: readonly Seen[], settings: Partial<YieldSettings> = {}): (string | null)[] {
  let standing = AT_FIRST;
  return looks.map((look) => {
    standing = standingAfter({
      before: standing,
      seen: look,
      settings: { ...SETTINGS, ...settings },
      at: AT,
    });
    return standing.waitsFor;
  });
}

const busy = (percent: number) => seen({ othersPercent: percent });

Deno.test("standingAfter waits from the first sight of a program to its end", () => {
  const there = seen({ names: ["init", "zen.EXE"] });
  assert.deepEqual(waits([seen(), there, there, seen()]), [
    null,
    "ZEN.exe is running",
    "ZEN.exe is running",
    null,
  ]);
  assert.deepEqual(waits([seen({ names: ["zen", "zen2"] })], { processes: ["ZEN"] }), [
    "ZEN is running",
  ]);
  assert.deepEqual(waits([seen({ names: ["zenith", "myzen.exe"] })]), [null]);
});

Deno.test("standingAfter takes two busy looks for work, and a calm minute for its end", () => {
  const words = "the computer is busy (others use 84 % of it, and 60 % is the limit)";
  assert.deepEqual(waits([busy(84), busy(10), busy(84)]), [null, null, null], "a program starts");
  const calm = Array.from({ length: 6 }, () => busy(60));
  assert.deepEqual(waits([busy(84), busy(84), ...calm]), [
    null,
    words,
    words,
    words,
    words,
    words,
    words,
    null,
  ]);
  const flaring = [busy(84), busy(84), ...calm.slice(1), busy(84), ...calm.slice(1)];
  assert.equal(waits(flaring).at(-1), words, "a flare begins the minute anew");
});

Deno.test("standingAfter never waits for what cannot be told, and says it", () => {
  const blind = seen({ names: null, othersPercent: null, unknown: "ps did not answer" });
  const standing = standingAfter({ before: AT_FIRST, seen: blind, settings: SETTINGS, at: AT });
  assert.deepEqual([standing.waitsFor, standing.unknown], [null, "ps did not answer"]);
  assert.deepEqual(waits([busy(84), busy(84), blind]).at(-1), null, "not even after it could");
  const there = seen({ names: ["ZEN.exe"] });
  const since = standingAfter({ before: AT_FIRST, seen: there, settings: SETTINGS, at: AT });
  const later = standingAfter({ before: since, seen: there, settings: SETTINGS, at: new Date() });
  assert.equal(later.since, AT.toISOString());
});

interface Watched {
  readonly clock: HandClock;
  readonly watch: YieldWatch;
  looks: number;
  names: string[] | null;
  /** In ms of processor time, of 1000 a second: what each look finds. */
  busyPercent: number;
  readonly told: (string | null)[];
}

function watched(settings: Partial<YieldSettings> = {}): Watched {
  const clock = new HandClock();
  let busyMs = 0;
  let totalMs = 0;
  let lastMs = clock.monotonicMs();
  const told: (string | null)[] = [];
  const it: Watched = {
    clock,
    looks: 0,
    names: [],
    busyPercent: 0,
    told,
    watch: new YieldWatch({
      settings: { ...SETTINGS, ...settings },
      clock,
      log: () => {},
      programs: () => {
        it.looks++;
        const unknown = it.names === null ? "nobody says" : null;
        return Promise.resolve({ names: it.names, unknown, ownCpuMs: 0 });
      },
      cpuTimes: () => {
        const spanMs = clock.monotonicMs() - lastMs;
        lastMs += spanMs;
        totalMs += spanMs;
        busyMs += spanMs * it.busyPercent / 100;
        return { busyMs, totalMs };
      },
      onChange: ({ waitsFor }) => void told.push(waitsFor),
    }),
  };
  return it;
}

/** One more round is made, and its rest has begun. */
async function looked(it: Watched, ms: number): Promise<void> {
  const before = it.looks;
  it.clock.turn(ms);
  await until(() => it.looks > before && it.clock.asleep === 1, { what: "a look" });
}

Deno.test("YieldWatch looks at nothing until it is asked, and then before it says yes", async () => {
  const it = watched({ cpuAbovePercent: null });
  await using watch = it.watch;
  watch.start();
  await until(() => it.clock.asleep === 1, { what: "its rest" });
  for (let n = 0; n < 5; n++) it.clock.turn(10 * 60_000);
  assert.equal(it.looks, 0);
  assert.equal(watch.mayGo(), false, "nobody has looked");
  await until(() => it.told.length === 1, { what: "the look" });
  assert.deepEqual([it.told, watch.mayGo()], [[null], true]);
  it.names = ["ZEN.exe"];
  await looked(it, 10_000);
  assert.deepEqual([it.told, watch.mayGo()], [[null, "ZEN.exe is running"], false]);
  it.names = [];
  await looked(it, 10_000);
  assert.deepEqual([it.told.length, watch.mayGo()], [3, true]);
});

Deno.test("YieldWatch rests when nobody asks any more, and forgets what it saw", async () => {
  const it = watched({ cpuAbovePercent: null });
  await using watch = it.watch;
  watch.start();
  watch.mayGo();
  it.names = ["ZEN.exe"];
  await until(() => it.told.length === 1 && it.clock.asleep === 1, { what: "the look" });
  // Asked for three minutes every ten seconds: a look each time, and then none.
  let turns = 0;
  while (it.clock.sleeps.at(-1) === 10_000) {
    const sleeps = it.clock.sleeps.length;
    it.clock.turn(10_000);
    await until(() => it.clock.sleeps.length > sleeps, { what: "a round" });
    turns++;
  }
  assert.equal(turns, 19);
  assert.deepEqual([watch.standing.waitsFor, it.told.at(-1)], [null, null]);
  const before = it.looks;
  it.clock.turn(10 * 60_000);
  assert.equal(it.looks, before);
});

Deno.test("YieldWatch measures the processors over a span before it says yes", async () => {
  const it = watched({ processes: [] });
  await using watch = it.watch;
  it.busyPercent = 90;
  watch.start();
  watch.mayGo();
  await until(() => it.looks > 0 && it.clock.asleep === 1, { what: "the first look" });
  assert.deepEqual([it.told, watch.mayGo()], [[], false]);
  await looked(it, 2_000);
  assert.deepEqual([it.told, watch.mayGo()], [[null], true], "one busy look is no work yet");
  await looked(it, 10_000);
  assert.match(it.told.at(-1)!, /^the computer is busy \(others use 90 %/);
});

Deno.test("YieldWatch outside its hours lets everything go", async () => {
  const it = watched({
    activeWindows: [{ days: ["sun"], fromMinute: 60, toMinute: 61 }],
  });
  await using watch = it.watch;
  it.names = ["ZEN.exe"];
  watch.start();
  watch.mayGo();
  await until(() => it.told.length === 1, { what: "its word" });
  assert.deepEqual([it.looks, it.told, watch.mayGo()], [0, [null], true]);
});
