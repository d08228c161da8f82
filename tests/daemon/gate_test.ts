import assert from "node:assert/strict";
import { createTransport, startDaemon } from "../../lib/daemon/mod.ts";
import { shipRun } from "../../lib/ship/mod.ts";
import { readCreation, recordPath } from "../../lib/records/mod.ts";
import { projectReportId, ReportStore } from "../../lib/reports/mod.ts";
import { openLab, writeFiles } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";
import { testWith } from "../support/needs.ts";

/** A lab whose daemon audits every second, so that what changes by itself is seen soon. */
async function openAudited() {
  await using opened = new AsyncDisposableStack();
  const lab = opened.use(await openLab());
  await markDestinations(lab);
  const { control } = opened.use(
    await startDaemon({
      config: { ...lab.config, sync: { ...lab.config.sync, scanSeconds: 1 } },
      stateDir: lab.stateDir,
    }),
  );
  const owned = opened.move();
  return {
    lab,
    control,
    /** A run that the gate holds. */
    async heldRun() {
      const run = await lab.makeRun(BAD);
      const { job } = await control.enqueue(run);
      assert.equal(job.hold, "gate");
      return { run, job };
    },
    untilVerified: ({ id }: { readonly id: string }) =>
      until(async () => (await control.job(id)).state === "verified", {
        what: "the run to be verified",
      }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, (error) => {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  });
}

const BAD = { "scan_<date>.csv": "a,b\n" };
const LET_PASS = {
  class: "unresolved_placeholder_token",
  operator: "asmith",
  reason: "vendor syntax",
};

testWith(
  ["anyNames"],
  "enqueue holds a run with a hard finding, and its record and timeline say why",
  async () => {
    await using audited = await openAudited();
    const { lab, control } = audited;
    const { run, job } = await audited.heldRun();
    assert.match(job.hold_reason ?? "", /unresolved_placeholder_token/);
    assert.equal(
      (await readCreation(recordPath(run, "creation.json"))).sync_status,
      "blocked_by_validation",
    );
    const held = (await control.history(job.id)).find(({ kind }) => kind === "held");
    const [finding] = held?.detail["findings"] as { token: string }[];
    assert.equal(finding?.token, "<date>");
    assert.equal(await isThere(lab.farRun(run)), false);
  },
);

testWith(
  ["anyNames"],
  "a run held by the gate goes by itself after an override, and is held again after its revocation",
  async () => {
    await using audited = await openAudited();
    const { lab, control } = audited;
    const { run, job } = await audited.heldRun();
    const [override] = await control.addOverride(run, LET_PASS);
    assert.equal(override?.state, "active");
    await audited.untilVerified(job);
    assert.equal(await isThere(`${lab.farRun(run)}/scan_<date>.csv`), true);
    const reports = new ReportStore(lab.stateDir.reportsDir);
    let told = "";
    await until(async () => {
      const report = await reports.reportOrNull(projectReportId(job.equipment_id, "Cortex Q3"));
      told = JSON.stringify(await report?.read() ?? "");
      return told.includes("overridden by asmith");
    }, { what: "the report to tell of the override" });
    assert.match(told, /held: names to fix \(1 finding: /);
    assert.doesNotMatch(told, /unresolved_placeholder_token/, "rules go by their titles");

    await control.revokeOverride(run, { id: override!.id, operator: "boss", reason: "no" });
    await writeFiles(run, { "new_<date>.csv": "c\n" });
    const { job: again } = await control.enqueue(run);
    assert.equal(again.hold, "gate");
    assert.equal(again.generation, 2);
  },
);

testWith(["anyNames"], "a held run goes by itself when its tree is mended", async () => {
  await using audited = await openAudited();
  const { run, job } = await audited.heldRun();
  await Deno.rename(`${run}/scan_<date>.csv`, `${run}/scan_2026-04-17.csv`);
  await audited.untilVerified(job);
  assert.equal((await readCreation(recordPath(run, "creation.json"))).sync_status, "synced");
});

testWith(["anyNames"], "the background audit lists findings of runs nobody enqueued", async () => {
  await using audited = await openAudited();
  const { lab, control } = audited;
  const run = await lab.makeRun(BAD);
  await until(
    async () => (await control.problems()).findings.some(({ run_path }) => run_path === run),
    { what: "the finding" },
  );
  const { hard, findings } = await control.problems();
  assert.equal(hard, 1);
  assert.equal(findings[0]?.matched_token, "<date>");
});

testWith(
  ["anyNames"],
  "a run that was proven before a finding stays proven, and the finding says so",
  async () => {
    await using audited = await openAudited();
    const { lab, control } = audited;
    const run = await lab.makeRun({ "a.csv": "1\n" });
    const { job } = await control.enqueue(run);
    await audited.untilVerified(job);
    await writeFiles(run, BAD);
    await until(
      async () => (await control.problems()).findings.some((one) => one.tier === "hard"),
      { what: "the finding" },
    );
    const hard = (await control.problems()).findings.filter((one) => one.tier === "hard");
    assert.deepEqual(hard.map((one) => one.synced_under_prior_policy), [true]);
    assert.equal((await control.job(job.id)).state, "verified");
  },
);

testWith(
  ["anyNames"],
  "shipRun refuses a folder with a hard finding before the destination is touched, unless told",
  async () => {
    await using lab = await openLab();
    const run = await lab.makeRun(BAD);
    const options = {
      dir: run,
      transport: createTransport({ type: "mount", path: lab.join("inbox") }),
      stateDir: lab.stateDir,
      initDestination: false,
      uploadMbps: null,
      onProgress: () => {},
      signal: new AbortController().signal,
    };
    await assert.rejects(shipRun({ ...options, gate: true }), { code: "gate_blocked" });
    assert.equal(await isThere(lab.join("inbox")), false);
    assert.equal((await shipRun({ ...options, gate: false })).state, "verified");
  },
);

testWith(["anyNames"], "overrides answers for runs of the lab only, whoever asks", async () => {
  await using audited = await openAudited();
  const { lab, control } = audited;
  const run = await lab.makeRun(BAD);
  assert.deepEqual(await control.overrides(run), []);
  const elsewhere = lab.join("elsewhere/Run_2026-04-17T14-32");
  await Deno.mkdir(`${elsewhere}/.exlab-wizard`, { recursive: true });
  await Deno.copyFile(recordPath(run, "creation.json"), recordPath(elsewhere, "creation.json"));
  await assert.rejects(control.overrides(elsewhere), { code: "unknown_run" });
});
