/** The disk of the state directory is full: a clear state, and work goes on when there is room. */
import assert from "node:assert/strict";
import { LabferryError } from "../../lib/base/mod.ts";
import { daemonControl } from "../../lib/daemon/mod.ts";
import { noise } from "../contract/stage.ts";
import { assertProven } from "../support/far_proof.ts";
import { openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { until } from "../support/until.ts";

testWith(
  ["tmpfs", "sha256sum"],
  "the daemon lives through a full state disk and goes on when there is room",
  async () => {
    await using disk = await smallDisk(16 * 1024);
    await using lab = await openLab({
      stateDir: disk.join("state"),
      transportYaml: "bandwidth: { upload_mbps: 16 }",
    });
    assert.equal((await labferry(lab, ["destination", "init"])).code, 0);
    await using daemon = await startLabDaemon(lab);
    const control = await daemonControl(lab.stateDir);
    const runs = [
      await lab.makeRun({ "big.raw": noise(6_000_000, 1), ...small() }),
      await lab.makeRun({ "a.dat": "a", ...small() }),
    ];
    await control.enqueue(runs[0]!);
    await until(async () => (await control.job(runs[0]!)).state === "running", {
      what: "the transfer",
    });
    await disk.fill();
    await assert.rejects(control.enqueue(runs[1]!), (error) => {
      assert.ok(error instanceof LabferryError);
      assert.equal(error.code, "queue_full_disk", error.message);
      return true;
    });
    await until(() => daemon.stderr().includes("disk"), {
      limitMs: 30_000,
      what: () => `it to say that the disk is full; it said: ${daemon.stderr()}`,
    });
    // Reading still works, and says what is true.
    assert.notEqual((await control.job(runs[0]!)).state, "verified");
    await Deno.remove(disk.join("ballast"));
    await control.enqueue(runs[1]!);
    await control.retryAll();
    await until(async () => (await control.jobs({ states: ["verified"] })).length === 2, {
      limitMs: 40_000,
      what: () => `both runs; the daemon said ${daemon.stderr()}`,
    });
    for (const run of runs) {
      assert.equal((await control.job(run)).attempts, 0);
      await assertProven(lab.farRun(run));
    }
    daemon.signal("SIGTERM");
    assert.equal((await daemon.ended).code, 0, daemon.stderr());
  },
);

function small(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`tiles/${i}.raw`, `${i}`]));
}
