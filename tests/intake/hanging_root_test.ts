/** One instrument's share hangs: the others go on, it is said, and it goes on when it answers again. */
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { openControl, type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { LIMIT_MS, runDir, SENTINEL, untilProven, write } from "../support/intake_lab.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { startLabDaemon } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { type OddHabits, type OddShare, oddShare } from "../support/odd_share.ts";
import { until } from "../support/until.ts";

const ANSWER_MS = 500;
/** Long enough between two audits for a share to begin to hang outside of one. */
const SELDOM = "scan_seconds: 3, settle_seconds: 0";

interface TwoRoots extends AsyncDisposable {
  readonly share: OddShare;
  readonly lab: Lab;
  /** A run without its sentinel, on the share. */
  readonly afar: string;
}

/** Two instruments: one writes on a share, the other on this computer's own disk. */
async function twoRoots(habits: OddHabits = {}): Promise<TwoRoots> {
  await using stack = new AsyncDisposableStack();
  const share = stack.use(await oddShare(habits));
  const lab = stack.use(
    await openLab({
      equipment: { AFAR_01: "mount", PLATE_01: "mount" },
      dataRoots: { AFAR_01: share.path },
      signals: { AFAR_01: SENTINEL, PLATE_01: SENTINEL },
      syncYaml: SELDOM,
    }),
  );
  await markDestinations(lab);
  const afar = `${share.path}/AFAR_01/Cortex Q3/Runs/Run_a`;
  await write(afar, "a.dat", "alpha");
  const open = stack.move();
  return { share, lab, afar, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

for (const when of ["before the start", "while the service runs"] as const) {
  testWith(["fuse"], `a root whose share hangs ${when} holds up its own runs only`, async () => {
    await using two = await twoRoots();
    const { share, lab, afar } = two;
    if (when === "before the start") share.hang();
    const options = { config: lab.config, stateDir: lab.stateDir, answerMs: ANSWER_MS };
    const daemon = await startDaemon(options);
    try {
      if (when !== "before the start") {
        await untilSaid(daemon, null);
        await untilAudited(daemon);
        share.hang();
      }
      const near = runDir(lab, "PLATE_01", "Run_<sample>");
      const good = runDir(lab, "PLATE_01", "Run_good");
      for (const run of [near, good]) {
        await write(run, "a.dat", "beta");
        await write(run, "done.flag", "");
      }
      await untilProven(daemon, good);
      await untilSaid(daemon, /does not answer/);
      await until(async () => {
        const { findings, problems } = await daemon.control.problems();
        return findings.some(({ run_path }) => run_path === near) &&
          problems.some(({ path, message }) =>
            path.startsWith(share.path) && /has not answered/.test(message)
          );
      }, { what: "the audit to tell of both", limitMs: LIMIT_MS });
      share.on();
      await write(afar, "done.flag", "");
      await untilProven(daemon, afar);
      await untilSaid(daemon, null);
      await until(async () => (await daemon.control.problems()).problems.length === 0, {
        what: "the audit to see the share again",
        limitMs: LIMIT_MS,
      });
    } finally {
      share.on();
      await daemon.stop();
    }
  });
}

testWith(
  ["fuse"],
  "a root whose share begins to hang while the audit reads a text holds up its own runs only",
  async () => {
    // Nobody but the gate opens it: it passes, and then the share is gone.
    await using two = await twoRoots({ hangsAt: { operation: "open", name: "notes.txt" } });
    const { share, lab, afar } = two;
    // Past the share, which opens no file for a writer's sake.
    await Deno.writeTextFile(
      `${share.diskPath}/AFAR_01/Cortex Q3/Runs/Run_a/notes.txt`,
      "nothing of note",
    );
    const daemon = await startDaemon({ ...lab, answerMs: ANSWER_MS });
    try {
      await until(
        async () =>
          (await daemon.control.problems()).problems.some(({ path, message }) =>
            path.startsWith(share.path) && /has not answered/.test(message)
          ),
        { what: "the audit to tell of the share", limitMs: LIMIT_MS },
      );
      const near = runDir(lab, "PLATE_01", "Run_good");
      await write(near, "a.dat", "beta");
      await write(near, "done.flag", "");
      await untilProven(daemon, near);
      share.on();
      await write(afar, "done.flag", "");
      await untilProven(daemon, afar);
    } finally {
      share.on();
      await daemon.stop();
    }
  },
);

testWith(
  ["fuse"],
  "what a person says of a run on a share that hangs is kept, and written there when it answers",
  async () => {
    await using two = await twoRoots();
    const { share, lab, afar } = two;
    await write(afar, "done.flag", "");
    // Another process: one that stands still could not even be told to go on.
    await using _process = await startLabDaemon(lab);
    using daemon = await openControl(lab.config, lab.stateDir);
    await untilProven(daemon, afar);
    // What comes after the proof is over: a share that begins to hang in the midst of it is another matter.
    using queue = Queue.openToRead(lab.stateDir.queueFile);
    await until(() => queue.seen.of(afar)?.checkedGeneration === 1, {
      what: "the last look at the run",
    });
    share.hang();
    try {
      // It writes into the run's record, under its lock.
      const pinned = daemon.control.pin(afar, true).then(() => null, (error: unknown) => error);
      const near = runDir(lab, "PLATE_01", "Run_good");
      await write(near, "a.dat", "beta");
      await write(near, "done.flag", "");
      await untilProven(daemon, near);
      assert.equal(await pinned, null);
      assert.equal(queue.jobs.byRun(afar)?.pinned, true);
    } finally {
      share.on();
    }
    // Behind the share: a FUSE server tells who opens a name while it is replaced that nothing has it.
    const there = join(share.diskPath, relative(share.path, afar));
    await until(async () => {
      const record = await Deno.readTextFile(join(there, ".exlab-wizard/creation.json"));
      return JSON.parse(record).labferry?.pinned === true;
    }, { what: "the pin to be in the run's record", limitMs: LIMIT_MS });
  },
);

testWith(["fuse"], "a service whose root hangs from start to end starts, and ends", async () => {
  await using share = await oddShare();
  await using lab = await openLab({
    dataRoot: share.path,
    signals: { PLATE_01: SENTINEL },
    syncYaml: SELDOM,
  });
  share.hang();
  const daemon = await startDaemon({ ...lab, answerMs: ANSWER_MS });
  await daemon.stop();
  share.on();
});

/** Until an audit has just ended: the next one begins seconds later. */
async function untilAudited(daemon: RunningDaemon): Promise<void> {
  const before = (await daemon.control.problems()).audited_at;
  await until(async () => (await daemon.control.problems()).audited_at !== before, {
    what: "an audit to end",
    limitMs: LIMIT_MS,
    everyMs: 10,
  });
}

async function untilSaid(daemon: RunningDaemon, fault: RegExp | null): Promise<void> {
  await until(async () => {
    const root = (await daemon.control.status()).roots.find(({ equipment_id }) =>
      equipment_id === "AFAR_01"
    );
    return fault === null ? root === undefined : fault.test(root?.fault ?? "");
  }, { what: `the root's state to be ${fault}`, limitMs: LIMIT_MS });
}
