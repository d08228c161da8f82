import assert from "node:assert/strict";
import { createTransport, startDaemon } from "../../lib/daemon/mod.ts";
import { shipRun } from "../../lib/ship/mod.ts";
import { readCreation, recordPath } from "../../lib/records/mod.ts";
import { type Lab, openLab, writeFiles } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";
import { testWith } from "../support/needs.ts";

/** A daemon that audits every second, so that what changes by itself is seen soon. */
function daemonOf(lab: Lab) {
  return startDaemon({
    config: { ...lab.config, sync: { ...lab.config.sync, scanSeconds: 1 } },
    stateDir: lab.stateDir,
  });
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
    await using lab = await openLab();
    await markDestinations(lab);
    await using daemon = await daemonOf(lab);
    const run = await lab.makeRun(BAD);
    const { job } = await daemon.control.enqueue(run);
    assert.equal(job.hold, "gate");
    assert.match(job.hold_reason ?? "", /unresolved_placeholder_token/);
    assert.equal(
      (await readCreation(recordPath(run, "creation.json"))).sync_status,
      "blocked_by_validation",
    );
    const held = (await daemon.control.history(job.id)).find(({ kind }) => kind === "held");
    const [finding] = held?.detail["findings"] as { token: string }[];
    assert.equal(finding?.token, "<date>");
    assert.equal(await isThere(lab.farRun(run)), false);
  },
);

testWith(
  ["anyNames"],
  "a run held by the gate goes by itself after an override, and is held again after its revocation",
  async () => {
    await using lab = await openLab();
    await markDestinations(lab);
    await using daemon = await daemonOf(lab);
    const run = await lab.makeRun(BAD);
    const { job } = await daemon.control.enqueue(run);
    const [override] = await daemon.control.addOverride(run, LET_PASS);
    assert.equal(override?.state, "active");
    await until(async () => (await daemon.control.job(job.id)).state === "verified", {
      what: "the run to be verified",
    });
    assert.equal(await isThere(`${lab.farRun(run)}/scan_<date>.csv`), true);

    await daemon.control.revokeOverride(run, { id: override!.id, operator: "boss", reason: "no" });
    await writeFiles(run, { "new_<date>.csv": "c\n" });
    const { job: again } = await daemon.control.enqueue(run);
    assert.equal(again.hold, "gate");
    assert.equal(again.generation, 2);
  },
);

testWith(["anyNames"], "a held run goes by itself when its tree is mended", async () => {
  await using lab = await openLab();
  await markDestinations(lab);
  await using daemon = await daemonOf(lab);
  const run = await lab.makeRun(BAD);
  const { job } = await daemon.control.enqueue(run);
  assert.equal(job.hold, "gate");
  await Deno.rename(`${run}/scan_<date>.csv`, `${run}/scan_2026-04-17.csv`);
  await until(async () => (await daemon.control.job(job.id)).state === "verified", {
    what: "the run to be verified",
  });
  assert.equal((await readCreation(recordPath(run, "creation.json"))).sync_status, "synced");
});

testWith(["anyNames"], "the background audit lists findings of runs nobody enqueued", async () => {
  await using lab = await openLab();
  await markDestinations(lab);
  await using daemon = await daemonOf(lab);
  const run = await lab.makeRun(BAD);
  await until(
    async () => (await daemon.control.problems()).findings.some(({ run_path }) => run_path === run),
    { what: "the finding" },
  );
  const { hard, findings } = await daemon.control.problems();
  assert.equal(hard, 1);
  assert.equal(findings[0]?.matched_token, "<date>");
});

testWith(
  ["anyNames"],
  "a run that was proven before a finding stays proven, and the finding says so",
  async () => {
    await using lab = await openLab();
    await markDestinations(lab);
    await using daemon = await daemonOf(lab);
    const run = await lab.makeRun({ "a.csv": "1\n" });
    const { job } = await daemon.control.enqueue(run);
    await until(async () => (await daemon.control.job(job.id)).state === "verified", {
      what: "the run to be verified",
    });
    await writeFiles(run, BAD);
    await until(
      async () => (await daemon.control.problems()).findings.some((one) => one.tier === "hard"),
      { what: "the finding" },
    );
    const hard = (await daemon.control.problems()).findings.filter((one) => one.tier === "hard");
    assert.deepEqual(hard.map((one) => one.synced_under_prior_policy), [true]);
    assert.equal((await daemon.control.job(job.id)).state, "verified");
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
  await using lab = await openLab();
  await markDestinations(lab);
  await using daemon = await daemonOf(lab);
  const run = await lab.makeRun(BAD);
  assert.deepEqual(await daemon.control.overrides(run), []);
  const elsewhere = lab.join("elsewhere/Run_2026-04-17T14-32");
  await Deno.mkdir(`${elsewhere}/.exlab-wizard`, { recursive: true });
  await Deno.copyFile(recordPath(run, "creation.json"), recordPath(elsewhere, "creation.json"));
  await assert.rejects(daemon.control.overrides(elsewhere), { code: "unknown_run" });
});
