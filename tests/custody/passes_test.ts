/** When a proven run is compared again: also after a clock that was wrong, and when its folder is gone. */
import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import {
  Cleaner,
  type DeletionPolicy,
  LaterPasses,
  letGo,
  mayDelete,
} from "../../lib/custody/mod.ts";
import { mayGoOn } from "../../lib/custody/cleaning.ts";
import { nextPass } from "../../lib/custody/next_pass.ts";
import type { MachineEvent } from "../../lib/jobs/mod.ts";
import { RECORD_FILES, recordPath, setOwnFields } from "../../lib/records/mod.ts";
import { acceptMissing, verifyAgain, type Work } from "../../lib/sync/mod.ts";
import { TransportError } from "../../lib/transports/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { until } from "../support/until.ts";
import { type Bench, openBench } from "../sync/bench.ts";
import { allHold, HOUR_MS, hoursLater, job, pass, PASSES } from "./facts.ts";

const TEN_YEARS_H = 10 * 365 * 24;

Deno.test("a pass dated ahead of now counts for none, and the next one does not wait for its date", () => {
  const ahead = [pass(1, TEN_YEARS_H, { observedMs: 0 })];
  const facts = { ...allHold(), passes: ahead, now: hoursLater(20), observedMs: 20 * HOUR_MS };
  const next = nextPass({ ...facts, policy: PASSES, random: 0 });
  assert.deepEqual([next.kind, next.at], ["pass", hoursLater(20)]);
  assert.equal(mayDelete(facts).interlocks[0]!.stand, "waits");
});

Deno.test("a scrub does not wait for the date of one that was made while the clock was wrong", () => {
  const passes = [pass(1, 0), pass(2, 36), pass(3, TEN_YEARS_H, { observedMs: 40 * HOUR_MS })];
  const now = hoursLater(36 + 91 * 24);
  const cleaned = { ...allHold(), job: job({ state: "cleaned" }), passes, now };
  const next = nextPass({ ...cleaned, policy: PASSES, random: 0 });
  assert.deepEqual([next.kind, next.at], ["scrub", now]);
});

Deno.test("mayGoOn: a stopped deletion waits its hour, and never for a date that a wrong clock gave", () => {
  const at = (hours: number) => job({ nextAttemptAt: hoursLater(hours).toISOString() });
  assert.equal(mayGoOn(job(), hoursLater(0)), true);
  assert.equal(mayGoOn(at(0.5), hoursLater(0)), false);
  assert.equal(mayGoOn(at(0.5), hoursLater(1)), true);
  assert.equal(mayGoOn(at(TEN_YEARS_H), hoursLater(0)), true);
});

async function provenRun(bench: Bench): Promise<{ run: string; far: string }> {
  const run = await bench.lab.makeRun({ "a.dat": "alpha", "deep/b.dat": "beta" });
  bench.enqueue(run);
  await bench.deliver(run);
  return { run, far: bench.lab.farRun(run) };
}

Deno.test("verifyAgain compares a proven run whose folder a person renamed or deleted", async () => {
  await using bench = await openBench();
  const { run, far } = await provenRun(bench);
  await Deno.rename(run, `${run}-renamed`);
  const passed = await verifyAgain(bench.job(run), bench.work("PLATE_01"));
  assert.deepEqual([passed.state, passed.verifyPasses], ["verified", 2]);
  await Deno.writeTextFile(`${far}/a.dat`, "ALPHA");
  const damaged = await verifyAgain(passed, bench.work("PLATE_01"));
  assert.equal(damaged.state, "failed");
  assert.equal(damaged.lastError?.code, "far_copy_damaged");
  // A retry has nothing to send: the hint must not promise it.
  assert.match(
    damaged.lastError?.hint ?? "",
    /^1 of these files is not here any more \("a\.dat"\)/,
  );
  assert.deepEqual(damaged.verification?.mismatched, ["a.dat"]);
});

const POLICY: DeletionPolicy = {
  enabled: true,
  minVerifyPasses: 1,
  minGapHours: 0,
  minAgeHours: 24,
  rehash: true,
  allowSameDisk: true,
  acceptProviderAsserted: false,
};

Deno.test("Cleaner: what was about to go at a stop, and may not now, is a proven run again", async () => {
  const clock = new HandClock(new Date(Math.floor(Date.now() / 1000) * 1000).toISOString());
  await using bench = await openBench({ clock });
  const { run } = await provenRun(bench);
  await bench.moves.take(bench.job(run), { type: "kept_long_enough" });
  assert.equal(bench.job(run).state, "cleanup_eligible");
  await using cleaner = new Cleaner({
    context: bench.context,
    destinations: bench.destinations,
    dispatcher: { moves: bench.moves, lend: () => assert.fail("nothing may be begun") },
    policy: POLICY,
    room: null,
    clock,
    log: () => {},
  });
  cleaner.start();
  await until(() => bench.job(run).state === "verified", { what: "it to be put back" });
});

Deno.test("Cleaner: what cannot go is looked at once an hour, whatever is planned for it meanwhile", async () => {
  const clock = new HandClock(new Date(Math.floor(Date.now() / 1000) * 1000).toISOString());
  await using bench = await openBench({ clock });
  const { run } = await provenRun(bench);
  clock.turn(25 * HOUR_MS);
  bench.queue.observedTime.add(25 * HOUR_MS);
  let looks = 0;
  await using cleaner = new Cleaner({
    context: bench.context,
    destinations: bench.destinations,
    dispatcher: {
      moves: bench.moves,
      lend: () => {
        looks++;
        return Promise.reject(new TransportError("destination_full", "no room for a certificate"));
      },
    },
    policy: POLICY,
    room: null,
    clock,
    log: () => {},
  });
  const roundEnds = async () => {
    const before = clock.sleeps.length;
    cleaner.ring();
    await until(() => clock.sleeps.length > before, { what: "the round to end" });
    clock.turn(1_000);
  };
  cleaner.start();
  await until(() => looks === 1, { what: "the first look" });
  for (let i = 0; i < 4; i++) {
    const at = new Date(clock.now().getTime() + HOUR_MS);
    await bench.moves.take(bench.job(run), { type: "pass_planned", at, why: "a test" });
    await roundEnds();
  }
  assert.equal(looks, 1);
  clock.turn(HOUR_MS);
  await until(() => looks === 2, { what: "the look an hour later" });
});

Deno.test("letGo keeps what the record says a person keeps, also when the queue knows of no pin", async () => {
  const clock = new HandClock(new Date(Math.floor(Date.now() / 1000) * 1000).toISOString());
  await using bench = await openBench({ clock });
  const { run } = await provenRun(bench);
  const record = recordPath(run, RECORD_FILES.creation);
  await setOwnFields(record, { pinned: true });
  clock.turn(25 * HOUR_MS);
  bench.queue.observedTime.add(25 * HOUR_MS);
  const work = { ...bench.work("PLATE_01"), policy: POLICY };
  const outcome = await letGo(bench.job(run), work);
  assert.equal(outcome.kind, "kept");
  assert.match(outcome.kind === "kept" ? outcome.reason : "", /its record says/);
  await setOwnFields(record, { pinned: false });
  assert.equal((await letGo(bench.job(run), work)).kind, "cleaned");
});

/** Proven a day ago, and let go. */
async function cleanedRun(
  bench: Bench,
  clock: HandClock,
): Promise<{ readonly run: string; readonly far: string; readonly work: Work }> {
  const { run, far } = await provenRun(bench);
  clock.turn(25 * HOUR_MS);
  bench.queue.observedTime.add(25 * HOUR_MS);
  const work = bench.work("PLATE_01");
  assert.equal((await letGo(bench.job(run), { ...work, policy: POLICY })).kind, "cleaned");
  return { run, far, work };
}

Deno.test("damage at a cleaned run is told by the next pass when the one that found it was killed", async () => {
  const clock = new HandClock(new Date(Math.floor(Date.now() / 1000) * 1000).toISOString());
  await using bench = await openBench({ clock });
  const { run, far, work } = await cleanedRun(bench, clock);
  await Deno.rename(`${far}/a.dat`, `${far}/of another name`);
  const killed = new Error("killed");
  const together = () => Promise.reject(killed);
  const moves = new Proxy(bench.moves, {
    get: (target, name) => name === "together" ? together : Reflect.get(target, name),
  });
  await assert.rejects(verifyAgain(bench.job(run), { ...work, moves }), killed);
  assert.equal(bench.job(run).alarm, null);
  // Nothing of it counts as a scrub either.
  assert.equal(bench.queue.passes.of(bench.job(run).id).at(-1)?.outcome, "open");
  // What the killed one wrote down must not keep the next one from looking.
  const told = await verifyAgain(bench.job(run), work);
  assert.deepEqual([told.state, told.alarm?.code, told.alarm?.files], [
    "cleaned",
    "far_copy_damaged",
    1,
  ]);
  // Nor from seeing that somebody put it back.
  await Deno.rename(`${far}/of another name`, `${far}/a.dat`);
  const mended = await verifyAgain(told, work);
  assert.deepEqual([mended.state, mended.alarm], ["cleaned", null]);
});

Deno.test("new data in a cleaned run goes, also while a file of it is missing over there", async () => {
  const clock = new HandClock(new Date(Math.floor(Date.now() / 1000) * 1000).toISOString());
  await using bench = await openBench({ clock });
  const { run, far, work } = await cleanedRun(bench, clock);
  await Deno.remove(`${far}/a.dat`);
  assert.equal((await verifyAgain(bench.job(run), work)).alarm?.files, 1);
  await Deno.writeTextFile(`${run}/new.dat`, "new");
  const { changed, job: queued } = await bench.seal(run);
  assert.deepEqual([changed, queued.state, queued.generation], [true, "queued", 2]);
  // It arrives, and what is lost is a person's to accept, by name.
  const failed = await bench.deliver(run);
  assert.deepEqual([failed.state, failed.lastError?.code], ["failed", "source_vanished"]);
  assert.equal(await Deno.readTextFile(`${far}/new.dat`), "new");
  await acceptMissing(failed, { operator: "Ada", reason: "a test" }, bench.context);
  await bench.moves.take(failed, { type: "retry" });
  let job = await bench.deliver(run);
  if (job.state === "queued") job = await bench.deliver(run);
  assert.deepEqual([job.state, job.files, job.alarm], ["verified", 2, null]);
});

/** Its wall clock can be set; what it counts goes on. */
class SetClock extends HandClock {
  aheadMs = 0;

  override now(): Date {
    return new Date(super.now().getTime() + this.aheadMs);
  }
}

Deno.test("LaterPasses plans anew what was planned while the clock stood ahead", async () => {
  await plansAnew({ aheadDays: 60 });
});

Deno.test("LaterPasses plans anew what was planned by a wrong clock and moved by the right one since", async () => {
  await plansAnew({ aheadDays: 300, then: { type: "pin", pinned: true } });
});

async function plansAnew(
  { aheadDays, then }: { readonly aheadDays: number; readonly then?: MachineEvent },
): Promise<void> {
  const clock = new SetClock(new Date(Math.floor(Date.now() / 1000) * 1000).toISOString());
  await using bench = await openBench({ clock });
  const { run } = await provenRun(bench);
  clock.aheadMs = aheadDays * 24 * HOUR_MS;
  const planned = new Date(clock.now().getTime() + 12 * HOUR_MS);
  await bench.moves.take(bench.job(run), { type: "pass_planned", at: planned, why: "a test" });
  const lend = () => assert.fail("nothing is due");
  const dispatcher = { moves: bench.moves, lend, breakers: null as never };
  const { context, destinations } = bench;
  const log = () => {};
  await using passes = new LaterPasses({
    ...{ context, destinations, dispatcher, policy: PASSES, clock, log },
  });
  passes.start();
  await until(() => clock.asleep > 0, { what: "the first round" });
  clock.aheadMs = 0;
  if (then) await bench.moves.take(bench.job(run), then);
  passes.ring();
  const due = new Date(Date.parse(bench.job(run).verifiedAt!) + 12 * HOUR_MS);
  const nextAt = () => Date.parse(bench.job(run).nextAttemptAt ?? "");
  const isPlanned = () => {
    clock.turn(1_000);
    return Math.abs(nextAt() - due.getTime()) < 600_000;
  };
  await until(isPlanned, { what: "the plan to be made anew" });
}

Deno.test("verifyAgain compares the far copy of a run whose local data changed as under ransomware", async () => {
  await using bench = await openBench();
  const files = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`${i}.dat`, `data ${i}`]));
  const run = await bench.lab.makeRun(files);
  bench.enqueue(run);
  await bench.deliver(run);
  for (const name of Object.keys(files)) await Deno.writeTextFile(`${run}/${name}`, "scrambled");
  const work = { ...bench.work("PLATE_01"), refusesMassChange: true };
  const passed = await verifyAgain(bench.job(run), work);
  assert.deepEqual([passed.state, passed.generation, passed.verifyPasses], ["verified", 1, 2]);
  await Deno.writeTextFile(`${bench.lab.farRun(run)}/3.dat`, "DATA 3");
  const damaged = await verifyAgain(passed, work);
  assert.equal(damaged.state, "failed");
  assert.deepEqual(damaged.verification?.mismatched, ["3.dat"]);
});

Deno.test("verifyAgain takes the list of a run that a rebuild took over from its manifest, or refuses it", async () => {
  await using bench = await openBench();
  const { run, far } = await provenRun(bench);
  const { equipmentId, destination, farDir } = bench.job(run);
  const at = new Date().toISOString();
  const takenOver = (runPath: string, more: { farDir: string }) => {
    const cleaned = { deletionStartedAt: at, scrubDueAt: at };
    bench.queue.jobs.enqueue({ runPath, equipmentId, destination, cleaned, ...more });
    return bench.job(runPath);
  };
  const work = bench.work("PLATE_01");
  // No folder here, no records: the far manifest says what the run was.
  const proven = await verifyAgain(takenOver(`${run}-gone`, { farDir }), work);
  assert.deepEqual([proven.state, proven.verifyPasses, proven.alarm], ["cleaned", 1, null]);
  assert.equal(proven.files, bench.job(run).files);
  // Without any manifest nobody knows what it was, and nothing is claimed.
  await Deno.remove(`${far}/.exlab-wizard/checksums.sha256`);
  const lost = takenOver(`${run}-lost`, { farDir });
  await assert.rejects(
    verifyAgain(lost, work),
    (error: unknown) => error instanceof LabferryError && error.code === "hash_mismatch",
  );
  // That is told, once.
  const unproven = bench.job(`${run}-lost`);
  assert.deepEqual([unproven.state, unproven.verifyPasses, unproven.alarm?.code], [
    "cleaned",
    0,
    "far_copy_damaged",
  ]);
  await assert.rejects(verifyAgain(unproven, work), { code: "hash_mismatch" });
  const alarms = bench.kinds(`${run}-lost`).filter((kind) => kind === "far_alarm");
  assert.equal(alarms.length, 1);
});

const unlistable: Readonly<Record<string, (run: string, root: string) => Promise<void>>> = {
  "a file with a name that nobody can write down": async (run) => {
    const script = `touch -- "$1/$(printf 'b\\377')"`;
    const { code } = await new Deno.Command("sh", { args: ["-c", script, "sh", run] }).output();
    assert.equal(code, 0);
  },
  "a disk that is away": (_, root) => Deno.rename(root, `${root}-away`),
};

for (const [what, happens] of Object.entries(unlistable)) {
  Deno.test({
    name: `verifyAgain compares the far copy of a run that cannot be listed here: ${what}`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using bench = await openBench();
      const { run, far } = await provenRun(bench);
      const { equipmentId, farDir } = bench.job(run);
      await happens(run, run.slice(0, -`/${equipmentId}/${farDir}`.length));
      // Who asks for it is told what is the matter.
      await assert.rejects(verifyAgain(bench.job(run), bench.work("PLATE_01")), LabferryError);
      const work = { ...bench.work("PLATE_01"), refusesMassChange: true };
      const passed = await verifyAgain(bench.job(run), work);
      assert.deepEqual([passed.state, passed.generation, passed.verifyPasses], ["verified", 1, 2]);
      await Deno.writeTextFile(`${far}/a.dat`, "ALPHA");
      const damaged = await verifyAgain(passed, work);
      assert.deepEqual([damaged.state, damaged.lastError?.code], ["failed", "far_copy_damaged"]);
    },
  });
}
