/** SIGKILL while a run is brought back to another computer's share: what is half there is no data of the run. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { until } from "../support/until.ts";
import { jobsOf, provenRun, pullLab } from "./pull_lab.ts";

const FILES = 6;
const LIMIT_MS = 60_000;

testWith(
  ["namespaces"],
  "a restore killed in a pulled folder leaves no data there, and the next one ends it",
  async () => {
    await using at = await pullLab({
      signal: (share) => [
        "pull_may_delete: true",
        "completeness_signal: quiet_period",
        "quiet_minutes: 0.02",
        `intake: { watch: [${JSON.stringify(`${share}/out`)}], project: Lipids }`,
      ],
      // What comes back is held to it as well: slow enough to be met.
      transportYaml: "bandwidth: { upload_mbps: 80 }",
    });
    await at.unmountShare();
    await at.mountShare("rw");
    const run = join(at.instrument, "out/big");
    await at.space.sh(
      'mkdir -p "$1"; for n in 1 2 3 4 5 6; do dd if=/dev/urandom of="$1/$n.raw" bs=1M count=5 status=none; done',
      run,
    );
    const sums = async () => await at.space.sh('cd "$1"; sha256sum *.raw', run);
    const before = await sums();
    const staged = async () => await at.space.sh('ls -A "$1/.labferry-restore" || true', run);
    let id = "";
    {
      await using daemon = await at.start();
      id = (await provenRun(at, /_big$/)).id;
      await at.space.sh('rm "$1"/*.raw', run);
      const asked = labferry(at.lab, ["restore", id]);
      await until(async () => /\S/.test((await staged()).replace("lock", "")), {
        what: "something to come back",
        everyMs: 5,
        limitMs: LIMIT_MS,
      });
      await daemon.kill();
      assert.notEqual((await asked).code, 0);
    }
    assert.match(await staged(), /\S/);
    await using _daemon = await at.start();
    // A pass, and the look of an instrument's folder, that see what the kill left.
    await labferry(at.lab, ["verify", id]);
    const [job, ...others] = jobsOf(at);
    assert.deepEqual([others, job!.generation, job!.files], [[], 1, FILES]);
    let said = "";
    await until(async () => {
      const back = await labferry(at.lab, ["restore", id]);
      said = back.stdout + back.stderr;
      return back.code === 0;
    }, { what: () => `the run to be brought back: ${said}`, limitMs: LIMIT_MS });
    assert.equal(await sums(), before);
    assert.equal(await staged(), "");
    const proven = await provenRun(at, /_big$/);
    assert.deepEqual([proven.generation, proven.files], [1, FILES]);
  },
);
