/** Bytes that change where they must not: over there, here, and under way. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { next } from "../../lib/jobs/mod.ts";
import { verifyAgain } from "../../lib/sync/mod.ts";
import { TransportError } from "../../lib/transports/mod.ts";
import { corrupt, filesBelow } from "../contract/stage.ts";
import { assertProven, assertSameRun } from "../support/far_proof.ts";
import { writeFiles } from "../support/lab.ts";
import { type Bench, openBench } from "./bench.ts";
import { type FarCall, watched, type Watcher } from "./watched_transport.ts";

const FILES = { "a.dat": "alpha", "b.dat": "beta" };

async function openWatched(): Promise<Bench & { watch(watcher: Watcher): void }> {
  let watcher: Watcher = () => {};
  const bench = await openBench({
    wrap: (transport) => watched(transport, (call) => watcher(call)),
  });
  return Object.assign(bench, { watch: (to: Watcher) => void (watcher = to) });
}

async function enqueued(bench: Bench): Promise<{ run: string; far: string }> {
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  return { run, far: bench.lab.farRun(run) };
}

const isData = ({ op, args }: FarCall, wanted: FarCall["op"]) =>
  op === wanted && !(args[0] as { farDir: string }).farDir.endsWith(".exlab-wizard");

Deno.test("deliver sends a file that was damaged over there once more, and then it is verified", async () => {
  await using bench = await openWatched();
  const { run, far } = await enqueued(bench);
  let damaged = 0;
  bench.watch(async (call) => {
    if (isData(call, "hash") && damaged++ === 0) await corrupt(`${far}/b.dat`);
  });
  const first = await bench.deliver(run);
  assert.deepEqual([first.state, first.resent, first.attempts], ["queued", true, 0]);
  const pushed: string[] = [];
  bench.watch(async (call) => {
    if (!isData(call, "push")) return;
    const { files, resend } = call.args[0] as {
      files: AsyncIterable<{ path: string }>;
      resend: boolean;
    };
    assert.equal(resend, true);
    for await (const { path } of files) pushed.push(path);
  });
  const second = await bench.deliver(run);
  assert.deepEqual([second.state, pushed], ["verified", ["b.dat"]]);
  await assertProven(far);
  await assertSameRun(run, far);
});

Deno.test("deliver gives up when a file is damaged over there twice, and retry sends it again", async () => {
  await using bench = await openWatched();
  const { run, far } = await enqueued(bench);
  bench.watch(async (call) => {
    if (isData(call, "hash")) await corrupt(`${far}/b.dat`);
  });
  await bench.deliver(run);
  const failed = await bench.deliver(run);
  assert.deepEqual([failed.state, failed.lastError?.code], ["failed", "hash_mismatch"]);
  assert.match(failed.lastError!.message, /"b\.dat"/);
  assert.equal((await filesBelow(far)).includes(".exlab-wizard/checksums.sha256"), false);
  assert.deepEqual(bench.queue.passes.of(failed.id).map(({ outcome }) => outcome), [
    "failed",
    "failed",
  ]);

  bench.watch(() => {});
  const step = next(failed, { type: "retry" }, new Date())!;
  bench.queue.jobs.transition(failed, { change: step.change, event: step.event });
  while (bench.job(run).state === "queued") await bench.deliver(run);
  assert.equal(bench.job(run).state, "verified");
  await assertSameRun(run, far);
});

Deno.test("deliver sends nothing of a file that has rotted here, and says so", async () => {
  await using bench = await openWatched();
  const { run, far } = await enqueued(bench);
  let hashed = false;
  const pushed: string[] = [];
  bench.watch(async (call) => {
    if (isData(call, "push") && hashed) pushed.push("push");
    if (!isData(call, "hash") || hashed) return;
    hashed = true;
    await corrupt(`${far}/b.dat`);
    await rot(bench, run, "b.dat");
  });
  const job = await bench.deliver(run);
  assert.deepEqual([job.state, job.lastError?.code], ["failed", "local_copy_damaged"]);
  assert.deepEqual(pushed, []);
});

Deno.test("deliver leaves a good far copy alone when the local one has rotted meanwhile", async () => {
  await using bench = await openBench();
  const { run, far } = await enqueued(bench);
  await bench.deliver(run);
  await rot(bench, run, "b.dat");
  await writeFiles(run, { "new.dat": "new" });
  await bench.seal(run);
  const job = await bench.deliver(run);
  assert.deepEqual([job.state, job.generation], ["verified", 2]);
  assert.equal(await Deno.readTextFile(`${far}/b.dat`), "beta");
});

Deno.test("deliver makes a new generation of a run that changed while it was sent", async () => {
  for (const moment of ["push", "hash"] as const) {
    await using bench = await openWatched();
    const { run, far } = await enqueued(bench);
    let once = false;
    bench.watch(async (call) => {
      if (once || !isData(call, moment)) return;
      once = true;
      await writeFiles(run, { "a.dat": "alpha, written to while it was under way" });
    });
    const first = await bench.deliver(run);
    assert.notEqual(first.state, "verified", moment);
    assert.equal(first.attempts, 0, moment);
    const second = await bench.deliver(run);
    assert.deepEqual([second.state, second.generation], ["verified", 2], moment);
    await assertSameRun(run, far);
    await assertProven(far);
  }
});

Deno.test("verifyAgain raises the alarm when the far copy has changed, and keeps the run", async () => {
  await using bench = await openBench();
  const { run, far } = await enqueued(bench);
  await bench.deliver(run);
  const again = await verifyAgain(bench.job(run), bench.work("PLATE_01"));
  assert.deepEqual([again.state, again.verifyPasses], ["verified", 2]);
  await corrupt(`${far}/a.dat`);
  const damaged = await verifyAgain(bench.job(run), bench.work("PLATE_01"));
  assert.deepEqual([damaged.state, damaged.lastError?.code], ["failed", "far_copy_damaged"]);
  assert.deepEqual(damaged.verification?.mismatched, ["a.dat"]);
  assert.equal(bench.effects.at(-1)?.type, "tell");
});

Deno.test("deliver proves a run anew after far damage: no earlier pass counts for it", async () => {
  await using bench = await openBench();
  const { run, far } = await enqueued(bench);
  await bench.deliver(run);
  const { mtime } = await Deno.stat(`${far}/a.dat`);
  await corrupt(`${far}/a.dat`);
  await Deno.utime(`${far}/a.dat`, mtime!, mtime!);
  const damaged = await verifyAgain(bench.job(run), bench.work("PLATE_01"));
  assert.deepEqual([damaged.verifyPasses, damaged.verifiedAt], [0, null]);
  const step = next(damaged, { type: "retry" }, new Date())!;
  bench.queue.jobs.transition(damaged, { change: step.change, event: step.event });
  assert.equal((await bench.deliver(run)).state, "queued", "the damage is found again, and mended");
  const mended = await bench.deliver(run);
  assert.deepEqual([mended.state, mended.verification?.matched], ["verified", 2]);
  await assertSameRun(run, far);
  await assertProven(far);
  const aside = (await filesBelow(bench.lab.farBase("PLATE_01"))).filter((path) =>
    path.startsWith(".labferry-superseded/") && path.endsWith("/a.dat")
  );
  assert.equal(aside.length, 1, "the damaged bytes were proven once: they are kept");
});

Deno.test("deliver compares again after a retry, although the books of an earlier pass are open", async () => {
  await using bench = await openWatched();
  const { run, far } = await enqueued(bench);
  bench.watch(({ op, args }) => {
    const names = op === "putFiles" ? [...(args[1] as Map<string, unknown>).keys()] : [];
    if (bench.job(run).verifyPasses > 0 && names.length > 0) {
      throw new TransportError("name_not_carried", "no record goes over");
    }
  });
  const failed = await bench.deliver(run);
  assert.deepEqual([failed.state, failed.verifyPasses], ["failed", 1]);
  bench.watch(() => {});
  await corrupt(`${far}/a.dat`);
  const step = next(failed, { type: "retry" }, new Date())!;
  bench.queue.jobs.transition(failed, { change: step.change, event: step.event });
  while (bench.job(run).state === "queued") await bench.deliver(run);
  assert.equal(bench.job(run).state, "verified");
  await assertSameRun(run, far);
});

Deno.test("verifyAgain calls nothing safe when both copies are damaged", async () => {
  await using bench = await openBench();
  const { run, far } = await enqueued(bench);
  await bench.deliver(run);
  await corrupt(`${far}/b.dat`);
  await rot(bench, run, "b.dat");
  const job = await verifyAgain(bench.job(run), bench.work("PLATE_01"));
  assert.deepEqual([job.state, job.lastError?.code], ["failed", "local_copy_damaged"]);
  assert.match(job.lastError!.message, /The far copy is not what was sent/);
});

Deno.test("verifyAgain writes a far manifest again that was removed or edited", async () => {
  await using bench = await openWatched();
  const { run, far } = await enqueued(bench);
  await bench.deliver(run);
  const manifest = `${far}/.exlab-wizard/checksums.sha256`;
  const whole = await Deno.readTextFile(manifest);
  for (const spoil of [() => Deno.remove(manifest), () => Deno.writeTextFile(manifest, "edited")]) {
    await spoil();
    const job = await verifyAgain(bench.job(run), bench.work("PLATE_01"));
    assert.equal(job.state, "verified");
    assert.equal(await Deno.readTextFile(manifest), whole);
  }
  assert.equal(bench.kinds(run).filter((kind) => kind === "manifest_mended").length, 2);
  const pushes: FarCall[] = [];
  bench.watch((call) => void (call.op === "push" && pushes.push(call)));
  await verifyAgain(bench.job(run), bench.work("PLATE_01"));
  assert.equal(pushes.length, 0, "one that is whole is not written again");
});

/** Other bytes behind the same stat, as a failing disk gives them: ctime cannot be set, so the queue's word of it is. */
async function rot(bench: Bench, run: string, name: string): Promise<void> {
  await corrupt(`${run}/${name}`);
  const ctimeS = Math.floor((await Deno.stat(`${run}/${name}`)).ctime!.getTime() / 1000);
  using database = new DatabaseSync(bench.lab.stateDir.queueFile);
  database.prepare("UPDATE files SET ctime_s = ? WHERE path = ?").run(ctimeS, name);
}
