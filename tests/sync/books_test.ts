/**
 * The order at the end of a generation: whatever call to the far side fails, and after whichever the
 * work stops, the far manifest is never there before everything is proven, and the next delivery ends
 * verified.
 */
import assert from "node:assert/strict";
import type { Job } from "../../lib/queue/mod.ts";
import { TransportError } from "../../lib/transports/mod.ts";
import { exists, filesBelow } from "../contract/stage.ts";
import { assertProven, assertSameRun, syncStatus } from "../support/far_proof.ts";
import { writeFiles } from "../support/lab.ts";
import { testWith } from "../support/needs.ts";
import { type Bench, openBench } from "./bench.ts";
import { type FarCall, watched, type Watcher } from "./watched_transport.ts";

const FILES = { "a.dat": "alpha", "sub/b.dat": "beta" };
const MANIFEST = ".exlab-wizard/checksums.sha256";
const WRITES = ["push", "putFiles", "setAside"] as const;

interface WatchedBench extends Bench {
  /** Told of each call to the far side from now on. */
  watch(watcher: Watcher): void;
}

async function openWatched(): Promise<WatchedBench> {
  let watcher: Watcher = () => {};
  const bench = await openBench({
    wrap: (transport) => watched(transport, (call) => watcher(call)),
  });
  return Object.assign(bench, { watch: (next: Watcher) => watcher = next });
}

/** A small manifest goes over as a record does, a large one as data. */
const isManifestWrite = ({ op, args }: FarCall) =>
  op === "push"
    ? String((args[0] as { farDir: string }).farDir).endsWith("/.exlab-wizard")
    : op === "putFiles" && (args[1] as Map<string, unknown>).has("checksums.sha256");

Deno.test("deliver writes the far manifest last, after the far record says synced", async () => {
  await using bench = await openWatched();
  const run = await bench.lab.makeRun(FILES);
  const far = bench.lab.farRun(run);
  const calls: FarCall[] = [];
  bench.watch(async (call) => {
    calls.push(call);
    if (isManifestWrite(call)) {
      assert.deepEqual([await syncStatus(run), await syncStatus(far)], ["synced", "synced"]);
      assert.ok(await exists(`${run}/${MANIFEST}`), "the local manifest comes before the far one");
    }
  });
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  const last = calls.findLastIndex(({ op }) => (WRITES as readonly string[]).includes(op));
  assert.ok(isManifestWrite(calls[last]!), `the last write was ${calls[last]!.op}`);
  assert.deepEqual(calls.slice(last + 1).map(({ op }) => op), ["getFiles", "flush", "getFiles"]);
  assert.equal(
    await Deno.readTextFile(`${run}/${MANIFEST}`),
    await Deno.readTextFile(`${far}/${MANIFEST}`),
  );
});

Deno.test("deliver says whose the far folder is before anything else is written there", async () => {
  await using bench = await openWatched();
  const run = await bench.lab.makeRun(FILES);
  const written: string[] = [];
  bench.watch(({ op, args }) => {
    if (op === "putFiles") written.push(...(args[1] as Map<string, unknown>).keys());
    else if (op === "push" || op === "setAside") written.push(op);
  });
  bench.enqueue(run);
  await bench.deliver(run);
  assert.match(written[0]!, /\/transfer\.json$/);
});

Deno.test("deliver pushes a manifest that is too large for a record, and pushes it last", async () => {
  await using bench = await openWatched();
  const names = Array.from({ length: 4_500 }, (_, i) => [`${"n".repeat(200)}${i}`, `${i}`]);
  const run = await bench.lab.makeRun(Object.fromEntries(names));
  const far = bench.lab.farRun(run);
  const writes: FarCall[] = [];
  bench.watch((call) => {
    if ((WRITES as readonly string[]).includes(call.op)) writes.push(call);
  });
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  assert.ok(writes.at(-1)!.op === "push" && isManifestWrite(writes.at(-1)!));
  assert.equal(
    await Deno.readTextFile(`${run}/${MANIFEST}`),
    await Deno.readTextFile(`${far}/${MANIFEST}`),
  );
});

Deno.test("deliver moves aside a manifest that came there meanwhile, and never replaces it", async () => {
  await using bench = await openWatched();
  const run = await bench.lab.makeRun(FILES);
  const far = bench.lab.farRun(run);
  const theirs = `${"0".repeat(64)}  somebody-elses.dat\n`;
  bench.watch(async ({ op }) => {
    if (op === "hash") await Deno.writeTextFile(`${far}/${MANIFEST}`, theirs);
  });
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  await assertProven(far);
  const superseded = `${bench.lab.farBase("PLATE_01")}/.labferry-superseded`;
  const kept = (await filesBelow(superseded)).filter((path) => path.endsWith("checksums.sha256"));
  assert.equal(kept.length, 1);
  assert.equal(await Deno.readTextFile(`${superseded}/${kept[0]}`), theirs);
});

/** Between our look and our writing somebody puts a file of theirs under each name that is written now. */
const LATE = ["transfer.json", "creation.json", "checksums.sha256"] as const;

for (const name of LATE) {
  Deno.test(`deliver replaces no ${name} that was put there after the look`, async () => {
    await using bench = await openWatched();
    const run = await bench.lab.makeRun(FILES);
    const far = bench.lab.farRun(run);
    const path = `${far}/.exlab-wizard/${name}`;
    let isPut = false;
    bench.watch(async ({ op, args }) => {
      if (op !== "putFiles" || isPut) return;
      const names = [...(args[1] as Map<string, unknown>).keys()];
      if (!names.some((one) => one.endsWith(name))) return;
      isPut = true;
      await Deno.mkdir(`${far}/.exlab-wizard`, { recursive: true });
      await Deno.writeTextFile(path, "somebody else's");
    });
    bench.enqueue(run);
    assert.equal((await bench.deliver(run)).state, "verified");
    assert.ok(isPut);
    await assertProven(far);
    assert.notEqual(await Deno.readTextFile(path), "somebody else's");
    const superseded = `${bench.lab.farBase("PLATE_01")}/.labferry-superseded`;
    const kept = (await filesBelow(superseded)).filter((one) => one.endsWith(name));
    const texts = await Promise.all(kept.map((one) => Deno.readTextFile(`${superseded}/${one}`)));
    assert.ok(texts.includes("somebody else's"), `kept: ${kept.join(", ")}`);
  });
}

testWith(
  ["sha256sum"],
  "deliver ends verified after a failure at every single call of a first generation",
  async () => {
    await using bench = await openWatched();
    const calls = await callsOf(bench, await firstGeneration(bench));
    assert.ok(calls > 15, `only ${calls} calls were seen`);
    let harmless = 0;
    for (let call = 1; call <= calls; call++) {
      if (!await failAt(bench, { run: await firstGeneration(bench), call })) harmless++;
    }
    assert.ok(harmless <= MOST_HARMLESS, `${harmless} failures went unnoticed`);
  },
);

testWith(
  ["sha256sum"],
  "deliver ends verified after a failure at every single call of a later generation",
  async () => {
    await using bench = await openWatched();
    const run = await firstGeneration(bench);
    await bench.deliver(run);
    await nextGeneration(bench, run);
    const calls = await callsOf(bench, run);
    assert.ok(calls > 15, `only ${calls} calls were seen`);
    let harmless = 0;
    for (let call = 1; call <= calls; call++) {
      await nextGeneration(bench, run);
      if (!await failAt(bench, { run, call })) harmless++;
    }
    assert.ok(harmless <= MOST_HARMLESS, `${harmless} failures went unnoticed`);
  },
);

/** How many calls an undisturbed delivery makes. */
async function callsOf(bench: WatchedBench, run: string): Promise<number> {
  let calls = 0;
  bench.watch(() => void calls++);
  assert.equal((await bench.deliver(run)).state, "verified");
  return calls;
}

async function firstGeneration(bench: WatchedBench): Promise<string> {
  bench.watch(() => {});
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  return run;
}

/** The instrument comes back to a verified run: one file is replaced. */
async function nextGeneration(bench: WatchedBench, run: string): Promise<void> {
  bench.watch(() => {});
  const job = bench.job(run);
  await writeFiles(run, { "a.dat": `alpha ${"again ".repeat(job.generation)}` });
  const { job: changed } = await bench.seal(job.runPath);
  assert.deepEqual([changed.state, changed.generation], ["queued", job.generation + 1]);
}

/**
 * Calls whose failure a delivery lives through: one that hashes beside the push, and the question
 * whether that connection lived through it; without them the pass asks for everything itself.
 */
const MOST_HARMLESS = 2;

/**
 * Odd calls lose the destination, even ones fail for a reason nobody knows. Either way the run is
 * proven in the end, and nothing false is said before. False when the failure stopped nothing.
 */
async function failAt(
  bench: WatchedBench,
  { run, call }: { run: string; call: number },
): Promise<boolean> {
  const at = `call ${call}`;
  const code = call % 2 === 1 ? "unreachable" : "unknown";
  let calls = 0;
  bench.watch(async (about) => {
    await noFalseWord(bench, run, about);
    if (++calls === call) throw new TransportError(code, `made to fail at ${about.op}`);
  });
  const stopped = await bench.deliver(run);
  const told = `${at}: ${stopped.state} ${JSON.stringify(stopped.lastError)}`;
  const isHarmless = stopped.state === "verified";
  if (!isHarmless) {
    assert.ok(["queued", "awaiting_verify"].includes(stopped.state), told);
    assert.deepEqual(
      [stopped.attempts, stopped.lastError?.code],
      [code === "unknown" ? 1 : 0, code],
      told,
    );
    if (code === "unreachable") assert.equal(bench.effects.at(-1)?.type, "open_breaker", told);
  }
  bench.watch((about) => noFalseWord(bench, run, about));
  const done = isHarmless ? stopped : await bench.deliver(run);
  assert.equal(done.state, "verified", `${at}: ${JSON.stringify(done.lastError)}`);
  const far = bench.lab.farRun(run);
  await assertProven(far);
  await assertSameRun(run, far);
  assert.deepEqual([await syncStatus(run), await syncStatus(far)], ["synced", "synced"], at);
  assert.deepEqual(done.verification?.extra, [], at);
  return !isHarmless;
}

/** While data goes over, no manifest there may say that this is proven. */
async function noFalseWord(bench: Bench, run: string, call: FarCall): Promise<void> {
  if (call.op !== "push" && call.op !== "putFiles") return;
  const job: Job = bench.job(run);
  if (job.verifyPasses > 0) return;
  if (call.op === "putFiles" && (call.args[1] as Map<string, unknown>).has("transfer.json")) return;
  const there = await exists(`${bench.lab.farRun(run)}/${MANIFEST}`);
  assert.equal(there, false, `${call.op} while the far manifest says it is proven`);
}
