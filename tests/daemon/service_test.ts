/** The service in this process: starting, stopping, and what people ask of it. */
import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { openControl, type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { isPartName } from "../../lib/disk/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { exists, noise } from "../contract/stage.ts";
import { assertProven, assertSameRun, syncStatus } from "../support/far_proof.ts";
import { type Lab, type LabOptions, openLab, writeFiles } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { until } from "../support/until.ts";

const FILES = { "a.dat": "alpha", "b.dat": "beta" };
/** One MB a second: long enough to be met under way. */
const SLOW = "bandwidth: { upload_mbps: 8 }";
/** Ten seconds where the computer does little else. */
const PROMISED_MS = 15_000;
const BIG = { "big.raw": noise(3_000_000, 1) };

interface Service extends AsyncDisposable {
  readonly lab: Lab;
  readonly daemon: RunningDaemon;
  stateOf(run: string): Promise<string>;
}

async function openService(options: LabOptions = {}): Promise<Service> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await openMarkedLab(options));
  const daemon = stack.use(await startDaemon({ config: lab.config, stateDir: lab.stateDir }));
  const kept = stack.move();
  return {
    lab,
    daemon,
    stateOf: async (run) => (await daemon.control.job(run)).state,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function openMarkedLab(options: LabOptions = {}): Promise<Lab> {
  const lab = await openLab(options);
  const { code, stderr } = await labferry(lab, ["destination", "init"]);
  assert.equal(code, 0, stderr);
  return lab;
}

async function isVerified({ stateOf }: Service, run: string, limitMs = 15_000): Promise<void> {
  await until(async () => await stateOf(run) === "verified", { limitMs, what: `${run} verified` });
}

/** A part of the file is on its way: the copy's temporary file is there. */
async function isUnderWay(service: Service, run: string): Promise<void> {
  const far = service.lab.farRun(run);
  await until(async () => {
    if (!await exists(far)) return false;
    for await (const { name } of Deno.readDir(far)) if (isPartName(name)) return true;
    return false;
  }, { what: `${run} to be under way` });
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof LabferryError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };
}

testWith(
  ["sha256sum"],
  "startDaemon takes what is enqueued to verified, and again when it changed",
  async () => {
    await using service = await openService();
    const { lab, daemon } = service;
    const run = await lab.makeRun(FILES);
    assert.equal((await daemon.control.enqueue(run)).created, true);
    await isVerified(service, run);
    await writeFiles(run, { "a.dat": "alpha, changed after it was proven" });
    const again = await daemon.control.enqueue(run);
    const { generation, verify_passes } = again.job;
    assert.deepEqual([again.created, generation, verify_passes], [false, 2, 0]);
    await isVerified(service, run);
    await assertProven(lab.farRun(run));
    await assertSameRun(run, lab.farRun(run));
  },
);

Deno.test("enqueue leaves a verified run that did not change as it is", async () => {
  await using service = await openService();
  const run = await service.lab.makeRun(FILES);
  await service.daemon.control.enqueue(run);
  await isVerified(service, run);
  const again = await service.daemon.control.enqueue(run);
  assert.deepEqual([again.job.state, again.job.generation], ["verified", 1]);
});

Deno.test("enqueue calls equipment nobody configured an error, and guesses none", async () => {
  await using lab = await openMarkedLab({ equipment: { PLATE_01: "mount", FLOW_01: "mount" } });
  const run = await lab.makeRun(FILES);
  const stranger = run.replace("PLATE_01", "OTHER_01");
  await Deno.mkdir(stranger.slice(0, stranger.lastIndexOf("/")), { recursive: true });
  await Deno.rename(run, stranger);
  using opened = await openControl(lab.config, lab.stateDir);
  await assert.rejects(opened.control.enqueue(stranger), hasCode("unknown_equipment"));
});

Deno.test("resume asks a destination that is down at once, like retry", async () => {
  await using service = await openService();
  const { lab, daemon: { control } } = service;
  const base = lab.farBase("PLATE_01");
  await control.pause("*");
  for (const [i, scope] of ["*", "PLATE_01"].entries()) {
    const leaf = `Run_2026-04-17T14-0${i}`;
    await control.enqueue(await lab.makeRun({ "a.csv": "1" }, { leaf }));
    await Deno.rename(base, `${base}.away`);
    await control.resume(scope);
    const isDown = async () => (await control.status()).destinations[0]?.state === "down";
    await until(isDown, { what: "the destination to be said to be down" });
    await control.pause(scope);
    await Deno.rename(`${base}.away`, base);
    await control.resume(scope);
    assert.equal(await isDown(), false);
    await control.pause("PLATE_01");
  }
});

Deno.test("pause stops a transfer uncharged, resume goes on with it", async () => {
  await using service = await openService({ transportYaml: SLOW });
  const { lab, daemon } = service;
  const run = await lab.makeRun(BIG);
  await daemon.control.enqueue(run);
  await isUnderWay(service, run);
  await daemon.control.pause("PLATE_01");
  const paused = await daemon.control.job(run);
  assert.deepEqual([paused.state, paused.hold, paused.attempts], ["queued", "paused", 0]);
  await daemon.control.resume("PLATE_01");
  await isVerified(service, run, 30_000);
});

Deno.test("cancel stops a transfer and holds the run until a person says retry", async () => {
  await using service = await openService({ transportYaml: SLOW });
  const { lab, daemon } = service;
  const run = await lab.makeRun(BIG);
  await daemon.control.enqueue(run);
  await isUnderWay(service, run);
  const cancelled = await daemon.control.cancel(run);
  assert.deepEqual([cancelled.state, cancelled.hold, cancelled.attempts], [
    "queued",
    "cancelled",
    0,
  ]);
  assert.equal(await exists(`${lab.farRun(run)}/big.raw`), false);
  await daemon.control.retry(run);
  await isVerified(service, run, 30_000);
});

Deno.test("a run of 0 megabits waits, and nothing of it is sent", async () => {
  await using service = await openService({ transportYaml: "bandwidth: { upload_mbps: 0 }" });
  const run = await service.lab.makeRun(FILES);
  await service.daemon.control.enqueue(run);
  await service.daemon.stop();
  assert.equal(await exists(service.lab.farRun(run)), false);
});

Deno.test("startDaemon stops within ten seconds under way, and the next one goes on", async () => {
  await using lab = await openMarkedLab({ transportYaml: SLOW });
  const run = await lab.makeRun(BIG);
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await daemon.control.enqueue(run);
    const service = { lab, daemon, stateOf: () => Promise.resolve("") } as unknown as Service;
    await isUnderWay(service, run);
    const start = performance.now();
    await daemon.stop();
    await daemon.stop();
    assert.ok(performance.now() - start < PROMISED_MS);
  }
  using opened = await openControl(lab.config, lab.stateDir);
  const { state, attempts, last_error } = await opened.control.job(run);
  assert.deepEqual([state, attempts, last_error], ["queued", 0, null]);
});

Deno.test("startDaemon stops within ten seconds while a person waits for a pass", async () => {
  await using lab = await openMarkedLab();
  const run = await lab.makeRun({ "big.raw": noise(60_000_000, 3) });
  const daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  try {
    await daemon.control.enqueue(run);
    const service = { lab, daemon, stateOf: async () => (await daemon.control.job(run)).state };
    await isVerified(service as unknown as Service, run);
    const asked = daemon.control.verify(run).catch((error) => error);
    const start = performance.now();
    await daemon.stop();
    assert.ok(performance.now() - start < PROMISED_MS);
    await asked;
  } finally {
    await daemon.stop();
  }
  using queue = Queue.open(lab.stateDir.queueFile, { readOnly: true });
  assert.equal(queue.jobs.byRun(run)!.state, "verified");
});

testWith(["linux"], "startDaemon stops within ten seconds while a hook hangs", async () => {
  await using lab = await openMarkedLab({
    moreYaml:
      `hooks: { on_verified: ["sh", "-c", 'echo $$ > "$0"; exec sleep 600', "{run}.hook"] }`,
  });
  const run = await lab.makeRun(FILES);
  const daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  try {
    await daemon.control.enqueue(run);
    await until(() => exists(`${run}.hook`), { what: "the hook" });
    const start = performance.now();
    await daemon.stop();
    assert.ok(performance.now() - start < PROMISED_MS);
  } finally {
    await daemon.stop();
  }
  const pid = (await Deno.readTextFile(`${run}.hook`)).trim();
  assert.equal(await exists(`/proc/${pid}`), false, "the hook runs on");
});

Deno.test("startDaemon refuses a state directory that another one holds, and names it", async () => {
  await using service = await openService();
  await assert.rejects(
    startDaemon({ config: service.lab.config, stateDir: service.lab.stateDir }),
    (error) => {
      assert.ok(error instanceof LabferryError);
      assert.equal(error.code, "already_running");
      assert.match(error.message, new RegExp(`process ${Deno.pid}`));
      return true;
    },
  );
  assert.equal((await service.daemon.control.status()).daemon?.pid, Deno.pid);
});

Deno.test("startDaemon rebuilds a missing queue from the records and grants no pass", async () => {
  await rebuilds((lab) => Deno.remove(lab.stateDir.queueFile));
});

Deno.test("startDaemon sets a damaged queue aside and rebuilds it", async () => {
  await rebuilds((lab) =>
    Deno.writeTextFile(lab.stateDir.queueFile, "no database at all ".repeat(500))
  );
  await rebuilds(async (lab) => {
    const bytes = await Deno.readFile(lab.stateDir.queueFile);
    bytes.fill(0x5a, 4096, 40_000);
    await Deno.writeFile(lab.stateDir.queueFile, bytes);
  });
});

async function rebuilds(damage: (lab: Lab) => Promise<void>): Promise<void> {
  await using lab = await openMarkedLab();
  const runs = [await lab.makeRun(FILES), await lab.makeRun(FILES)];
  const pending = await lab.makeRun(FILES);
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    for (const run of runs) await daemon.control.enqueue(run);
    for (const run of runs) {
      await until(async () => (await daemon.control.job(run)).state === "verified", { what: run });
    }
  }
  const { ino } = await Deno.stat(`${lab.farRun(runs[0]!)}/a.dat`);
  await damage(lab);
  const { config } = lab;
  {
    const still = { ...config, sync: { ...config.sync, enabled: false } };
    await using daemon = await startDaemon({ config: still, stateDir: lab.stateDir });
    const jobs = await daemon.control.jobs({});
    assert.deepEqual(
      jobs.map(({ state, verify_passes }) => [state, verify_passes]),
      [["queued", 0], ["queued", 0]],
      "a run that is still being acquired is not taken",
    );
    assert.equal(jobs.some(({ run_path }) => run_path === pending), false);
  }
  await using daemon = await startDaemon({ config, stateDir: lab.stateDir });
  for (const run of runs) {
    await until(async () => (await daemon.control.job(run)).state === "verified", { what: run });
    assert.equal(await syncStatus(run), "synced");
  }
  assert.equal((await Deno.stat(`${lab.farRun(runs[0]!)}/a.dat`)).ino, ino, "compared, not sent");
}

Deno.test("startDaemon says that the queue is locked by another process", async () => {
  await using lab = await openMarkedLab();
  Queue.open(lab.stateDir.queueFile)[Symbol.dispose]();
  const holder = new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { DatabaseSync } from "node:sqlite";
       const db = new DatabaseSync(${JSON.stringify(lab.stateDir.queueFile)});
       db.exec("BEGIN EXCLUSIVE"); console.log("held"); await new Promise(() => setInterval(() => {}, 1e6));`,
    ],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = holder.stdout.getReader();
  await reader.read();
  try {
    await assert.rejects(
      startDaemon({ config: lab.config, stateDir: lab.stateDir }),
      hasCode("queue_locked"),
    );
  } finally {
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
  }
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  assert.equal((await daemon.control.jobs({})).length, 0);
});

testWith(["tmpfs"], "startDaemon says that the state directory is read-only", async () => {
  await using disk = await smallDisk(8192);
  await using lab = await openMarkedLab({ stateDir: disk.join("state") });
  Queue.open(lab.stateDir.queueFile)[Symbol.dispose]();
  const remount = (how: string) =>
    new Deno.Command("mount", { args: ["-o", `remount,${how}`, disk.path] }).outputSync();
  remount("ro");
  await assert.rejects(startDaemon({ config: lab.config, stateDir: lab.stateDir }), (error) => {
    assert.ok(error instanceof LabferryError, String(error));
    assert.match(error.message, /[Rr]ead-only/);
    return true;
  });
  remount("rw");
});
