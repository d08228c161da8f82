/** Moving a complete run into a layout on another disk: killed at any step, nothing is lost or twice. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { DiskPool, isThere } from "../../lib/disk/mod.ts";
import { LabferryError } from "../../lib/base/mod.ts";
import type { MoveStep } from "../../lib/intake/move_across.ts";
import { moveIn } from "../../lib/intake/move_in.ts";
import { MOVED_MARK } from "../../lib/intake/moved_mark.ts";
import { filesBelow } from "../contract/stage.ts";
import { assertProven } from "../support/far_proof.ts";
import { type Lab, openLab, writeFiles } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { until } from "../support/until.ts";

const FILES = { "a.czi": "alpha", "b/c.czi": "gamma", "b/d/e.czi": "", "done.flag": "" };

interface Bench extends AsyncDisposable {
  readonly lab: Lab;
  /** The run where the instrument wrote it, on the lab's own disk. */
  readonly from: string;
  /** Where runs of the layout lie, on another. */
  readonly runs: string;
}

async function openBench(): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const disk = stack.use(await smallDisk(65_536));
  const out = stack.adopt(await Deno.makeTempDir(), (dir) => Deno.remove(dir, { recursive: true }));
  const lab = stack.use(
    await openLab({
      dataRoot: disk.path,
      signals: {
        PLATE_01: [
          "completeness_signal: sentinel_file",
          "sentinel_filename: done.flag",
          `intake: { watch: [${JSON.stringify(out)}], project: Cortex Q3, mode: move }`,
        ],
      },
      syncYaml: "scan_seconds: 0.5, settle_seconds: 0",
    }),
  );
  await markDestinations(lab);
  await writeFiles(`${out}/x`, FILES);
  const from = await Deno.realPath(`${out}/x`);
  const runs = join(await Deno.realPath(disk.path), "PLATE_01", "Cortex Q3", "Runs");
  const kept = stack.move();
  return { lab, from, runs, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function move(
  { lab, from }: Bench,
  { onStep, leaf = (wanted) => wanted }: {
    readonly onStep?: (step: MoveStep) => void;
    readonly leaf?: (wanted: string) => string;
  } = {},
): Promise<string> {
  using pool = new DiskPool();
  return await moveIn(from, {
    dir: from,
    equipment: lab.config.equipment[0]!,
    project: "Cortex Q3",
    kind: "experimental",
    operator: "labferry",
    leafFor: (wanted) => Promise.resolve(leaf(wanted)),
    seen: { wordOn: () => null, sayComplete: () => {} },
    pool,
    signal: new AbortController().signal,
    onStep,
  });
}

/** Texts of the files below a folder; none where it is not there. */
async function textsIn(folder: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  if (!await isThere(folder)) return texts;
  for (const path of await filesBelow(folder)) {
    if (!path.startsWith(".exlab-wizard/")) {
      texts[path] = await Deno.readTextFile(join(folder, path));
    }
  }
  return texts;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** One run, proven, whole, and nothing left of where it was. */
async function assertArrives({ lab, from, runs }: Bench): Promise<void> {
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  let stand: unknown = null;
  await until(async () => {
    const jobs = await daemon.control.jobs({});
    stand = [jobs, (await daemon.control.status()).acquiring];
    return jobs.some(({ state }) => state === "verified") && !await isThere(from);
  }, { limitMs: 90_000, what: () => `it to arrive: ${JSON.stringify(stand)}` });
  const jobs = await daemon.control.jobs({});
  assert.deepEqual(jobs.map(({ state, files }) => [state, files]), [["verified", 4]]);
  const names = (await namesIn(runs)).filter((name) => name !== ".exlab-wizard");
  assert.deepEqual(names, [jobs[0]!.run_path.split("/").at(-1)]);
  assert.deepEqual(await textsIn(jobs[0]!.run_path), FILES);
  await assertProven(lab.farRun(jobs[0]!.run_path));
}

const KILLS: readonly (readonly [MoveStep, number])[] = [
  ["copied_one", 1],
  ["copied", 1],
  ["compared", 1],
  ["marked", 1],
  ["named", 1],
  ["removed_one", 1],
  ["removed_one", 4],
  ["removed_files", 1],
];

for (const [step, times] of KILLS) {
  testWith(
    ["tmpfs"],
    `a move across disks that is killed after ${step} ${times} ends as one`,
    async () => {
      await using bench = await openBench();
      const { lab, from, runs } = bench;
      const child = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          "--quiet",
          new URL("./move_across_child.ts", import.meta.url).pathname,
          ...[lab.configFile, from, step, String(times)],
        ],
        env: { ...lab.env },
        stdin: "null",
      });
      const { signal, stderr } = await child.output();
      assert.equal(signal, "SIGKILL", new TextDecoder().decode(stderr));
      const [name] = await namesIn(runs);
      const isNamed = !name!.startsWith(".");
      assert.equal(isNamed, ["named", "removed_one", "removed_files"].includes(step), name);
      assert.deepEqual(await textsIn(isNamed ? join(runs, name!) : from), FILES);
      await assertArrives(bench);
    },
  );
}

testWith(
  ["tmpfs"],
  "what comes or changes while its copy gets its name stays, and is told",
  async () => {
    await using bench = await openBench();
    const { lab, from } = bench;
    const to = await move(bench, {
      onStep(step) {
        if (step !== "named") return;
        Deno.writeTextFileSync(join(from, "late.czi"), "late");
        Deno.writeTextFileSync(join(from, "a.czi"), "ALPHA");
      },
    });
    assert.deepEqual(await textsIn(to), FILES);
    assert.deepEqual(await textsIn(from), { "a.czi": "ALPHA", "late.czi": "late" });
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    const words = async () =>
      (await daemon.control.status()).acquiring.find(({ run_path }) => run_path === from)
        ?.waits_for;
    await until(async () => (await words())?.includes("its data was moved to") === true, {
      what: "it to be told",
    });
    await until(
      async () => (await daemon.control.jobs({})).some(({ state }) => state === "verified"),
      {
        what: "the run to be proven",
        limitMs: 60_000,
      },
    );
    assert.match((await words())!, /what is here still \(2\)/);
    // A person's word makes a run of it.
    await Deno.remove(join(from, MOVED_MARK));
    await Deno.writeTextFile(join(from, "done.flag"), "");
    await until(async () => (await daemon.control.jobs({})).length === 2, {
      what: "the rest to be a run",
      limitMs: 60_000,
    });
  },
);

testWith(
  ["tmpfs"],
  "a run that changes while it is copied is copied again, and stays until then",
  async () => {
    await using bench = await openBench();
    const { from, runs } = bench;
    const onStep = (step: MoveStep) => {
      if (step === "copied") Deno.writeTextFileSync(join(from, "a.czi"), "alphA and more");
    };
    await assert.rejects(move(bench, { onStep }), isCode("source_changed"));
    assert.deepEqual(await textsIn(from), { ...FILES, "a.czi": "alphA and more" });
    await Deno.remove(join(from, "b/c.czi"));
    const to = await move(bench);
    assert.deepEqual(await textsIn(to), {
      "a.czi": "alphA and more",
      "b/d/e.czi": "",
      "done.flag": "",
    });
    assert.deepEqual(await namesIn(runs), [to.split("/").at(-1)]);
    assert.equal(await isThere(from), false);
  },
);

testWith(
  ["tmpfs"],
  "a bit that turned in the copy is found before anything is removed",
  async () => {
    await using bench = await openBench();
    const { from, runs } = bench;
    const onStep = (step: MoveStep) => {
      if (step !== "copied") return;
      const [hidden] = [...Deno.readDirSync(runs)];
      const path = join(runs, hidden!.name, "a.czi");
      const { mtime } = Deno.statSync(path);
      Deno.writeTextFileSync(path, "alphA");
      Deno.utimeSync(path, mtime!, mtime!);
    };
    await assert.rejects(move(bench, { onStep }), isCode("source_changed"));
    assert.deepEqual(await textsIn(from), FILES);
  },
);

testWith(["tmpfs"], "a name that is taken in the midst is not moved over", async () => {
  await using bench = await openBench();
  const { from, runs } = bench;
  const onStep = (step: MoveStep) => {
    if (step !== "marked") return;
    Deno.mkdirSync(join(runs, "Run_x"));
    Deno.writeTextFileSync(join(runs, "Run_x", "hers"), "hers");
  };
  await assert.rejects(move(bench, { onStep, leaf: () => "Run_x" }), isCode("already_exists"));
  assert.deepEqual(await textsIn(from), FILES);
  const to = await move(bench, { leaf: () => "Run_x-2" });
  assert.deepEqual(await textsIn(to), FILES);
  assert.deepEqual(await textsIn(join(runs, "Run_x")), { hers: "hers" });
  assert.deepEqual(await namesIn(runs), ["Run_x", "Run_x-2"]);
});

testWith(["tmpfs"], "a link in the run is said, and nothing is moved", async () => {
  await using bench = await openBench();
  await Deno.symlink("/etc/hostname", join(bench.from, "link"));
  await assert.rejects(move(bench), isCode("link_refused"));
  assert.equal(await Deno.readTextFile(join(bench.from, "a.czi")), "alpha");
});

testWith(
  ["tmpfs"],
  "where the copy went on meanwhile, the rest of the old folder stays",
  async () => {
    await using bench = await openBench();
    const { from, runs } = bench;
    const onStep = (step: MoveStep) => {
      if (step === "removed_one") throw new Error("the power went");
    };
    await assert.rejects(move(bench, { onStep }), /the power went/);
    const before = await textsIn(from);
    const [name] = await namesIn(runs);
    await Deno.rename(join(runs, name!), join(runs, "Run_elsewhere"));
    await assert.rejects(move(bench), isCode("not_a_run"));
    assert.deepEqual(await textsIn(from), before);
    await Deno.rename(join(runs, "Run_elsewhere"), join(runs, name!));
    assert.equal(await move(bench), join(runs, name!));
    assert.equal(await isThere(from), false);
  },
);

function isCode(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof LabferryError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}
