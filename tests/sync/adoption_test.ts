/** What is over there already: ours, nobody's, another's. */
import assert from "node:assert/strict";
import { filesBelow } from "../contract/stage.ts";
import { assertProven, syncStatus } from "../support/far_proof.ts";
import { writeFiles } from "../support/lab.ts";
import { type Bench, openBench } from "./bench.ts";

const FILES = { "a.dat": "alpha", "b.dat": "beta" };
const STRANGER = JSON.stringify({
  schema_version: "1.0",
  owner: "0".repeat(64),
  host: "another-pc",
  source_path: "/somewhere/else",
  run_created_at: "2020-01-01T00:00:00Z",
  written_at: "2020-01-01T00:00:00Z",
});

/** Everything at a place, with content: to see that nothing at all was written. */
async function snapshot(dir: string): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const path of await filesBelow(dir)) {
    const { mtime, ino } = await Deno.stat(`${dir}/${path}`);
    all[path] = `${ino} ${mtime?.getTime()} ${await Deno.readTextFile(`${dir}/${path}`)}`;
  }
  return all;
}

async function enqueued(bench: Bench): Promise<{ run: string; far: string }> {
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  return { run, far: bench.lab.farRun(run) };
}

Deno.test("deliver writes nothing where another run's different data is", async () => {
  await using bench = await openBench();
  const { run, far } = await enqueued(bench);
  await writeFiles(far, { "a.dat": "something else", ".exlab-wizard/transfer.json": STRANGER });
  const before = await snapshot(bench.lab.farBase("PLATE_01"));
  const job = await bench.deliver(run);
  assert.deepEqual([job.state, job.lastError?.code], ["failed", "destination_conflict"]);
  assert.deepEqual(await snapshot(bench.lab.farBase("PLATE_01")), before);
});

Deno.test("deliver writes nothing where another run has a file this one has not", async () => {
  await using bench = await openBench();
  const { run, far } = await enqueued(bench);
  await writeFiles(far, { ...FILES, "more.dat": "more", ".exlab-wizard/transfer.json": STRANGER });
  const before = await snapshot(bench.lab.farBase("PLATE_01"));
  const job = await bench.deliver(run);
  assert.deepEqual([job.state, job.lastError?.code], ["failed", "destination_conflict"]);
  assert.deepEqual(await snapshot(bench.lab.farBase("PLATE_01")), before);
});

Deno.test("deliver writes nothing where nobody's different data is", async () => {
  await using bench = await openBench();
  const { run, far } = await enqueued(bench);
  await writeFiles(far, { "a.dat": "ALPHA" });
  const before = await snapshot(bench.lab.farBase("PLATE_01"));
  const job = await bench.deliver(run);
  assert.deepEqual([job.state, job.lastError?.code], ["failed", "destination_conflict"]);
  assert.deepEqual(await snapshot(bench.lab.farBase("PLATE_01")), before);
});

Deno.test("deliver adopts nobody's identical files and sends only what is missing", async () => {
  await using bench = await openBench();
  const { run, far } = await enqueued(bench);
  await writeFiles(far, { "a.dat": "alpha" });
  const { ino } = await Deno.stat(`${far}/a.dat`);
  const job = await bench.deliver(run);
  assert.equal(job.state, "verified", JSON.stringify(job.lastError));
  assert.equal((await Deno.stat(`${far}/a.dat`)).ino, ino);
  assert.ok(bench.kinds(run).includes("adopted"));
  await assertProven(far);
});

Deno.test("deliver adopts another's identical copy, and keeps its word of whose it was", async () => {
  await using bench = await openBench();
  const { run, far } = await enqueued(bench);
  await writeFiles(far, { ...FILES, ".exlab-wizard/transfer.json": STRANGER });
  const job = await bench.deliver(run);
  assert.equal(job.state, "verified", JSON.stringify(job.lastError));
  assert.notEqual(
    JSON.parse(await Deno.readTextFile(`${far}/.exlab-wizard/transfer.json`)).host,
    "another-pc",
  );
  const superseded = `${bench.lab.farBase("PLATE_01")}/.labferry-superseded`;
  const kept = (await filesBelow(superseded)).filter((path) => path.endsWith("transfer.json"));
  assert.equal(await Deno.readTextFile(`${superseded}/${kept[0]}`), STRANGER);
});

/** The state directory is gone: another one, the same data and the same NAS. */
async function stateLost(bench: Bench): Promise<Bench> {
  return await openBench({
    dataRoot: bench.lab.dataRoot,
    farBases: { PLATE_01: bench.lab.farBase("PLATE_01") },
  });
}

/** Only its queue: the installation is the same. */
async function queueLost(bench: Bench): Promise<Bench> {
  return await openBench({
    dataRoot: bench.lab.dataRoot,
    farBases: { PLATE_01: bench.lab.farBase("PLATE_01") },
    installation: bench.context.installation,
  });
}

Deno.test("deliver compares and does not send what is ours, when the state was lost", async () => {
  await using first = await openBench();
  const { run, far } = await enqueued(first);
  await first.deliver(run);
  const { ino } = await Deno.stat(`${far}/a.dat`);
  await using second = await stateLost(first);
  second.enqueue(run);
  const job = await second.deliver(run);
  assert.deepEqual([job.state, job.verifyPasses], ["verified", 1]);
  assert.equal((await Deno.stat(`${far}/a.dat`)).ino, ino);
  await assertProven(far);
});

Deno.test("deliver writes nothing over another installation's data, though host and path are equal", async () => {
  await using first = await openBench();
  const { run, far } = await enqueued(first);
  await first.deliver(run);
  const before = await filesBelow(far);
  await writeFiles(run, { "a.dat": "another PC of the same image" });
  await using second = await stateLost(first);
  second.enqueue(run);
  const job = await second.deliver(run);
  assert.deepEqual([job.state, job.lastError?.code], ["failed", "destination_conflict"]);
  assert.match(job.lastError!.message, /another labferry installation/);
  assert.deepEqual(await filesBelow(far), before);
  assert.equal(await Deno.readTextFile(`${far}/a.dat`), "alpha");
});

Deno.test("deliver moves proven far bytes aside, when the queue was lost and the run changed", async () => {
  await using first = await openBench();
  const { run, far } = await enqueued(first);
  await first.deliver(run);
  await writeFiles(run, { "a.dat": "alpha is another now" });
  await using second = await queueLost(first);
  second.enqueue(run);
  const job = await second.deliver(run);
  assert.equal(job.state, "verified", JSON.stringify(job.lastError));
  assert.equal(await Deno.readTextFile(`${far}/a.dat`), "alpha is another now");
  assert.equal(await supersededText(second, "a.dat"), "alpha");
  await assertProven(far);
});

Deno.test("deliver supersedes in a new generation: only the altered file goes, old bytes stay", async () => {
  await using bench = await openBench();
  const { run, far } = await enqueued(bench);
  await bench.deliver(run);
  const untouched = await Deno.stat(`${far}/b.dat`);
  await writeFiles(run, { "a.dat": "second version", "c.dat": "new" });
  await bench.seal(run);
  const job = await bench.deliver(run);
  assert.deepEqual([job.state, job.generation, job.verifyPasses], ["verified", 2, 1]);
  assert.equal((await Deno.stat(`${far}/b.dat`)).ino, untouched.ino);
  assert.equal(await supersededText(bench, "a.dat"), "alpha");
  assert.match(await supersededText(bench, "checksums.sha256"), /b\.dat/);
  assert.equal(await syncStatus(far), "synced");
  await assertProven(far);
});

async function supersededText(bench: Bench, name: string): Promise<string> {
  const dir = `${bench.lab.farBase("PLATE_01")}/.labferry-superseded`;
  const found = (await filesBelow(dir)).filter((path) => path.endsWith(`/${name}`));
  assert.equal(found.length, 1, `kept are ${found}`);
  return await Deno.readTextFile(`${dir}/${found[0]}`);
}
