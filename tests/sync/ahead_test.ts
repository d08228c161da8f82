/** What is left of files that went ahead of their run: by whom it is believed, and until when. */
import assert from "node:assert/strict";
import { giveUp } from "../../lib/intake/given_up.ts";
import { openJob } from "../../lib/intake/open_job.ts";
import { sendAhead } from "../../lib/sync/mod.ts";
import { exists, filesBelow } from "../contract/stage.ts";
import { writeFiles } from "../support/lab.ts";
import { seeAll, setAside, targetOf } from "./ahead_steps.ts";
import { type Bench, openBench } from "./bench.ts";
import { watched, type Watcher } from "./watched_transport.ts";

const FILES = { "a.dat": "alpha", "b.dat": "beta" };
const HEAD_START = ".exlab-wizard/head_start.json";
const TRANSFER = ".exlab-wizard/transfer.json";
const WHY = "a person dismissed the run";

/** The far folder is made ours, as the first file that goes ahead has it made. */
async function begun(bench: Bench): Promise<{ readonly run: string; readonly far: string }> {
  const run = await bench.lab.makeRun(FILES);
  await sendAhead(targetOf(run), { ...bench.work("PLATE_01"), settledMs: 0 });
  assert.ok(bench.queue.ahead.of(run));
  return { run, far: bench.lab.farRun(run) };
}

const gaveUp = (bench: Bench, run: string) =>
  giveUp(bench.queue.ahead.of(run)!, { ...bench.work("PLATE_01"), why: WHY });

Deno.test("a run is given up in one stroke: no job without its word, whatever stops it", async () => {
  await using bench = await openBench();
  const { run } = await begun(bench);
  const { timeline } = bench.queue;
  const note = timeline.note.bind(timeline);
  timeline.note = () => {
    throw new Error("stopped here");
  };
  await assert.rejects(gaveUp(bench, run), /stopped here/);
  assert.equal(bench.queue.jobs.byRun(run), null);
  assert.ok(bench.queue.ahead.of(run));
  timeline.note = note;
  await gaveUp(bench, run);
  assert.equal(bench.job(run).hold, "cancelled");
  assert.equal(openJob(run, bench.queue), null);
  assert.equal(bench.queue.ahead.of(run), null);
});

Deno.test("a run that is given up says nothing in a folder that became another's", async () => {
  await using bench = await openBench();
  const { run, far } = await begun(bench);
  const transfer = JSON.parse(await Deno.readTextFile(`${far}/${TRANSFER}`));
  const theirs = JSON.stringify({ ...transfer, installation: "another installation" });
  await writeFiles(far, { [TRANSFER]: theirs });
  const before = await Deno.readTextFile(`${far}/${HEAD_START}`);
  await gaveUp(bench, run);
  assert.equal(await Deno.readTextFile(`${far}/${HEAD_START}`), before);
  assert.equal(openJob(run, bench.queue), null);
  assert.deepEqual(bench.kinds(run).filter((kind) => kind === "abandoned"), ["abandoned"]);
});

Deno.test("what went ahead and was removed over there is forgotten by the sealed run", async () => {
  await using bench = await openBench();
  const { run, far } = await begun(bench);
  await Deno.remove(far, { recursive: true });
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  assert.equal(bench.queue.ahead.of(run), null);
  assert.equal(await exists(`${run}/${HEAD_START}`), false);
});

Deno.test("a head start does not make a proven run the owner of a stranger's file", async () => {
  await using bench = await openBench();
  const { run, far } = await begun(bench);
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  assert.ok(await exists(`${far}/${HEAD_START}`));
  await writeFiles(far, { "c.dat": "a stranger's" });
  await writeFiles(run, { "c.dat": "gamma" });
  await bench.seal(run);
  for (const attempt of ["first", "after a person's retry"]) {
    const job = await bench.deliver(run);
    assert.deepEqual([job.state, job.lastError?.code], ["failed", "destination_conflict"], attempt);
    await bench.moves.take(job, { type: "retry" });
  }
  assert.equal(await Deno.readTextFile(`${far}/c.dat`), "a stranger's");
});

Deno.test("after a lost queue a far list that nobody can read was a list all the same", async () => {
  await using first = await openBench();
  const { run, far } = await begun(first);
  first.enqueue(run);
  await first.deliver(run);
  await writeFiles(far, { ".exlab-wizard/checksums.sha256": "no list\n", "a.dat": "ALPHA" });
  await using second = await openBench({
    dataRoot: first.lab.dataRoot,
    farBases: { PLATE_01: first.lab.farBase("PLATE_01") },
    installation: first.context.installation,
  });
  second.enqueue(run);
  const job = await second.deliver(run);
  assert.deepEqual([job.state, job.lastError?.code], ["failed", "destination_conflict"]);
  assert.equal(await Deno.readTextFile(`${far}/a.dat`), "ALPHA");
});

for (const name of ["transfer.json", "creation.json"]) {
  Deno.test(`a head start replaces no ${name} that was put there after the look`, async () => {
    let watcher: Watcher = () => {};
    await using bench = await openBench({
      wrap: (transport) => watched(transport, (call) => watcher(call)),
    });
    const run = await bench.lab.makeRun(FILES);
    const far = bench.lab.farRun(run);
    let isPut = false;
    watcher = async ({ op, args }) => {
      if (op !== "putFiles" || isPut) return;
      if (![...(args[1] as Map<string, unknown>).keys()].some((one) => one.endsWith(name))) return;
      isPut = true;
      await writeFiles(far, { [`.exlab-wizard/${name}`]: "somebody else's" });
    };
    await sendAhead(targetOf(run), { ...bench.work("PLATE_01"), settledMs: 0 });
    assert.ok(isPut);
    const superseded = `${bench.lab.farBase("PLATE_01")}/.labferry-superseded`;
    const kept = (await filesBelow(superseded)).filter((one) => one.endsWith(name));
    const texts = await Promise.all(kept.map((one) => Deno.readTextFile(`${superseded}/${one}`)));
    assert.deepEqual(texts, ["somebody else's"]);
  });
}

const settledIn = async (far: string) =>
  JSON.parse(await Deno.readTextFile(`${far}/${HEAD_START}`)).proven;

/** The same installation, after its queue was lost. */
async function queueLost(bench: Bench): Promise<Bench> {
  return await openBench({
    dataRoot: bench.lab.dataRoot,
    farBases: { PLATE_01: bench.lab.farBase("PLATE_01") },
    installation: bench.context.installation,
  });
}

Deno.test("a head start is over with the first proof: after it a stranger's file is a stranger's", async () => {
  await using first = await openBench();
  const { run, far } = await begun(first);
  first.enqueue(run);
  await first.deliver(run);
  assert.equal((await settledIn(far)).generation, 1);
  // The next generation has taken the word "proven" back, and then the queue was lost.
  await Deno.remove(`${far}/.exlab-wizard/checksums.sha256`);
  await writeFiles(far, { "c.dat": "a stranger's" });
  await writeFiles(run, { "c.dat": "gamma" });
  await using second = await queueLost(first);
  second.enqueue(run);
  const job = await second.deliver(run);
  assert.deepEqual([job.state, job.lastError?.code], ["failed", "destination_conflict"]);
  assert.equal(await Deno.readTextFile(`${far}/c.dat`), "a stranger's");
});

Deno.test("killed between the records and the manifest the head start is over, and said once", async () => {
  let isCut = true;
  await using bench = await openBench({
    wrap: (transport) =>
      watched(transport, ({ op, args }) => {
        const [folder, files] = args as [string, ReadonlyMap<string, unknown>];
        const isManifest = op === "putFiles" && folder.endsWith(".exlab-wizard") &&
          files.has("checksums.sha256");
        if (isManifest && isCut) throw new DOMException("cut", "AbortError");
      }),
  });
  const { run, far } = await begun(bench);
  bench.enqueue(run);
  const cut = await bench.deliver(run);
  assert.notEqual(cut.state, "verified");
  assert.equal((await settledIn(far)).generation, 1);
  assert.equal(await exists(`${far}/.exlab-wizard/checksums.sha256`), false);
  const before = await Deno.readTextFile(`${far}/${HEAD_START}`);
  isCut = false;
  await bench.moves.take(bench.job(run), { type: "retry" });
  assert.equal((await bench.deliver(run)).state, "verified");
  assert.equal(await Deno.readTextFile(`${far}/${HEAD_START}`), before);
});

Deno.test("a head start that a power cut opened again is over before the manifest is taken away", async () => {
  await using first = await openBench();
  const { run, far } = await begun(first);
  const open = await Deno.readTextFile(`${far}/${HEAD_START}`);
  first.enqueue(run);
  await first.deliver(run);
  await Deno.writeTextFile(`${far}/${HEAD_START}`, open);
  await writeFiles(run, { "c.dat": "gamma" });
  await using second = await queueLost(first);
  second.enqueue(run);
  await second.seal(run);
  assert.equal((await second.deliver(run)).state, "verified");
  assert.equal((await settledIn(far)).generation, second.job(run).generation);
});

Deno.test("a head_start.json that nobody can read makes nothing ours", async () => {
  await using first = await openBench();
  const { run, far } = await begun(first);
  await writeFiles(far, { [HEAD_START]: "{", "a.dat": "ALPHA" });
  await using second = await queueLost(first);
  second.enqueue(run);
  const job = await second.deliver(run);
  assert.deepEqual([job.state, job.lastError?.code], ["failed", "destination_conflict"]);
  assert.equal(await Deno.readTextFile(`${far}/a.dat`), "ALPHA");
});

Deno.test("a head start replaces no head_start.json that this labferry cannot read", async () => {
  for (const theirs of ["{", '{"schema_version":"2.0","abandoned":null}']) {
    await using first = await openBench();
    const { run, far } = await begun(first);
    await writeFiles(far, { [HEAD_START]: theirs, "a.dat": "ALPHA" });
    await using second = await queueLost(first);
    const outcome = await sendAhead(targetOf(run), { ...second.work("PLATE_01"), settledMs: 0 });
    assert.match(outcome.kind === "waits" ? outcome.why : outcome.kind, /cannot be read/);
    assert.equal(await Deno.readTextFile(`${far}/${HEAD_START}`), theirs);
    second.enqueue(run);
    const job = await second.deliver(run);
    assert.deepEqual([job.state, job.lastError?.code], ["failed", "destination_conflict"]);
    assert.equal(await Deno.readTextFile(`${far}/a.dat`), "ALPHA");
  }
});

Deno.test("after a push that failed a stranger's file is kept aside, and the receipt names it", async () => {
  let fails = true;
  await using bench = await openBench({
    wrap: (transport) =>
      watched(transport, ({ op }) => {
        if (op === "push" && fails && bench.queue.jobs.list({ limit: 1 }).length > 0) {
          throw new Error("the line went");
        }
      }),
  });
  const { run, far } = await begun(bench);
  await writeFiles(run, { "c.dat": "gamma" });
  bench.enqueue(run);
  await bench.deliver(run);
  assert.ok(bench.kinds(run).includes("prepared"));
  await writeFiles(far, { "c.dat": "a stranger's" });
  fails = false;
  await bench.moves.take(bench.job(run), { type: "retry" });
  const job = await bench.deliver(run);
  assert.equal(job.state, "verified", JSON.stringify(job.lastError));
  assert.deepEqual(setAside(bench, run), ["c.dat"]);
  const { names, into: [into] } = job.verification!.account!.set_aside;
  assert.deepEqual(names, ["c.dat"]);
  const kept = `${bench.lab.farBase("PLATE_01")}/${into}/c.dat`;
  assert.equal(await Deno.readTextFile(kept), "a stranger's");
});

Deno.test("what a push ahead of its run sets aside is in the run's receipt, also after a kill", async () => {
  for (const isKilled of [false, true]) {
    let far = "";
    let isPut = false;
    let wasKilled = !isKilled;
    await using bench = await openBench({
      wrap: (transport) =>
        watched(transport, async ({ op }) => {
          if (op === "flush" && isPut && !wasKilled) {
            wasKilled = true;
            throw new DOMException("killed", "AbortError");
          }
          if (op !== "push" || isPut) return;
          isPut = true;
          await writeFiles(far, { "b.dat": "a stranger's" });
        }),
    });
    const run = await bench.lab.makeRun(FILES);
    far = bench.lab.farRun(run);
    await seeAll(bench, run);
    await sendAhead(targetOf(run), { ...bench.work("PLATE_01"), settledMs: 0 })
      .catch((error) => assert.ok(isKilled, String(error)));
    assert.ok(isPut);
    bench.enqueue(run);
    const job = await bench.deliver(run);
    assert.equal(job.state, "verified", JSON.stringify(job.lastError));
    assert.deepEqual(setAside(bench, run), ["b.dat"]);
    const [into] = job.verification!.account!.set_aside.into;
    const kept = `${bench.lab.farBase("PLATE_01")}/${into}/b.dat`;
    assert.equal(await Deno.readTextFile(kept), "a stranger's");
    assert.equal(await Deno.readTextFile(`${far}/b.dat`), "beta");
  }
});

Deno.test("a run that is given up says what its head start set aside", async () => {
  let far = "";
  await using bench = await openBench({
    wrap: (transport) =>
      watched(transport, async ({ op }) => {
        if (op === "push") await writeFiles(far, { "b.dat": "a stranger's" });
      }),
  });
  const run = await bench.lab.makeRun(FILES);
  far = bench.lab.farRun(run);
  await seeAll(bench, run);
  await sendAhead(targetOf(run), { ...bench.work("PLATE_01"), settledMs: 0 });
  await gaveUp(bench, run);
  assert.deepEqual(setAside(bench, run), ["b.dat"]);
});

/** So many small files, in parts that grow with what is there. */
const MANY = 400;

Deno.test("a large head start looks at its far folder a few times, not once a part", async () => {
  let lists = 0;
  await using bench = await openBench({
    wrap: (transport) =>
      watched(transport, ({ op, args }) => {
        if (op === "list" && !String(args[0]).startsWith(".")) lists++;
      }),
  });
  const files = Object.fromEntries(
    Array.from({ length: MANY }, (_, n) => [`${String(n).padStart(4, "0")}.dat`, `tile ${n}`]),
  );
  const run = await bench.lab.makeRun(files);
  await seeAll(bench, run);
  const parts: number[] = [];
  for (let isMore = true; isMore;) {
    const work = { ...bench.work("PLATE_01"), settledMs: 0, mostFiles: 4 };
    const outcome = await sendAhead(targetOf(run), work);
    assert.ok(outcome.kind === "sent");
    parts.push(outcome.files);
    isMore = outcome.isMore;
  }
  assert.equal(parts.reduce((sum, part) => sum + part, 0), MANY);
  // A hundred parts of four would be two hundred looks.
  assert.ok(parts.length <= 40, parts.join());
  assert.ok(lists <= 2 * parts.length + 1, `${lists} looks for ${parts.length} parts`);
});
