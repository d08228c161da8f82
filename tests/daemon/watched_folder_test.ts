/** Folders of an instrument's software: what appears in them becomes runs, with the real service. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { moveIn } from "../../lib/intake/move_in.ts";
import { adoptRun } from "../../lib/intake/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { mutateCreation, readCreation, recordedLayout, recordPath } from "../../lib/records/mod.ts";
import { assertProven } from "../support/far_proof.ts";
import { type Lab, openLab, writeFiles } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { DiskPool, moveFolder } from "../../lib/disk/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const FILES = { "a.czi": "alpha", "b/c.czi": "gamma" };
const DONE = { "done.flag": "" };

interface Instrument extends AsyncDisposable {
  readonly lab: Lab;
  /** Where its software writes. */
  readonly out: string;
  readonly other: string;
  start(): Promise<RunningDaemon>;
}

async function openInstrument(
  { mode, project = "Cortex Q3", signal = SENTINEL }: {
    readonly mode: "adopt" | "move";
    readonly project?: string;
    readonly signal?: readonly string[];
  },
): Promise<Instrument> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir());
  const out = dir.join("out");
  const other = dir.join("other");
  for (const folder of [out, other]) await Deno.mkdir(folder);
  const watch = JSON.stringify([out, other]);
  const lab = stack.use(
    await openLab({
      signals: {
        PLATE_01: [...signal, `intake: { watch: ${watch}, project: ${project}, mode: ${mode} }`],
      },
      syncYaml: "scan_seconds: 0.5, settle_seconds: 0",
    }),
  );
  await Deno.mkdir(lab.dataRoot, { recursive: true });
  assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
  const kept = stack.move();
  return {
    lab,
    out,
    other,
    start: () => startDaemon({ config: lab.config, stateDir: lab.stateDir }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

const SENTINEL = ["completeness_signal: sentinel_file", "sentinel_filename: done.flag"];

/** All jobs, when they are proven. */
async function provenJobs(daemon: RunningDaemon, count: number) {
  let stand: unknown = null;
  await until(async () => {
    const jobs = await daemon.control.jobs({});
    stand = [jobs, (await daemon.control.status()).acquiring];
    return jobs.length >= count && jobs.every(({ state }) => state === "verified");
  }, { limitMs: 90_000, what: () => `${count} proven runs: ${JSON.stringify(stand)}` });
  const jobs = await daemon.control.jobs({});
  assert.equal(jobs.length, count);
  return jobs;
}

Deno.test("a new folder is adopted where it lies, when it is complete, and not before", async () => {
  await using instrument = await openInstrument({ mode: "adopt" });
  const { lab, out } = instrument;
  await writeFiles(`${out}/Image 7`, FILES);
  await using daemon = await instrument.start();
  const acquiring = async () => (await daemon.control.status()).acquiring;
  await until(async () => (await acquiring()).some(({ files }) => files === 2), { what: "a look" });
  assert.deepEqual(await daemon.control.jobs({}), []);
  assert.match((await acquiring())[0]!.waits_for, /done\.flag/);
  await writeFiles(`${out}/Image 7`, DONE);
  const [job] = await provenJobs(daemon, 1);
  assert.equal(job!.run_path, await Deno.realPath(`${out}/Image 7`));
  assert.match(job!.far_path, /^Cortex Q3\/Runs\/Run_[\dT-]+_Image 7$/);
  await assertProven(`${lab.farBase("PLATE_01")}/${job!.far_path}`);
  const creation = await readCreation(recordPath(job!.run_path, "creation.json"));
  assert.equal(recordedLayout(creation), `PLATE_01/${job!.far_path}`);
});

Deno.test("a complete folder is moved into the layout, whole, and sent from there", async () => {
  await using instrument = await openInstrument({
    mode: "move",
    project: '{ pattern: "^(?<project>[^_]+)_(?<operator>[a-z]+)_" }',
  });
  const { lab, out } = instrument;
  await writeFiles(`${out}/Cortex_ada_7`, { ...FILES, ...DONE });
  await writeFiles(`${out}/nobody knows`, { ...FILES, ...DONE });
  await using daemon = await instrument.start();
  const [job] = await provenJobs(daemon, 1);
  assert.match(job!.far_path, /^Cortex\/Runs\/Run_[\dT-]+_Cortex_ada_7$/);
  assert.equal(job!.run_path, await Deno.realPath(`${lab.dataRoot}/PLATE_01/${job!.far_path}`));
  await assertProven(lab.farRun(job!.run_path));
  const creation = await readCreation(recordPath(job!.run_path, "creation.json"));
  assert.deepEqual([creation.created_by, recordedLayout(creation)], ["ada", null]);
  const left = [...Deno.readDirSync(out)].map(({ name }) => name);
  assert.deepEqual(left, ["nobody knows"]);
  const odd = (await daemon.control.status()).acquiring.find(({ run_path }) =>
    run_path.endsWith("nobody knows")
  );
  assert.equal(odd?.phase, "odd");
  assert.match(odd!.waits_for, /^its name does not say its project/);
  assert.match((await labferry(lab, ["status"])).stdout, /not taken: its name does not say/);
});

Deno.test("a person places by hand what no name places", async () => {
  await using instrument = await openInstrument({
    mode: "move",
    project: '{ pattern: "^(?<project>[^_]+)_" }',
  });
  const { lab, out } = instrument;
  await writeFiles(`${out}/nobody knows`, { ...FILES, ...DONE });
  const said = ["--equipment", "PLATE_01", "--project", "Cortex Q3", "--operator", "ada"];
  const { code, stderr } = await labferry(lab, ["run", "adopt", `${out}/nobody knows`, ...said]);
  assert.equal(code, 0, stderr);
  await using daemon = await instrument.start();
  const [job] = await provenJobs(daemon, 1);
  assert.equal(job!.run_path, await Deno.realPath(`${out}/nobody knows`), "it stays");
});

for (const mode of ["adopt", "move"] as const) {
  Deno.test(`two folders of one name are two runs (${mode})`, async () => {
    await using instrument = await openInstrument({ mode });
    const { out, other } = instrument;
    const name = "Run_2026-04-17T14-32_x";
    await writeFiles(`${out}/${name}`, { ...FILES, ...DONE });
    await using daemon = await instrument.start();
    await provenJobs(daemon, 1);
    await writeFiles(`${other}/${name}`, { "a.czi": "another", ...DONE });
    const jobs = await provenJobs(daemon, 2);
    assert.deepEqual(jobs.map(({ far_path }) => far_path.split("/").at(-1)).sort(), [
      name,
      `${name}-2`,
    ]);
  });
}

Deno.test("a word that it is complete goes with a run that is moved", async () => {
  await using instrument = await openInstrument({
    mode: "move",
    signal: ["completeness_signal: manual"],
  });
  const { lab, out } = instrument;
  await writeFiles(`${out}/x`, FILES);
  await using daemon = await instrument.start();
  const seen = async () => (await daemon.control.status()).acquiring.length;
  await until(async () => await seen() === 1, { what: "it to be seen" });
  await daemon.control.complete(`${out}/x`);
  const [job] = await provenJobs(daemon, 1);
  const project = join(await Deno.realPath(lab.dataRoot), "PLATE_01", "Cortex Q3", "/");
  assert.ok(job!.run_path.startsWith(project), job!.run_path);
});

Deno.test("killed at any step of adopting or moving, it is one run with all its data", async (t) => {
  const about = (lab: Lab) => ({
    equipment: lab.config.equipment[0]!,
    project: "Cortex Q3",
    kind: "experimental",
    operator: "labferry",
  } as const);

  await t.step("its record is written, and it is not in the queue", async () => {
    await using instrument = await openInstrument({ mode: "adopt" });
    const { lab, out } = instrument;
    await writeFiles(`${out}/x`, { ...FILES, ...DONE });
    const { layoutPath } = await adoptRun({ dir: `${out}/x`, ...about(lab) });
    await using daemon = await instrument.start();
    const [job] = await provenJobs(daemon, 1);
    assert.equal(job!.far_path, layoutPath);
  });

  await t.step("its place is there, and it is not moved", async () => {
    await using instrument = await openInstrument({ mode: "move" });
    const { lab, out } = instrument;
    await writeFiles(`${out}/x`, { ...FILES, ...DONE });
    await Deno.mkdir(`${lab.dataRoot}/PLATE_01/Cortex Q3/Runs`, { recursive: true });
    await using daemon = await instrument.start();
    const [job] = await provenJobs(daemon, 1);
    assert.equal(job!.files, 3);
  });

  await t.step("it is moved, and has no records", async () => {
    await using instrument = await openInstrument({ mode: "move" });
    const { lab, out } = instrument;
    await writeFiles(`${out}/x`, { ...FILES, ...DONE });
    const dir = await Deno.realPath(`${out}/x`);
    using queue = Queue.open(lab.stateDir.queueFile);
    using pool = new DiskPool();
    const to = await moveIn(dir, {
      pool,
      signal: new AbortController().signal,
      dir,
      ...about(lab),
      leafFor: (leaf) => Promise.resolve(leaf),
      seen: queue.seen,
    });
    queue[Symbol.dispose]();
    await using daemon = await instrument.start();
    const [job] = await provenJobs(daemon, 1);
    assert.deepEqual([job!.run_path, job!.files], [to, 3]);
  });
});

Deno.test("a queue made anew knows the runs of watched folders, also one that was let go", async () => {
  await using instrument = await openInstrument({ mode: "adopt" });
  const { lab, out } = instrument;
  await writeFiles(`${out}/kept`, { ...FILES, ...DONE });
  await writeFiles(`${out}/gone`, { ...FILES, ...DONE });
  {
    await using daemon = await instrument.start();
    await provenJobs(daemon, 2);
  }
  for (const name of Object.keys({ ...FILES, ...DONE })) await Deno.remove(`${out}/gone/${name}`);
  const record = recordPath(await Deno.realPath(`${out}/gone`), "creation.json");
  await mutateCreation(record, (creation) => ({ ...creation, sync_status: "cleaned" }));
  await Deno.remove(lab.stateDir.queueFile);
  await using daemon = await instrument.start();
  await until(async () => {
    const states = (await daemon.control.jobs({})).map(({ state, run_path }) =>
      `${run_path.split(/[\\/]/).at(-1)} ${state}`
    );
    return states.sort().join() === "gone cleaned,kept verified";
  }, { limitMs: 60_000, what: "both runs" });
});

testWith(["tmpfs"], "moveFolder moves nothing to another disk, and takes no name", async () => {
  await using dir = await tempDir();
  const from = dir.join("x");
  await Deno.mkdir(from);
  await using disk = await smallDisk(4096);
  assert.equal(await moveFolder(from, `${disk.path}/x`), "other_disk");
  await Deno.mkdir(dir.join("y"));
  assert.equal(await moveFolder(from, dir.join("y")), "taken");
  assert.deepEqual([...Deno.readDirSync(dir.path)].map(({ name }) => name).sort(), ["x", "y"]);
});
