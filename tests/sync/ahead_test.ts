/** What is left of files that went ahead of their run: by whom it is believed, and until when. */
import assert from "node:assert/strict";
import { giveUp } from "../../lib/intake/given_up.ts";
import { openJob } from "../../lib/intake/open_job.ts";
import { findRunAddress } from "../../lib/records/mod.ts";
import { type AheadTarget, sendAhead } from "../../lib/sync/mod.ts";
import { exists, filesBelow } from "../contract/stage.ts";
import { writeFiles } from "../support/lab.ts";
import { type Bench, openBench } from "./bench.ts";
import { watched, type Watcher } from "./watched_transport.ts";

const FILES = { "a.dat": "alpha", "b.dat": "beta" };
const HEAD_START = ".exlab-wizard/head_start.json";
const TRANSFER = ".exlab-wizard/transfer.json";
const WHY = "a person dismissed the run";

function targetOf(runPath: string): AheadTarget {
  const { equipmentId, layoutPath } = findRunAddress(runPath)!;
  return { runPath, equipmentId, farDir: layoutPath };
}

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
