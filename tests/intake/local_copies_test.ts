/** What people do to runs that are proven: delete, rename, add to them. Real files, the real daemon. */
import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
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
import { type Lab, openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";
import { testWith } from "../support/needs.ts";

/** The NAS is a folder of this disk, and nothing has to grow old. */
const CUSTODY = [
  "verify: { min_gap_hours: 0 }",
  "nas_cleanup: { enabled: true, min_age_hours: 0, allow_same_disk: true, min_verify_passes: 1 }",
].join("\n");

async function watchedLab(moreYaml = ""): Promise<Lab> {
  const lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON, moreYaml });
  await markDestinations(lab);
  return lab;
}

interface LetGo extends AsyncDisposable {
  readonly lab: Lab;
  readonly daemon: RunningDaemon;
  readonly run: string;
}

/** A run whose local copy was let go, and the service that did it. */
async function letGo(): Promise<LetGo> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await watchedLab(CUSTODY));
  const daemon = stack.use(
    await startDaemon({ config: lab.config, stateDir: lab.stateDir }),
  );
  const run = runDir(lab, "PLATE_01");
  await write(run, "a.dat", "alpha");
  await write(run, "done.flag", "");
  await reaches({ daemon, run }, "cleaned");
  const kept = stack.move();
  return { lab, daemon, run, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function reaches(
  { daemon, run }: Pick<LetGo, "daemon" | "run">,
  state: string,
): Promise<void> {
  await until(async () => (await jobOf(daemon, run))?.state === state, {
    what: `the run to be ${state}`,
    limitMs: LIMIT_MS,
  });
}

async function kinds(daemon: RunningDaemon, run: string): Promise<string[]> {
  return (await daemon.control.history(run)).map(({ kind }) => kind);
}

function exists(path: string): Promise<boolean> {
  return Deno.lstat(path).then(() => true, () => false);
}

testWith(
  ["pastCache"],
  "new data in a run whose local copy was let go is found and sent, and what was proven stays",
  async () => {
    await using gone = await letGo();
    const { lab, daemon, run } = gone;
    assert.equal(await exists(join(run, "a.dat")), false);
    await daemon.control.pin(run, true);
    await write(run, "late.dat", "late");
    await untilProven(daemon, run, 2);
    assert.equal(await Deno.readTextFile(join(lab.farRun(run), "late.dat")), "late");
    const manifest = join(lab.farRun(run), ".exlab-wizard/checksums.sha256");
    assert.deepEqual(
      (await Deno.readTextFile(manifest)).trim().split("\n").map((line) => line.slice(66)),
      ["a.dat", "done.flag", "late.dat"],
    );
    assert.equal(await Deno.readTextFile(join(lab.farRun(run), "a.dat")), "alpha");
  },
);

testWith(
  ["pastCache"],
  "a run that was let go and is put back by hand is kept, and proven once more",
  async () => {
    await using gone = await letGo();
    const { daemon, run } = gone;
    await write(run, "a.dat", "alpha");
    await write(run, "done.flag", "");
    await reaches({ daemon, run }, "verified");
    const { generation, pinned } = await daemon.control.job(run);
    assert.deepEqual([generation, pinned], [1, true]);
    assert.ok((await kinds(daemon, run)).includes("restored"));
    assert.equal(await Deno.readTextFile(join(run, "a.dat")), "alpha");
  },
);

Deno.test("a proven run of which a person deletes a part, or all, stays proven and is proven again", async () => {
  await using lab = await watchedLab();
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const run = runDir(lab, "PLATE_01");
  for (const name of ["a.dat", "b.dat", "done.flag"]) await write(run, name, name);
  await untilProven(daemon, run);
  await Deno.remove(join(run, "a.dat"));
  const missing = async () => (await kinds(daemon, run)).filter((kind) => kind === "local_missing");
  await until(async () => (await missing()).length === 1, {
    what: "the file to be missed",
    limitMs: LIMIT_MS,
  });
  await Deno.remove(run, { recursive: true });
  await until(async () => (await missing()).length === 2, {
    what: "the folder to be missed",
    limitMs: LIMIT_MS,
  });
  assert.deepEqual((await daemon.control.why(run)).local, { files: 0, bytes: 0 });
  const passed = await daemon.control.verify(run);
  assert.deepEqual([passed.state, passed.generation, passed.verify_passes], ["verified", 1, 2]);
  assert.equal(await exists(run), false, "nothing is made where a person deleted it");
  assert.equal(await Deno.readTextFile(join(lab.farRun(run), "a.dat")), "a.dat");
});

Deno.test("a project renamed after its runs were proven: none is sent twice, and new data in one is named", async () => {
  await using lab = await watchedLab();
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const [a, b] = [runDir(lab, "PLATE_01", "Run_a"), runDir(lab, "PLATE_01", "Run_b")];
  for (const run of [a, b]) {
    await write(run, "a.dat", `alpha of ${run}`);
    await write(run, "done.flag", "");
  }
  await Promise.all([untilProven(daemon, a), untilProven(daemon, b)]);
  const project = dirname(dirname(a));
  const renamed = (run: string) => run.replace(project, `${project} 2026`);
  await Deno.rename(project, `${project} 2026`);
  for (const run of [a, b].map(renamed)) {
    await until(
      async () => (await waitingOf(lab, run))?.waitsFor?.endsWith("not sent twice") ?? false,
      { what: `${run} to be recognised`, limitMs: LIMIT_MS },
    );
  }
  await write(renamed(b), "late.dat", "late");
  await until(
    async () => (await waitingOf(lab, renamed(b)))?.waitsFor?.includes("1 file in it") ?? false,
    { what: "the new file to be named", limitMs: LIMIT_MS },
  );
  // Touched, and still the same bytes.
  await Deno.utime(join(renamed(a), "a.dat"), new Date(), new Date());
  assert.equal((await daemon.control.jobs({})).length, 2);
  // A person wants it as a run of its own.
  await daemon.control.enqueue(renamed(b));
  await untilProven(daemon, renamed(b));
  assert.equal(await jobOf(daemon, renamed(a)), null);
});
