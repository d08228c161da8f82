/** The service notices runs by itself: real files, the real daemon, nobody enqueues. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import {
  jobOf,
  LIMIT_MS,
  runDir,
  SENTINEL,
  SOON,
  untilProven,
  waitingOf,
  write,
} from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";

Deno.test("runs that say in four ways that they are complete arrive without any command", async () => {
  await using lab = await openLab({
    equipment: { FLAG_01: "mount", LIST_01: "mount", QUIET_01: "mount", WORD_01: "mount" },
    signals: {
      FLAG_01: SENTINEL,
      LIST_01: ["completeness_signal: manifest", "manifest_filename: list.json"],
      QUIET_01: ["completeness_signal: quiet_period", "quiet_minutes: 0.02"],
    },
    syncYaml: SOON,
  });
  await markDestinations(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const [flag, list, quiet, word] = ["FLAG_01", "LIST_01", "QUIET_01", "WORD_01"].map((id) =>
    runDir(lab, id)
  ) as [string, string, string, string];
  for (const run of [flag, list, quiet, word]) await write(run, "a/b.dat", "alpha");
  // Half of what the list names, then the rest.
  const files = [{ path: "a/b.dat", size: 5, sha256: await sha256("alpha") }, {
    path: "c.dat",
    size: 4,
  }];
  await write(list, "list.json", JSON.stringify({ files }));
  await untilProven(daemon, quiet);
  assert.equal(await jobOf(daemon, flag), null);
  assert.equal(await jobOf(daemon, list), null);
  assert.equal(await jobOf(daemon, word), null);
  await write(list, "c.dat", "beta");
  await write(flag, "done.flag", "");
  const said = await daemon.control.complete(word);
  assert.deepEqual(said, { job: null, created: false, settle_seconds: 0 });
  await Promise.all([flag, list, word].map((run) => untilProven(daemon, run)));
  const again = await daemon.control.complete(word);
  assert.deepEqual([again.job?.state, again.created], ["verified", false]);
  assert.equal(await Deno.readTextFile(join(lab.farRun(list), "c.dat")), "beta");
  assert.ok((await Deno.lstat(join(lab.farRun(flag), "done.flag"))).isFile);
});

Deno.test("whoever listens is told when a run that is being acquired grows", async () => {
  await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
  await markDestinations(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const reader = daemon.news.subscribe(new AbortController().signal)!;
  const run = runDir(lab, "PLATE_01");
  for (const [name, bytes] of [["a.dat", 5], ["b.dat", 10]] as const) {
    await write(run, name, "alpha");
    // Each look that finds it different is told: the last of them with what is there now.
    await until(async () => {
      const news = await reader.next(LIMIT_MS);
      if (news === null || news === "quiet") throw new Error("nothing was told");
      return news.kind === "acquiring" && (await waitingOf(lab, run))?.bytes === bytes;
    }, { what: `news of ${bytes} bytes`, limitMs: LIMIT_MS });
  }
  reader.leave();
});

testWith(
  ["linux"],
  "a run of which somebody holds a file open waits until it is closed",
  async () => {
    await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
    await markDestinations(lab);
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    const run = runDir(lab, "PLATE_01");
    await write(run, "a.dat", "alpha");
    {
      using held = await Deno.open(join(run, "a.dat"), { append: true });
      await write(run, "done.flag", "");
      const waits = `a.dat to be closed by process ${Deno.pid}`;
      await until(async () => (await waitingOf(lab, run))?.waitsFor === waits, {
        what: "it to wait for whoever holds the file",
        limitMs: LIMIT_MS,
      });
      assert.equal(await jobOf(daemon, run), null);
      await held.write(new TextEncoder().encode(", and more"));
    }
    await untilProven(daemon, run);
    assert.equal(await Deno.readTextFile(join(lab.farRun(run), "a.dat")), "alpha, and more");
  },
);

Deno.test("the generation keeps how it was known that the run is complete", async () => {
  await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
  await markDestinations(lab);
  const run = runDir(lab, "PLATE_01");
  await write(run, "a.dat", "alpha");
  await write(run, "done.flag", "");
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await untilProven(daemon, run);
  }
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  const [generation] = queue.jobs.generations(queue.jobs.byRun(run)!.id);
  const evidence = generation!.evidence.completeness as Record<string, unknown>;
  assert.equal(evidence.signal, "sentinel_file");
  assert.deepEqual(evidence.sentinels, ["done.flag"]);
  assert.equal(evidence.files, 2);
  assert.equal(evidence.bytes, 5);
});

Deno.test("a run that goes on after it was proven is proven again, with all its bytes", async () => {
  await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
  await markDestinations(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const run = runDir(lab, "PLATE_01");
  await write(run, "done.flag", "");
  using open = await Deno.open(join(run, "late.dat"), { write: true, create: true });
  await open.write(new TextEncoder().encode("half"));
  await until(
    async () => (await waitingOf(lab, run))?.waitsFor?.startsWith("late.dat to be closed") ?? false,
    {
      what: "the open file to be seen",
      limitMs: LIMIT_MS,
    },
  );
  open.close();
  await untilProven(daemon, run);
  await Deno.writeTextFile(join(run, "late.dat"), " and half", { append: true });
  await untilProven(daemon, run, 2);
  assert.equal(await Deno.readTextFile(join(lab.farRun(run), "late.dat")), "half and half");
});

Deno.test("a proven run of which much changed at once waits for a person, and nothing of it goes", async () => {
  await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
  await markDestinations(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const run = runDir(lab, "PLATE_01");
  const names = Array.from({ length: 20 }, (_, i) => `plane_${i}.tif`);
  for (const name of names) await write(run, name, `pixels of ${name}`);
  await write(run, "done.flag", "");
  await untilProven(daemon, run);
  for (const name of names.slice(0, 6)) await write(run, name, "encrypted");
  await until(
    async () => (await waitingOf(lab, run))?.waitsFor?.startsWith("Many files") ?? false,
    { what: "the change to be refused" },
  );
  const before = await jobOf(daemon, run);
  assert.deepEqual([before?.state, before?.generation], ["verified", 1]);
  assert.equal(
    await Deno.readTextFile(join(lab.farRun(run), names[0]!)),
    `pixels of ${names[0]}`,
  );
  await daemon.control.enqueue(run);
  await untilProven(daemon, run, 2);
  assert.equal(await Deno.readTextFile(join(lab.farRun(run), names[0]!)), "encrypted");
});

Deno.test("the third proven run that changes in a day waits for a person, however little changed", async () => {
  await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
  await markDestinations(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const runs = ["Run_a", "Run_b", "Run_c"].map((leaf) => runDir(lab, "PLATE_01", leaf));
  for (const run of runs) {
    for (let i = 0; i < 10; i++) await write(run, `plane_${i}.tif`, `pixels ${i}`);
    await write(run, "done.flag", "");
  }
  await Promise.all(runs.map((run) => untilProven(daemon, run)));
  const [a, b, c] = runs as [string, string, string];
  for (const run of [a, b]) {
    await write(run, "plane_0.tif", "other pixels");
    await untilProven(daemon, run, 2);
  }
  await write(c, "new.tif", "one more");
  await untilProven(daemon, c, 2);
  await write(c, "plane_0.tif", "other pixels");
  await until(
    async () => (await waitingOf(lab, c))?.waitsFor?.startsWith("Files of several") ?? false,
    { what: "the third change to be refused" },
  );
  assert.equal((await jobOf(daemon, c))?.generation, 2);
  await daemon.control.enqueue(c);
  await untilProven(daemon, c, 3);
});

Deno.test("quiet time survives a restart, and what is being acquired is known at once", async () => {
  const quiet = ["completeness_signal: quiet_period", "quiet_minutes: 60"];
  await using lab = await openLab({ signals: { PLATE_01: quiet }, syncYaml: SOON });
  const run = runDir(lab, "PLATE_01");
  await write(run, "a.dat", "alpha");
  let first;
  {
    await using _daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await until(async () => (await waitingOf(lab, run))?.waitsFor === "quiet", {
      what: "the run to be seen",
      limitMs: LIMIT_MS,
    });
    first = await waitingOf(lab, run);
  }
  {
    await using _daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    const another = runDir(lab, "PLATE_01", "Run_another");
    await write(another, "a.dat", "beta");
    await until(async () => (await waitingOf(lab, another))?.waitsFor === "quiet", {
      what: "a scan to be made",
      limitMs: LIMIT_MS,
    });
  }
  assert.ok((await waitingOf(lab, run))!.lookedAt > first!.lookedAt);
  const again = await waitingOf(lab, run);
  assert.equal(again!.changedObservedMs, first!.changedObservedMs);
  assert.equal(again!.firstSeenAt, first!.firstSeenAt);
  assert.deepEqual([again!.files, again!.bytes], [1, 5]);
});

Deno.test("a run renamed while it is acquired goes on; a proven one is not sent twice", async () => {
  await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
  await markDestinations(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const [a, b, c] = ["Run_a", "Run_b", "Run_c"].map((leaf) => runDir(lab, "PLATE_01", leaf)) as [
    string,
    string,
    string,
  ];
  await write(a, "a.dat", "alpha");
  await until(async () => (await waitingOf(lab, a))?.files === 1, { what: "a", limitMs: LIMIT_MS });
  const before = await waitingOf(lab, a);
  await Deno.rename(a, b);
  await until(async () => await waitingOf(lab, b) !== undefined, { what: "b", limitMs: LIMIT_MS });
  assert.equal((await waitingOf(lab, b))!.firstSeenAt, before!.firstSeenAt);
  assert.equal(await waitingOf(lab, a), undefined);
  await write(b, "done.flag", "");
  await untilProven(daemon, b);
  await Deno.rename(b, c);
  await until(async () => (await waitingOf(lab, c))?.phase === "odd", {
    what: "the renamed run to be recognised",
    limitMs: LIMIT_MS,
  });
  assert.equal(await jobOf(daemon, c), null);
  await Deno.rename(c, b);
  await until(async () => await waitingOf(lab, c) === undefined, {
    what: "the name it had in between to be forgotten",
    limitMs: LIMIT_MS,
  });
  assert.equal((await jobOf(daemon, b))!.generation, 1);
});

Deno.test("a root that vanishes takes no run with it, and its runs go on when it is back", async () => {
  await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
  await markDestinations(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const run = runDir(lab, "PLATE_01");
  await write(run, "a.dat", "alpha");
  await until(async () => (await waitingOf(lab, run))?.files === 1, {
    what: "the run to be seen",
    limitMs: LIMIT_MS,
  });
  const before = await waitingOf(lab, run);
  await Deno.rename(lab.dataRoot, `${lab.dataRoot}.away`);
  await until(
    async () => (await Deno.readTextFile(lab.stateDir.logFile)).includes("is not there"),
    {
      what: "the root to be missed",
      limitMs: LIMIT_MS,
    },
  );
  assert.equal((await waitingOf(lab, run))!.files, 1);
  await Deno.rename(`${lab.dataRoot}.away`, lab.dataRoot);
  await write(run, "done.flag", "");
  await untilProven(daemon, run);
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  const [generation] = queue.jobs.generations(queue.jobs.byRun(run)!.id);
  const evidence = generation!.evidence.completeness as Record<string, unknown>;
  assert.equal(evidence.first_seen_at, before!.firstSeenAt);
});

async function sha256(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex();
}
