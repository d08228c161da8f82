/** Parts of a head start that end before they are done: what is noted of them, and for how long. */
import assert from "node:assert/strict";
import { inheritedKey } from "../../lib/sync/ahead_folder.ts";
import { nextPart } from "../../lib/sync/ahead_part.ts";
import { sendAhead } from "../../lib/sync/mod.ts";
import type { TransportType } from "../../lib/transports/mod.ts";
import { writeFiles } from "../support/lab.ts";
import { testWith } from "../support/needs.ts";
import { startSshd, type TestSshd } from "../support/sshd.ts";
import { type Bench, openBench } from "./bench.ts";
import { seeAll, setAside, targetOf } from "./ahead_steps.ts";
import { watched, type Watcher } from "./watched_transport.ts";

const FILES = { "a.dat": "alpha", "b.dat": "beta" };
const FAILED = 50;
/** One folder of things that were set aside, or a part of it; the folder of all of them is the books'. */
const ASIDE = /^\.labferry-superseded\/.*\/\d{8}T/;

interface Interrupted extends AsyncDisposable {
  readonly bench: Bench;
  readonly run: string;
  readonly far: string;
  /** Told of each far call. */
  watch(watcher: Watcher): void;
  send(): ReturnType<typeof sendAhead>;
  /** Looks into folders of things that were set aside, so far. */
  looks(): number;
}

async function openInterrupted(
  { type = "mount", sshd }: { readonly type?: TransportType; readonly sshd?: TestSshd } = {},
): Promise<Interrupted> {
  let watcher: Watcher = () => {};
  let looks = 0;
  const bench = await openBench({
    equipment: { PLATE_01: type },
    ...(sshd ? { sshd } : {}),
    wrap: (transport) =>
      watched(transport, async (call) => {
        if (call.op === "list" && ASIDE.test(String(call.args[0]))) looks++;
        await watcher(call);
      }),
  });
  const run = await bench.lab.makeRun(FILES);
  await seeAll(bench, run);
  return {
    bench,
    run,
    far: bench.lab.farRun(run),
    watch: (next) => void (watcher = next),
    send: () => sendAhead(targetOf(run), { ...bench.work("PLATE_01"), settledMs: 0 }),
    looks: () => looks,
    [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose](),
  };
}

const asideKey = (run: string) => `ahead_aside:${run}`;

Deno.test("however many pushes ahead fail, one folder is noted, looked into once, and forgotten", async () => {
  await using lab = await openInterrupted();
  const { bench, run } = lab;
  const notes: string[] = [];
  lab.watch(({ op }) => {
    if (op === "push") throw new Error("the line went");
  });
  for (let push = 0; push < FAILED; push++) {
    await assert.rejects(lab.send(), /the line went/);
    notes.push(bench.queue.meta.get(asideKey(run))!);
  }
  // Not longer with each push.
  assert.ok(notes.at(-1)!.length <= notes[0]!.length + 2, notes.at(-1));
  lab.watch(() => {});
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  assert.equal(lab.looks(), 1);
  assert.equal(bench.queue.meta.get(asideKey(run)), null);
  await writeFiles(run, { "c.dat": "gamma" });
  await bench.seal(run);
  const before = lab.looks();
  assert.equal((await bench.deliver(run)).state, "verified");
  assert.equal(lab.looks(), before);
});

async function twoSetAside(type: TransportType): Promise<void> {
  await using sshd = type === "rsync_ssh" ? await startSshd() : undefined;
  await using lab = await openInterrupted({ type, ...(sshd ? { sshd } : {}) });
  const { bench, run, far } = lab;
  const strangers = ["a stranger's", "a second stranger's"];
  for (const text of strangers) {
    let isPut = false;
    lab.watch(async ({ op }) => {
      if (op === "flush" && isPut) throw new Error("the line went");
      if (op !== "push") return;
      isPut = true;
      await writeFiles(far, { "b.dat": text });
    });
    await assert.rejects(lab.send(), /the line went/);
    // What ours left there is gone again: the next push finds its name free.
    await Deno.remove(`${far}/b.dat`);
  }
  lab.watch(() => {});
  bench.enqueue(run);
  const job = await bench.deliver(run);
  assert.equal(job.state, "verified", JSON.stringify(job.lastError));
  assert.deepEqual(setAside(bench, run), ["b.dat", "b.dat"]);
  const { into } = job.verification!.account!.set_aside;
  const kept = into.map((one) =>
    Deno.readTextFileSync(`${bench.lab.farBase("PLATE_01")}/${one}/b.dat`)
  );
  assert.deepEqual(kept.sort(), strangers.toSorted());
}

const NO_PLACE = "two pushes that set a name aside share no place, and the receipt names both";
Deno.test(`${NO_PLACE}: over a mount`, () => twoSetAside("mount"));
testWith(["rsync", "sshd"], `${NO_PLACE}: by rsync`, () => twoSetAside("rsync_ssh"));

Deno.test("what was set aside at another destination is not looked for at the present one", async () => {
  await using lab = await openInterrupted();
  const { bench, run } = lab;
  lab.watch(({ op }) => {
    if (op === "push") throw new Error("the line went");
  });
  await assert.rejects(lab.send(), /the line went/);
  lab.watch(() => {});
  const noted = JSON.parse(bench.queue.meta.get(asideKey(run))!);
  const elsewhere = noted.map((one: object) => ({ ...one, destinationUuid: "another" }));
  bench.queue.meta.set(asideKey(run), JSON.stringify(elsewhere));
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  assert.equal(lab.looks(), 0);
  assert.equal(bench.queue.meta.get(asideKey(run)), null);
});

Deno.test("what was inherited at another destination makes nothing ours at the present one", async () => {
  await using lab = await openInterrupted();
  const { bench, run } = lab;
  const { ahead, meta } = bench.queue;
  ahead.begin({ ...targetOf(run), destinationUuid: "another", beganAt: "2026-04-17T14:32:11Z" });
  meta.set(inheritedKey(run), "1");
  const outcome = await lab.send();
  assert.deepEqual(outcome.kind === "sent" && outcome.files, 0);
  assert.deepEqual([ahead.of(run), meta.get(inheritedKey(run))], [null, null]);
});

async function interruptedPush(type: TransportType): Promise<void> {
  await using sshd = type === "rsync_ssh" ? await startSshd() : undefined;
  await using lab = await openInterrupted({ type, ...(sshd ? { sshd } : {}) });
  const { bench, run } = lab;
  let pushes = 0;
  lab.watch(({ op }) => {
    if (op === "push") pushes++;
    // All of it has gone, and nothing could be noted.
    if (op === "flush" && pushes > 0) throw new Error("a sealed run goes first");
  });
  await assert.rejects(lab.send(), /goes first/);
  assert.equal(bench.queue.ahead.sumOf(run)!.files, 0);
  await writeFiles(run, { "c.dat": "gamma" });
  await seeAll(bench, run);
  const pushed: string[] = [];
  lab.watch(async ({ op, args: [request] }) => {
    if (op !== "push") return;
    // Noted before anything else goes.
    assert.equal(bench.queue.ahead.sumOf(run)!.files, 2);
    const { files } = request as { files: AsyncIterable<{ path: string }> };
    for await (const { path } of files) pushed.push(path);
  });
  const outcome = await lab.send();
  assert.deepEqual(outcome.kind === "sent" && outcome.files, 3);
  assert.deepEqual(pushed, ["c.dat"]);
}

const NOTED = "what a push that was interrupted had sent is noted, and not chosen again";
Deno.test(`${NOTED}: over a mount`, () => interruptedPush("mount"));
testWith(["rsync", "sshd"], `${NOTED}: by rsync`, () => interruptedPush("rsync_ssh"));

const GB = 1e9;

/** Of files of so many bytes each, where 40 TB of the run are there: how many go at a time. */
async function partOf(sizeBytes: number, uploadMbps: number | null): Promise<number> {
  await using bench = await openBench();
  const { ahead } = bench.queue;
  const runPath = bench.lab.join("run");
  const see = (path: string, bytes: number) =>
    ahead.see({ runPath, observedMs: 0 }, [
      { path, sizeBytes: bytes, mtimeMs: 0, ctimeS: 0, fileId: path },
    ]);
  ahead.begin({
    runPath,
    equipmentId: "PLATE_01",
    destinationUuid: "one",
    farDir: "run",
    beganAt: "2026-04-17T14:32:11Z",
  });
  see("there", 40_000 * GB);
  ahead.setGoing(runPath, ["there"]);
  ahead.setThere(runPath, [{ path: "there", sizeBytes: 40_000 * GB, mtimeMs: 0 }]);
  for (let n = 0; n < 10; n++) see(`to go ${n}`, sizeBytes);
  const destination = { ...bench.place("PLATE_01"), uploadMbps: () => uploadMbps };
  const work = { ...bench.work("PLATE_01"), destination, settledMs: 0, open: new Set<string>() };
  return nextPart({ runPath }, work).files.length;
}

Deno.test("a part is no more than the line carries in ten minutes, and one file at least", async () => {
  // An eighth of what is there would be five TB.
  assert.equal(await partOf(5 * GB, null), 4);
  // 100 Mbit/s carry 7.5 GB in ten minutes.
  assert.equal(await partOf(2 * GB, 100), 3);
  assert.equal(await partOf(50 * GB, null), 1);
});
