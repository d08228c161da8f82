/** Twenty instruments write at once, and the NAS of another one hangs: everybody's turn comes. */
import assert from "node:assert/strict";
import { daemonControl } from "../../lib/daemon/mod.ts";
import { assertProven } from "../support/far_proof.ts";
import { openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";

const INSTRUMENTS = Array.from({ length: 20 }, (_, n) => `PLATE_${String(n).padStart(2, "0")}`);
const HANGING = "FAR_01";
const RUNS_EACH = 3;
const MAX_PARALLEL = 2;

testWith(
  ["sshd", "rsync"],
  "twenty instruments are sent two at a time, each in its turn, beside a NAS that hangs",
  async () => {
    await using sshd = await startSshd();
    const all = [HANGING, ...INSTRUMENTS];
    await using lab = await openLab({
      sshd,
      equipment: Object.fromEntries(
        all.map((id) => [id, id === HANGING ? "rsync_ssh" : "mount"] as const),
      ),
      signals: Object.fromEntries(
        all.map((id) => [id, ["completeness_signal: sentinel_file", "sentinel_filename: done"]]),
      ),
      syncYaml: "scan_seconds: 1, settle_seconds: 0",
      maxParallel: MAX_PARALLEL,
    });
    const marked = await labferry(lab, ["destination", "init"]);
    assert.equal(marked.code, 0, marked.stderr);
    const make = (equipment: string) =>
      lab.makeRun({ "a.dat": `of ${equipment}`, "b.dat": "beta", done: "" }, { equipment });

    sshd.freeze();
    const hanging = [await make(HANGING), await make(HANGING)];
    await using _daemon = await startLabDaemon(lab);
    const control = await daemonControl(lab.stateDir);
    await until(async () => (await control.jobs({ equipmentId: HANGING })).length === 2, {
      what: "the runs of the NAS that hangs",
    });
    const runs: string[] = [];
    for (let n = 0; n < RUNS_EACH; n++) {
      runs.push(...await Promise.all(INSTRUMENTS.map(make)));
    }

    let most = 0;
    await until(async () => {
      const running = await control.jobs({ states: ["running", "awaiting_verify"] });
      const ids = running.map(({ equipment_id }) => equipment_id);
      assert.equal(new Set(ids).size, ids.length, `one at a time: ${ids.join(", ")}`);
      most = Math.max(most, ids.length);
      return (await control.status()).counts["verified"] === runs.length;
    }, { limitMs: 90_000, what: "all runs of the others" });
    assert.ok(most <= MAX_PARALLEL, `${most} at once`);
    for (const run of hanging) {
      const { state, attempts } = await control.job(run);
      assert.deepEqual([state === "verified" || state === "failed", attempts], [false, 0], state);
    }
    for (const run of runs) await assertProven(lab.farRun(run));
    sshd.thaw();
    await control.retryAll();
    await until(async () => (await control.status()).counts["verified"] === runs.length + 2, {
      limitMs: 60_000,
      what: "the runs of the NAS that hung",
    });
  },
);
