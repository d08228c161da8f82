/** Runs of instruments with presets, taken by the real daemon from three lines of configuration. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openControl, startDaemon } from "../../lib/daemon/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { readCreation, RECORD_FILES, recordPath } from "../../lib/records/mod.ts";
import { jobOf, runDir, SOON, untilProven, waitingOf, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { markDestinations } from "../support/marked.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";

Deno.test("runs of instruments with presets are taken at their end, with their outcome", async () => {
  await using lab = await openLab({
    equipment: { SEQ_01: "mount", TIMS_01: "mount" },
    signals: {
      SEQ_01: ["preset: element-aviti"],
      TIMS_01: ["preset: bruker-timstof", "quiet_minutes: 0.02", "ignore: [lock.file]"],
    },
    syncYaml: SOON,
  });
  await markDestinations(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const [seq, tims] = [runDir(lab, "SEQ_01"), runDir(lab, "TIMS_01")];
  await write(seq, "BaseCalls/a.bin", "bases");
  await write(tims, "analysis.tdf", "index");
  await write(tims, "analysis.tdf_bin", "frames");
  await write(tims, "analysis.tdf-wal", "");
  await write(tims, "lock.file", "");
  await until(
    async () => (await waitingOf(lab, tims))?.waitsFor?.startsWith("analysis.tdf-wal") ?? false,
    { what: "the journal to be waited for" },
  );
  assert.equal(await jobOf(daemon, tims), null);
  await write(seq, "RunUploaded.json", `{"outcome":"OutcomeFailed"}`);
  await Deno.remove(join(tims, "analysis.tdf-wal"));
  await Promise.all([untilProven(daemon, seq), untilProven(daemon, tims)]);
  const { labferry: own } = await readCreation(recordPath(seq, RECORD_FILES.creation));
  assert.equal(own?.outcome, "failed");
  const job = await jobOf(daemon, tims);
  assert.deepEqual(job?.verification?.skipped, ["lock.file"]);
  assert.equal(job?.files, 2);
  assert.ok((await Deno.lstat(join(tims, "lock.file"))).isFile);
  await assert.rejects(Deno.lstat(join(lab.farRun(tims), "lock.file")), Deno.errors.NotFound);
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  const [sealed] = queue.jobs.generations(queue.jobs.byRun(seq)!.id);
  const { outcome, outcome_told_by } = sealed!.evidence.completeness as Record<string, unknown>;
  assert.deepEqual([outcome, outcome_told_by], ["failed", "RunUploaded.json: OutcomeFailed"]);
  const history = await labferry(lab, ["history", seq]);
  assert.match(
    history.stdout,
    /list of files fixed .*outcome failed, outcome_told_by RunUploaded\.json: OutcomeFailed/,
  );
});

Deno.test("a pattern that is written later takes nothing out of a sealed list", async () => {
  await using lab = await openLab({
    signals: { PLATE_01: ["preset: illumina-nextseq-1000"] },
    syncYaml: SOON,
  });
  await markDestinations(lab);
  const run = runDir(lab, "PLATE_01");
  await write(run, "a.dat", "alpha");
  await write(run, "b.log", "beta");
  await write(run, "CopyComplete.txt", "");
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await untilProven(daemon, run);
  }
  const [plate] = lab.config.equipment;
  const ignoring = {
    ...lab.config,
    equipment: [{ ...plate!, rules: { ...plate!.rules, ignore: ["*.log"] } }],
  };
  await using daemon = await startDaemon({ config: ignoring, stateDir: lab.stateDir });
  await write(run, "c.dat", "gamma");
  await write(run, "d.log", "delta");
  await untilProven(daemon, run, 2);
  const job = await jobOf(daemon, run);
  assert.equal(job?.files, 4);
  assert.deepEqual(job?.verification?.skipped, ["d.log"]);
});

Deno.test("Thermo's files go by their preset, also one that says it failed", async () => {
  await using dir = await tempDir("labferry-thermo-");
  await using lab = await openLab({
    equipment: { ORBI_01: "mount" },
    signals: {
      ORBI_01: [
        "preset: thermo-raw",
        "quiet_minutes: 0.02",
        `intake: { watch: [${JSON.stringify(dir.path)}], project: Lipids }`,
      ],
    },
    syncYaml: SOON,
  });
  await markDestinations(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await dir.write("a.raw", "");
  await dir.write("b_CORRUPTED.raw", "half");
  await until(
    async () => (await daemon.control.jobs({})).some(({ state }) => state === "verified"),
    { what: "the file with data to be proven" },
  );
  // Nothing in it yet: it may still be open.
  assert.equal((await daemon.control.jobs({})).length, 1);
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  const [job] = await daemon.control.jobs({});
  const [sealed] = queue.jobs.generations(job!.id);
  const { outcome, preset } = sealed!.evidence.completeness as Record<string, unknown>;
  assert.deepEqual([outcome, preset], ["failed", "thermo-raw"]);
  await dir.write("a.raw", "scans");
  await until(
    async () =>
      (await daemon.control.jobs({})).filter(({ state }) => state === "verified").length === 2,
    { what: "the other to be proven" },
  );
});

Deno.test("what a preset ignores may be held open for ever: the run ends all the same", async () => {
  await using lab = await openLab({
    equipment: { SOLARIX_01: "mount" },
    signals: { SOLARIX_01: ["preset: bruker-fticr", "quiet_minutes: 0.02"] },
    syncYaml: SOON,
  });
  await markDestinations(lab);
  const run = runDir(lab, "SOLARIX_01");
  for (const name of ["ser", "a.mcf", "esi.m/apex.method"]) await write(run, name, "x");
  for (const name of ["lock.file", "SyncHelper"]) await write(run, name, "");
  await write(run, "a.mcf_idx-journal", "x");
  // Another process than the service, as the instrument's software is.
  using _locked = await Deno.open(join(run, "a.mcf_idx-journal"), { append: true });
  await using _daemon = await startLabDaemon(lab);
  using asked = await openControl(lab.config, lab.stateDir);
  await untilProven(asked, run);
  const job = await jobOf(asked, run);
  assert.deepEqual([job?.files, job?.verification?.skipped], [
    3,
    ["SyncHelper", "a.mcf_idx-journal", "lock.file"],
  ]);
});

Deno.test("a NovaSeq X's analysis that ends later is a second generation of its run", async () => {
  await using lab = await openLab({
    signals: { PLATE_01: ["preset: illumina-novaseq-x"] },
    syncYaml: SOON,
  });
  await markDestinations(lab);
  const run = runDir(lab, "PLATE_01");
  await write(run, "Data/a.cbcl", "bases");
  await write(
    run,
    "RunCompletionStatus.xml",
    "<RunCompletionStatus><RunStatus>RunCompleted</RunStatus></RunCompletionStatus>",
  );
  await write(run, "CopyComplete.txt", "");
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await untilProven(daemon, run);
  await write(run, "Analysis/1/Data/a.fastq.gz", "reads");
  await write(run, "Analysis/1/CopyComplete.txt", "");
  await untilProven(daemon, run, 2);
  assert.equal((await jobOf(daemon, run))?.files, 5);
});
