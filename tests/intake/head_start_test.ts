/** A run that takes days: it is over there before it ends, and nothing of that counts before. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { AcquiringView } from "../../lib/control/mod.ts";
import { openControl, type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { systemClock } from "../../lib/base/mod.ts";
import { isThere, lstatOrNull } from "../../lib/disk/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import type { TransportType } from "../../lib/transports/mod.ts";
import { assertProven } from "../support/far_proof.ts";
import { jobOf, runDir, SENTINEL, SOON, untilProven, write } from "../support/intake_lab.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";

/** The service in this process, or another one over HTTP. */
type Asked = { readonly control: Pick<RunningDaemon["control"], "status" | "jobs" | "history"> };

const SIGNALS = { PLATE_01: [...SENTINEL, "head_start: true"] };
const HEAD_START = "head_start.json";

/** Movies of 40 KB. */
const movie = (n: number) => `movie ${n} `.repeat(4_000);

async function openAhead(): Promise<{ readonly lab: Lab; readonly run: string }> {
  const lab = await openLab({ signals: SIGNALS, syncYaml: SOON });
  await markDestinations(lab);
  return { lab, run: runDir(lab, "PLATE_01") };
}

const start = (lab: Lab) => startDaemon({ config: lab.config, stateDir: lab.stateDir });

async function seenOf(daemon: Asked, run: string): Promise<AcquiringView | undefined> {
  return (await daemon.control.status()).acquiring.find(({ run_path }) => run_path === run);
}

async function untilAhead(daemon: Asked, run: string, files: number): Promise<void> {
  let found: unknown;
  await until(async () => {
    const seen = await seenOf(daemon, run);
    found = seen ?? await daemon.control.status();
    return seen?.ahead?.files === files;
  }, { what: () => `${files} files to be ahead: ${JSON.stringify(found)}` });
}

/** Bytes that were sent after the seal, as the timeline tells. */
async function sentAfterSeal(daemon: Asked, run: string): Promise<number> {
  const events = await daemon.control.history((await jobOf(daemon, run))!.id);
  return events.filter(({ kind }) => kind === "pushed")
    .reduce((sum, { detail }) => sum + Number(detail["bytes"]), 0);
}

async function superseded(lab: Lab): Promise<string[]> {
  const names: string[] = [];
  const walk = async (dir: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(dir)) {
      if (isDirectory) await walk(join(dir, name));
      else names.push(join(dir, name));
    }
  };
  const root = join(lab.farBase("PLATE_01"), ".labferry-superseded");
  if (await isThere(root)) await walk(root);
  return names;
}

async function twoDays(type: TransportType): Promise<void> {
  await using sshd = type === "rsync_ssh" ? await startSshd() : undefined;
  await using lab = await openLab({
    equipment: { PLATE_01: type },
    signals: SIGNALS,
    syncYaml: SOON,
    ...(sshd ? { sshd } : {}),
  });
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  const run = runDir(lab, "PLATE_01");
  await using _process = await startLabDaemon(lab);
  using daemon = await openControl(lab.config, lab.stateDir);
  // Two days: a square of the grid at a time.
  let bytes = 0;
  for (let square = 0; square < 4; square++) {
    for (let n = 0; n < 5; n++) {
      const text = movie(5 * square + n);
      await write(run, `square ${square}/movie ${n}.mrc`, text);
      bytes += text.length;
    }
    await untilAhead(daemon, run, 5 * (square + 1));
  }
  const far = lab.farRun(run);
  const seen = (await seenOf(daemon, run))!;
  // It counts for nothing: no job, no manifest, no word but "ahead".
  assert.deepEqual([seen.phase, seen.ahead?.bytes], ["acquiring", bytes]);
  assert.deepEqual(await daemon.control.jobs({}), []);
  assert.equal(await isThere(join(far, ".exlab-wizard/checksums.sha256")), false);
  assert.equal(await isThere(join(far, ".exlab-wizard", HEAD_START)), true);
  assert.equal(await isThere(join(far, ".exlab-wizard/transfer.json")), true);
  await write(run, "square 4/movie 0.mrc", movie(20));
  await write(run, "done.flag", "");
  await untilProven(daemon, run);
  const [rest, all] = [await sentAfterSeal(daemon, run), bytes + movie(20).length];
  assert.ok(rest <= all / 10, `${rest} of ${all} bytes were sent after the seal`);
  await assertProven(far);
  assert.deepEqual(await superseded(lab), []);
  const { verification } = (await jobOf(daemon, run))!;
  assert.deepEqual([verification?.matched, verification?.extra], [22, []]);
  assert.equal(await seenOf(daemon, run), undefined);
}

Deno.test("a two-day run is over there before it ends: over a mount", () => twoDays("mount"));
testWith(
  ["rclone"],
  "a two-day run is over there before it ends: by rclone",
  () => twoDays("rclone"),
);
testWith(
  ["rsync", "sshd"],
  "a two-day run is over there before it ends: by rsync",
  () => twoDays("rsync_ssh"),
);

Deno.test("what changes, is renamed or goes after it went is set right by the seal", async () => {
  const { lab, run } = await openAhead();
  await using _lab = lab;
  await using daemon = await start(lab);
  for (const name of ["kept", "grows", "old name", "thrown away"]) {
    await write(run, `${name}.dat`, `first of ${name}`);
  }
  await untilAhead(daemon, run, 4);
  await write(run, "grows.dat", "first of grows, and more");
  await Deno.rename(join(run, "old name.dat"), join(run, "new name.dat"));
  await Deno.remove(join(run, "thrown away.dat"));
  // What changed once waits; what is new by name goes.
  const far = lab.farRun(run);
  await until(() => isThere(join(far, "new name.dat")), { what: "the new name to go ahead" });
  assert.equal(await Deno.readTextFile(join(far, "grows.dat")), "first of grows");
  await write(run, "done.flag", "");
  await untilProven(daemon, run);
  await assertProven(far);
  const { verification } = (await jobOf(daemon, run))!;
  assert.deepEqual([verification?.matched, verification?.extra], [4, []]);
  assert.equal(await Deno.readTextFile(join(far, "grows.dat")), "first of grows, and more");
  // Far bytes are never replaced and never removed.
  const aside = await superseded(lab);
  const texts = await Promise.all(aside.map((path) => Deno.readTextFile(path)));
  assert.deepEqual(texts.sort(), ["first of grows", "first of old name", "first of thrown away"]);
});

Deno.test("after a lost queue what was sent ahead is compared, and set aside where it differs", async () => {
  const { lab, run } = await openAhead();
  await using _lab = lab;
  {
    await using daemon = await start(lab);
    for (const name of ["kept", "grows"]) await write(run, `${name}.dat`, `first of ${name}`);
    await untilAhead(daemon, run, 2);
  }
  for (const end of ["", "-wal", "-shm"]) {
    await Deno.remove(lab.stateDir.queueFile + end).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
  await write(run, "grows.dat", "first of grows, and more");
  await using daemon = await start(lab);
  await until(async () => (await seenOf(daemon, run))?.files === 2, { what: "the run to be seen" });
  await write(run, "done.flag", "");
  await untilProven(daemon, run);
  await assertProven(lab.farRun(run));
  const texts = await Promise.all((await superseded(lab)).map((path) => Deno.readTextFile(path)));
  assert.deepEqual(texts.filter((text) => text.startsWith("first")), ["first of grows"]);
});

Deno.test("a run that is given up says so in its timeline and over there, and may go on", async () => {
  const { lab, run } = await openAhead();
  await using _lab = lab;
  await using daemon = await start(lab);
  await write(run, "a.dat", "alpha");
  await untilAhead(daemon, run, 1);
  await daemon.control.dismiss(run);
  await until(async () => (await jobOf(daemon, run)) !== null, { what: "the timeline" });
  const job = (await jobOf(daemon, run))!;
  assert.equal(job.hold, "cancelled");
  const kinds = (await daemon.control.history(job.id)).map(({ kind }) => kind);
  assert.ok(kinds.includes("abandoned"), kinds.join());
  const record = join(lab.farRun(run), ".exlab-wizard", HEAD_START);
  const { abandoned } = JSON.parse(await Deno.readTextFile(record));
  assert.deepEqual([abandoned.files, abandoned.bytes], [1, 5]);
  assert.match(abandoned.why, /dismissed/);
  // Its instrument goes on after all: it is a run like any other.
  await write(run, "b.dat", "beta");
  await until(async () => {
    const { abandoned } = JSON.parse(await Deno.readTextFile(record));
    return abandoned === null;
  }, { what: "the folder to be taken up again" });
  await write(run, "done.flag", "");
  await untilProven(daemon, run);
  await assertProven(lab.farRun(run));
});

Deno.test("a run whose folder goes before its end is given up, and leaves what it sent", async () => {
  const { lab, run } = await openAhead();
  await using _lab = lab;
  await using daemon = await start(lab);
  await write(run, "a.dat", "alpha");
  await untilAhead(daemon, run, 1);
  await Deno.remove(run, { recursive: true });
  const record = join(lab.farRun(run), ".exlab-wizard", HEAD_START);
  await until(async () => JSON.parse(await Deno.readTextFile(record)).abandoned !== null, {
    what: "the far folder to say so",
  });
  assert.match(JSON.parse(await Deno.readTextFile(record)).abandoned.why, /folder is gone/);
  assert.equal(await Deno.readTextFile(join(lab.farRun(run), "a.dat")), "alpha");
  await until(async () => (await jobOf(daemon, run))?.hold === "cancelled", {
    what: "its timeline",
  });
});

Deno.test("of a run whose instrument is configured no more no note stays", async () => {
  const { lab, run } = await openAhead();
  await using _lab = lab;
  const key = `ahead_aside:${run}`;
  {
    using queue = Queue.open(lab.stateDir.queueFile, { clock: systemClock });
    const place = { destinationUuid: "one", farDir: "run" };
    queue.ahead.begin({ ...place, runPath: run, equipmentId: "GONE_01", beganAt: "2026-04-17" });
    queue.meta.set(key, JSON.stringify([{ ...place, folder: "aside", pushes: 1 }]));
  }
  await using _daemon = await start(lab);
  await until(() => {
    using queue = Queue.openToRead(lab.stateDir.queueFile);
    return queue.ahead.of(run) === null && queue.meta.get(key) === null;
  }, { what: "what was noted to be forgotten" });
});

testWith(
  ["anyNames"],
  "nothing goes ahead of a run that the gate would hold, or of a paused instrument",
  async () => {
    const { lab, run } = await openAhead();
    await using _lab = lab;
    await using daemon = await start(lab);
    await write(run, "bad?name.dat", "alpha");
    await until(
      async () => /hard finding/.test((await seenOf(daemon, run))?.ahead?.waits_for ?? ""),
      {
        what: "the gate to be named",
      },
    );
    assert.equal(await lstatOrNull(lab.farRun(run)), null);
    await daemon.control.pause("PLATE_01");
    await Deno.rename(join(run, "bad?name.dat"), join(run, "good name.dat"));
    await until(async () => /turn/.test((await seenOf(daemon, run))?.ahead?.waits_for ?? ""), {
      what: "the pause to be named",
    });
    assert.equal(await lstatOrNull(lab.farRun(run)), null);
    await daemon.control.resume("PLATE_01");
    await untilAhead(daemon, run, 1);
  },
);

Deno.test("what somebody else put over there stays as it is, and the seal decides", async () => {
  const { lab, run } = await openAhead();
  await using _lab = lab;
  await using daemon = await start(lab);
  await write(run, "a.dat", "alpha");
  await untilAhead(daemon, run, 1);
  const far = lab.farRun(run);
  await Deno.writeTextFile(join(far, "B.dat"), "somebody's");
  await Deno.writeTextFile(join(far, "c"), "somebody's");
  await write(run, "B.dat", "beta");
  await write(run, "c/d.dat", "delta");
  await write(run, "e.dat", "epsilon");
  await untilAhead(daemon, run, 2);
  assert.equal(await Deno.readTextFile(join(far, "B.dat")), "somebody's");
  assert.equal(await Deno.readTextFile(join(far, "c")), "somebody's");
  assert.deepEqual(await superseded(lab), []);
});
