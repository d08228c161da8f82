/** What roots do: links, disks that are away, others in their place. Real files, the real daemon. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type RunningDaemon, startDaemon } from "../../lib/daemon/mod.ts";
import { equipmentDir } from "../../lib/records/mod.ts";
import { jobOf, LIMIT_MS, SENTINEL, SOON, untilProven, waitingOf } from "../support/intake_lab.ts";
import { runDir, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { until } from "../support/until.ts";

async function untilFault(daemon: RunningDaemon, fault: RegExp | null): Promise<void> {
  await until(async () => {
    const [root] = (await daemon.control.status()).roots;
    return fault === null ? root === undefined : fault.test(root?.fault ?? "");
  }, { what: `the root's state to be ${fault}`, limitMs: LIMIT_MS });
}

Deno.test("runs below a root that is a link arrive, and each has one job", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.join("disk"));
  await Deno.symlink(dir.join("disk"), dir.join("data"));
  await using lab = await openLab({
    dataRoot: dir.join("data"),
    signals: { PLATE_01: SENTINEL },
    syncYaml: SOON,
  });
  await markDestinations(lab);
  const run = join(await Deno.realPath(dir.path), "disk/PLATE_01/Cortex Q3/Runs/Run_a");
  const far = join(lab.farBase("PLATE_01"), "Cortex Q3/Runs/Run_a/a.dat");
  {
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await write(run, "a.dat", "alpha");
    await write(run, "done.flag", "");
    await untilProven(daemon, run);
    assert.equal(await Deno.readTextFile(far), "alpha");
    // By the name that people know.
    const { created } = await daemon.control.complete(runDir(lab, "PLATE_01", "Run_a"));
    assert.equal(created, false);
  }
  // A queue that is lost finds the same run under the same name.
  await Deno.remove(lab.stateDir.queueFile);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await untilProven(daemon, run);
  assert.deepEqual((await daemon.control.jobs({})).map(({ run_path }) => run_path), [run]);
});

Deno.test("an equipment's folder that is a link is the root's state, with the reason", async () => {
  await using lab = await openLab({ signals: { PLATE_01: SENTINEL }, syncYaml: SOON });
  await Deno.mkdir(lab.join("elsewhere"));
  await Deno.symlink(lab.join("elsewhere"), equipmentDir(lab.dataRoot, "PLATE_01"));
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await untilFault(daemon, /PLATE_01 is a link/);
});

testWith(
  ["tmpfs"],
  "a disk that is away, and another in its place, take no run with them",
  async () => {
    await using own = await smallDisk(1024);
    // Mounted beside it: the number of a disk that is gone may be given to the next one.
    await using other = await smallDisk(1024);
    await using lab = await openLab({
      dataRoot: own.path,
      signals: { PLATE_01: SENTINEL },
      syncYaml: SOON,
    });
    await markDestinations(lab);
    const [open, proven] = ["Run_open", "Run_proven"].map((leaf) =>
      runDir(lab, "PLATE_01", leaf)
    ) as [
      string,
      string,
    ];
    const asItWas = async (daemon: RunningDaemon) => {
      assert.equal((await waitingOf(lab, open))!.files, 1);
      const job = (await jobOf(daemon, proven))!;
      assert.deepEqual([job.state, job.generation, job.last_error], ["verified", 1, null]);
      const kinds = (await daemon.control.history(proven)).map(({ kind }) => kind);
      assert.ok(!kinds.includes("local_missing"), kinds.join());
    };
    {
      await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
      await write(open, "a.dat", "alpha");
      await write(proven, "b.dat", "beta");
      await write(proven, "done.flag", "");
      await untilProven(daemon, proven);
      await until(async () => (await waitingOf(lab, open))?.files === 1, { what: "the open run" });
      own.unmount();
      await untilFault(daemon, /PLATE_01 is not there/);
      await asItWas(daemon);
      await assert.rejects(() => daemon.control.verify(proven), { code: "root_missing" });
    }
    // Another disk there, with the same folder and a run of its own, while the service was off.
    const root = lab.dataRoot;
    await Deno.remove(root);
    await Deno.symlink(other.path, root);
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    await write(join(other.path, "PLATE_01/Cortex Q3/Runs/Run_else"), "c.dat", "gamma");
    await untilFault(daemon, /another disk/);
    await asItWas(daemon);
  },
);
