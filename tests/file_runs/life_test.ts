/** Runs that are files, from the instrument's folder to the NAS and out of it: the real daemon. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { LabferryError } from "../../lib/base/mod.ts";
import type { JobView, RestoredView } from "../../lib/control/mod.ts";
import { type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { LIMIT_MS, SOON } from "../support/intake_lab.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

const FLAGS = ["*.done"];

const LETS_GO =
  "nas_cleanup: { enabled: true, min_verify_passes: 1, min_age_hours: 0, allow_same_disk: true }";

interface FilesLab extends AsyncDisposable {
  readonly lab: Lab;
  /** The folder of the instrument's software. */
  readonly out: string;
}

async function filesLab(more: readonly string[] = [], moreYaml = ""): Promise<FilesLab> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.use(await tempDir("labferry-files-"));
  const out = dir.join("Xcalibur data");
  await Deno.mkdir(out);
  const lab = stack.use(
    await openLab({
      equipment: { ORBI_01: "mount" },
      signals: {
        ORBI_01: [
          "completeness_signal: quiet_period",
          "quiet_minutes: 0.02",
          `forbid: ${JSON.stringify(FLAGS.map(() => "*.tmp"))}`,
          `intake: { watch: [${
            JSON.stringify(out)
          }], project: "Lipids", run: { kind: files, match: "*.{raw,raw.md5}" } }`,
          ...more,
        ],
      },
      syncYaml: SOON,
      moreYaml,
    }),
  );
  await markDestinations(lab);
  const kept = stack.move();
  return { lab, out, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The run whose files have this key, once it is proven so often. */
async function proven(
  daemon: RunningDaemon,
  key: string,
  { generation = 1, not = [] as readonly string[] } = {},
): Promise<JobView> {
  let found: JobView | undefined;
  await until(async () => {
    const jobs = await daemon.control.jobs({});
    found = jobs.find(({ id, run_path, generation: now, state }) =>
      new RegExp(`_${key}(-\\d+)?$`).test(run_path) && now >= generation && state === "verified" &&
      !not.includes(id)
    );
    return found !== undefined;
  }, { what: `${key} to be proven`, limitMs: LIMIT_MS });
  return found!;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

Deno.test("files of one stem are a run; nothing is written among them", async () => {
  await using files = await filesLab();
  const { lab, out } = files;
  await Deno.writeTextFile(join(out, "a.raw"), "alpha");
  await Deno.writeTextFile(join(out, "a.raw.md5"), "sum");
  await Deno.writeTextFile(join(out, "b.raw"), "beta");
  await Deno.writeTextFile(join(out, "method.meth"), "no data");
  await Deno.mkdir(join(out, "folder.raw"));
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const [a, b] = [await proven(daemon, "a"), await proven(daemon, "b")];
  assert.deepEqual([a.files, a.bytes, b.files], [2, 8, 1]);
  assert.equal(a.data_path, await Deno.realPath(out));
  const far = join(lab.farBase("ORBI_01"), a.far_path);
  assert.match(a.far_path, /^Lipids\/Runs\/Run_.*_a$/);
  assert.deepEqual(await namesIn(far), [".exlab-wizard", "a.raw", "a.raw.md5"]);
  assert.match(
    await Deno.readTextFile(join(far, ".exlab-wizard", "checksums.sha256")),
    / {2}a\.raw\n/,
  );
  assert.ok((await namesIn(join(far, ".exlab-wizard"))).includes("file_run.json"));
  assert.deepEqual(await namesIn(out), [
    "a.raw",
    "a.raw.md5",
    "b.raw",
    "folder.raw",
    "method.meth",
  ]);
  // A later file of the group is the same run, once more.
  await Deno.writeTextFile(join(out, "b.raw.md5"), "sum");
  const again = await proven(daemon, "b", { generation: 2 });
  assert.deepEqual([again.id, again.files], [b.id, 2]);
});

Deno.test("which files are which run survives a restart and a lost queue", async () => {
  await using files = await filesLab();
  const { lab, out } = files;
  await Deno.writeTextFile(join(out, "A.raw"), "alpha");
  let before: JobView;
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    before = await proven(daemon, "a");
  }
  Queue.setAside(lab.stateDir.queueFile);
  await Deno.writeTextFile(join(out, "c.raw"), "gamma");
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const after = await proven(daemon, "a");
  await proven(daemon, "c");
  assert.equal(after.run_path, before.run_path);
  assert.equal((await daemon.control.jobs({})).length, 2);
});

Deno.test("a name that comes back after its file was let go is a new run", async () => {
  await using files = await filesLab(
    [],
    LETS_GO,
  );
  const { lab, out } = files;
  await Deno.writeTextFile(join(out, "blank.raw"), "first");
  await Deno.writeTextFile(join(out, "beside.txt"), "a person's");
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  let first: JobView | undefined;
  await until(async () => {
    first = (await daemon.control.jobs({}))[0];
    return first?.state === "cleaned";
  }, { what: "blank.raw to be let go", limitMs: LIMIT_MS });
  assert.deepEqual(await namesIn(out), ["beside.txt"]);
  const far = join(lab.farBase("ORBI_01"), first!.far_path);
  assert.equal(await Deno.readTextFile(join(far, "blank.raw")), "first");
  await Deno.writeTextFile(join(out, "blank.raw"), "second, and longer");
  let second: JobView | undefined;
  await until(async () => {
    const jobs = await daemon.control.jobs({});
    second = jobs.find(({ id }) => id !== first!.id);
    return second !== undefined && second.verify_passes > 0;
  }, { what: "the second blank.raw to be proven", limitMs: LIMIT_MS });
  assert.notEqual(second!.far_path, first!.far_path);
  const farAgain = join(lab.farBase("ORBI_01"), second!.far_path);
  assert.equal(await Deno.readTextFile(join(farAgain, "blank.raw")), "second, and longer");
  assert.equal(await Deno.readTextFile(join(far, "blank.raw")), "first");
});

Deno.test("the gate judges the names of a run's own files, and of no others", async () => {
  await using files = await filesLab();
  const { lab, out } = files;
  await Deno.writeTextFile(join(out, "good.raw"), "alpha");
  await Deno.writeTextFile(join(out, "what?.raw"), "beta");
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await proven(daemon, "good");
  let held: JobView | undefined;
  await until(async () => {
    held = (await daemon.control.jobs({})).find(({ run_path }) => /_what/.test(run_path));
    return held?.hold === "gate";
  }, { what: "the bad name to be held", limitMs: LIMIT_MS });
});

/** As a person does it, who tries again while the service is still at the run. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  let answer: { readonly of: T } | undefined;
  await until(async () => {
    try {
      answer = { of: await ask() };
      return true;
    } catch (error) {
      if (!(error instanceof LabferryError) || error.code !== "run_busy") throw error;
      return false;
    }
  }, { what: "nobody to work on the run", limitMs: LIMIT_MS });
  return answer!.of;
}

function restored(daemon: RunningDaemon, id: string): Promise<RestoredView> {
  return patiently(() => daemon.control.restore(id, {}));
}

/** The first run's job, once it is let go. */
async function letGo(daemon: RunningDaemon): Promise<JobView> {
  let first: JobView | undefined;
  await until(async () => {
    first = (await daemon.control.jobs({}))[0];
    return first?.state === "cleaned";
  }, { what: "the run to be let go", limitMs: LIMIT_MS });
  return first!;
}

Deno.test("a run of files is brought back to the folder it came from, and is that run again", async () => {
  await using files = await filesLab([], LETS_GO);
  const { lab, out } = files;
  await Deno.writeTextFile(join(out, "a.raw"), "alpha");
  await Deno.writeTextFile(join(out, "a.raw.md5"), "sum");
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const job = await letGo(daemon);
  assert.deepEqual(await namesIn(out), []);
  const back = await restored(daemon, job.id);
  assert.deepEqual([back.files, back.to], [2, await Deno.realPath(out)]);
  assert.deepEqual(await namesIn(out), ["a.raw", "a.raw.md5"]);
  assert.equal(await Deno.readTextFile(join(out, "a.raw")), "alpha");
  await until(async () => (await daemon.control.job(job.id)).state === "verified", {
    what: "it to be proven again",
    limitMs: LIMIT_MS,
  });
  // The scanner has listed the folder since: no other run was made of what came back.
  await Deno.writeTextFile(join(out, "b.raw"), "beta");
  await until(
    async () => (await daemon.control.jobs({})).some(({ run_path }) => /_b$/.test(run_path)),
    {
      what: "a later file to be found",
      limitMs: LIMIT_MS,
    },
  );
  const jobs = await daemon.control.jobs({});
  assert.deepEqual(jobs.filter(({ run_path }) => /_a(-\d+)?$/.test(run_path)).map(({ id }) => id), [
    job.id,
  ]);
});

Deno.test("a run whose names are another acquisition's by now comes back elsewhere, and never takes its files", async () => {
  await using files = await filesLab([], LETS_GO);
  const { lab, out } = files;
  await Deno.writeTextFile(join(out, "a.raw"), "alpha");
  await Deno.writeTextFile(join(out, "a.raw.md5"), "sum");
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const job = await letGo(daemon);
  const far = join(lab.farBase("ORBI_01"), job.far_path);
  // The same name, and one that the first run did not have.
  for (
    const [name, bytes] of [["a.raw", "another acquisition"], ["a.RAW.MD5", "its sum"]] as const
  ) {
    await Deno.writeTextFile(join(out, name), bytes);
    await assert.rejects(daemon.control.restore(job.id, {}), {
      name: "LabferryError",
      code: "wrong_state",
      message: /later run's files/,
    });
    assert.deepEqual(await namesIn(out), [name]);
    assert.equal(await Deno.readTextFile(join(out, name)), bytes);
    assert.equal((await daemon.control.job(job.id)).pinned, false);
    await until(async () => (await namesIn(out)).length === 0, {
      what: `${name} to be proven as a run of its own, and let go`,
      limitMs: LIMIT_MS,
    });
    const now = await daemon.control.job(job.id);
    assert.deepEqual([now.state, now.generation], ["cleaned", 1]);
    assert.equal(await Deno.readTextFile(join(far, "a.raw")), "alpha");
  }
  assert.equal((await daemon.control.jobs({})).length, 3);
  const back = await restored(daemon, job.id);
  assert.deepEqual([back.files, back.different.count], [2, 0]);
});

/** Refused with a sentence that says it. */
async function refused(daemon: RunningDaemon, id: string, says: RegExp): Promise<void> {
  const word = { operator: "Ada", reason: "no snapshot has it" };
  await assert.rejects(daemon.control.retry(id, { acceptMissing: word }), (error) => {
    assert.ok(error instanceof LabferryError);
    assert.equal(error.code, "nothing_to_accept");
    assert.match(`${error.message} ${error.hint}`, says);
    return true;
  });
}

Deno.test("a run of files that was let go goes on without a far file that is lost for good, once the rest is here", async () => {
  await using files = await filesLab([], LETS_GO);
  const { lab, out } = files;
  await Deno.writeTextFile(join(out, "a.raw"), "alpha");
  await Deno.writeTextFile(join(out, "a.raw.md5"), "sum");
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const job = await letGo(daemon);
  await Deno.remove(join(lab.farBase("ORBI_01"), job.far_path, "a.raw"));
  await patiently(() => daemon.control.verify(job.id));
  assert.equal((await daemon.control.job(job.id)).alarm?.files, 1);
  await refused(daemon, job.id, /1 file is good over there and not here.*`labferry restore RUN`/);
  const back = await restored(daemon, job.id);
  assert.deepEqual([back.files, back.missing.names], [1, ["a.raw"]]);
  // Another acquisition of that name is none of its files, and may not become one.
  await Deno.writeTextFile(join(out, "a.raw"), "another one");
  await refused(daemon, job.id, /names are a later run's by now/);
  await Deno.remove(join(out, "a.raw"));
  // A pass in between looks at what is here, and forgets nothing of it.
  await patiently(() => daemon.control.verify(job.id));
  const word = { operator: "Ada", reason: "no snapshot has it" };
  await daemon.control.retry(job.id, { acceptMissing: word });
  const without = await proven(daemon, "a", { generation: 2 });
  assert.deepEqual([without.id, without.files, without.alarm], [job.id, 1, null]);
  assert.deepEqual(without.verification?.account?.left_out?.names, ["a.raw"]);
  assert.deepEqual(await namesIn(out), ["a.raw.md5"]);
});

Deno.test("of a run whose only file is lost a person reads that it stays red, and what takes that away", async () => {
  await using files = await filesLab([], LETS_GO);
  const { lab, out } = files;
  await Deno.writeTextFile(join(out, "a.raw"), "alpha");
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const job = await letGo(daemon);
  const far = join(lab.farBase("ORBI_01"), job.far_path, "a.raw");
  await Deno.rename(far, `${far}.away`);
  await patiently(() => daemon.control.verify(job.id));
  await refused(daemon, job.id, /its only file is lost.*put its files back over there/);
  await Deno.rename(`${far}.away`, far);
  await patiently(() => daemon.control.verify(job.id));
  assert.equal((await daemon.control.job(job.id)).alarm, null);
});

Deno.test("a .vsi and the folder of its pixels are one run, let go and brought back as one", async () => {
  await using dir = await tempDir("labferry-vsi-");
  await using lab = await openLab({
    equipment: { SLIDE_01: "mount" },
    signals: {
      SLIDE_01: [
        "preset: microscope-files",
        "quiet_minutes: 0.02",
        `intake: { watch: [${JSON.stringify(dir.path)}], project: Slides }`,
      ],
    },
    syncYaml: SOON,
    moreYaml: LETS_GO,
  });
  await markDestinations(lab);
  await dir.write("_Slide 1_/stack1/frame_t_0.ets", "pixels");
  await dir.write("_other_/frame.ets", "of a file that has not come");
  await dir.write("Slide 1.vsi", "index");
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const job = await letGo(daemon);
  assert.equal(job.files, 2);
  const far = join(lab.farBase("SLIDE_01"), job.far_path);
  assert.equal(await Deno.readTextFile(join(far, "_Slide 1_/stack1/frame_t_0.ets")), "pixels");
  assert.deepEqual(await namesIn(dir.path), ["_other_"]);
  await restored(daemon, job.id);
  assert.equal(
    await Deno.readTextFile(dir.join("_Slide 1_/stack1/frame_t_0.ets")),
    "pixels",
  );
  await until(async () => (await daemon.control.job(job.id)).state === "verified", {
    what: "it to be proven again",
    limitMs: LIMIT_MS,
  });
  // Pixels that come later are a new generation of that run.
  await dir.write("_Slide 1_/stack2/frame_t_0.ets", "more");
  await until(async () => {
    const now = await daemon.control.job(job.id);
    return now.state === "verified" && now.generation === 2 && now.files === 3;
  }, { what: "the second generation", limitMs: LIMIT_MS });
});
