/** The destination as it is in life: swapped, mirrored, shared, read-only sources, odd names. */
import assert from "node:assert/strict";
import { hostname } from "node:os";
import { lockRun } from "../../lib/sync/mod.ts";
import { IDENTITY_FILE, type Transport } from "../../lib/transports/mod.ts";
import { exists, filesBelow } from "../contract/stage.ts";
import { assertProven, assertSameRun, syncStatus } from "../support/far_proof.ts";
import { testWith } from "../support/needs.ts";
import { startSshd } from "../support/sshd.ts";
import { overSsh } from "./over_ssh.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { openBench } from "./bench.ts";
import { type FarCall, watched, type Watcher } from "./watched_transport.ts";

const FILES = { "a.dat": "alpha", "b.dat": "beta" };

Deno.test("deliver holds a run whose destination has lost its mark, and writes nothing", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  const base = bench.lab.farBase("PLATE_01");
  await Deno.remove(`${base}/${IDENTITY_FILE}`);
  const job = await bench.deliver(run);
  assert.deepEqual(
    [job.state, job.attempts, job.lastError?.code],
    ["queued", 0, "destination_unmarked"],
  );
  assert.equal(bench.effects.at(-1)?.type, "open_breaker");
  assert.deepEqual(await filesBelow(base), []);
});

testWith(["links"], "deliver never takes the run's own folder for its far copy", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  const project = run.slice(0, run.lastIndexOf("/Runs/"));
  const records = await filesBelow(`${run}/.exlab-wizard`);
  const base = await Deno.readTextFile(`${bench.lab.farBase("PLATE_01")}/${IDENTITY_FILE}`);
  await Deno.writeTextFile(`${project}/../${IDENTITY_FILE}`, base);
  await Deno.remove(bench.lab.farBase("PLATE_01"), { recursive: true });
  await Deno.symlink(`${project}/..`, bench.lab.farBase("PLATE_01"));
  const job = await bench.deliver(run);
  assert.deepEqual([job.state, job.lastError?.code], ["failed", "destination_conflict"]);
  assert.match(job.lastError!.message, /own folder/);
  const left = await filesBelow(`${run}/.exlab-wizard`);
  assert.deepEqual(
    left.filter((name) => !records.includes(name)).filter((n) => !n.endsWith(".lock")),
    [],
  );
});

testWith(
  ["links"],
  "deliver follows no link and waits for no FIFO among the run's own records",
  async () => {
    for (const name of ["transfer.lock", `wizard.${hostname()}.log`]) {
      for (const kind of ["link", "fifo"] as const) {
        await using bench = await openBench();
        const run = await bench.lab.makeRun(FILES);
        bench.enqueue(run);
        const path = `${run}/.exlab-wizard/${name}`;
        await Deno.remove(path).catch((error) => {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        });
        const victim = bench.lab.join("victim");
        if (kind === "link") await Deno.symlink(victim, path);
        else assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
        const job = await bench.deliver(run);
        // A log that cannot be written holds no run back; a lock that cannot be taken does.
        assert.equal(job.state === "verified", name !== "transfer.lock", `${name} ${kind}`);
        assert.equal(await exists(victim), false, `${name} ${kind}`);
      }
    }
  },
);

Deno.test("deliver holds a run whose destination became another under way", async () => {
  for (const moment of ["push", "hash", "list"] as const) {
    let watcher: Watcher = () => {};
    await using bench = await openBench({ wrap: (t) => watched(t, (call) => watcher(call)) });
    const run = await bench.lab.makeRun(FILES);
    bench.enqueue(run);
    const marker = `${bench.lab.farBase("PLATE_01")}/${IDENTITY_FILE}`;
    const ours = await Deno.readTextFile(marker);
    const after: FarCall[] = [];
    let swapped = false;
    watcher = async (call) => {
      if (swapped) after.push(call);
      if (
        swapped || call.op !== moment || (moment === "list" && !await exists(bench.lab.farRun(run)))
      ) return;
      swapped = true;
      await Deno.writeTextFile(marker, ours.replace(/"uuid": "[^"]+"/, `"uuid": "another"`));
    };
    const job = await bench.deliver(run);
    const told = `${moment}: ${JSON.stringify(job.lastError)}`;
    assert.deepEqual([job.attempts, job.lastError?.code], [0, "destination_identity"], told);
    assert.equal(job.verifyPasses, 0, told);
    assert.deepEqual(after.filter(({ op }) => op === "push" || op === "putFiles"), [], told);
    watcher = () => {};
    await Deno.writeTextFile(marker, ours);
    assert.equal((await bench.deliver(run)).state, "verified", moment);
  }
});

Deno.test("deliver puts a run back uncharged while somebody else works on it", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun(FILES);
  bench.enqueue(run);
  {
    using lock = await lockRun(run, { stateDir: bench.lab.stateDir.path });
    assert.ok(lock);
    const job = await bench.deliver(run);
    assert.deepEqual([job.state, job.attempts, job.sealedAt], ["queued", 0, null]);
    assert.equal(await exists(bench.lab.farRun(run)), false);
  }
  assert.equal((await bench.deliver(run)).state, "verified");
});

Deno.test("deliver mirrors the whole path: two projects with a run in the same minute", async () => {
  await using bench = await openBench();
  const leaf = "Run_2026-04-17T14-32";
  const first = await bench.lab.makeRun({ "a.dat": "one" }, { project: "Cortex Q3", leaf });
  const second = await bench.lab.makeRun({ "a.dat": "two" }, { project: "Retina", leaf });
  for (const run of [first, second]) {
    bench.enqueue(run);
    assert.equal((await bench.deliver(run)).state, "verified");
  }
  const base = bench.lab.farBase("PLATE_01");
  assert.equal(await Deno.readTextFile(`${base}/Cortex Q3/Runs/${leaf}/a.dat`), "one");
  assert.equal(await Deno.readTextFile(`${base}/Retina/Runs/${leaf}/a.dat`), "two");
});

Deno.test("deliver takes the records above the run along, and the far record says synced", async () => {
  await using bench = await openBench();
  const run = await bench.lab.makeRun({ ...FILES, "empty/.keep": "" });
  await Deno.remove(`${run}/empty/.keep`);
  bench.enqueue(run);
  await bench.deliver(run);
  const base = bench.lab.farBase("PLATE_01");
  assert.equal(await syncStatus(bench.lab.farRun(run)), "synced");
  const there = await filesBelow(base);
  for (
    const record of [
      ".exlab-wizard/equipment.json",
      "Cortex Q3/.exlab-wizard/creation.json",
      "Cortex Q3/Runs/.exlab-wizard/runs.json",
    ]
  ) assert.ok(there.includes(record), `${record} is not among ${there}`);
  assert.deepEqual(there.filter((path) => /\.(lock|tmp)$/.test(path)), []);
  assert.ok((await Deno.stat(`${bench.lab.farRun(run)}/empty`)).isDirectory);
});

testWith(
  ["links"],
  "deliver verifies nothing while the run's record cannot be written, and mends it after",
  async () => {
    let watcher: Watcher = () => {};
    await using bench = await openBench({ wrap: (t) => watched(t, (call) => watcher(call)) });
    const run = await bench.lab.makeRun(FILES);
    bench.enqueue(run);
    const record = `${run}/.exlab-wizard/creation.json`;
    watcher = async ({ op }) => {
      // The record's name becomes a link between the push and the proof.
      if (op === "hash" && !await exists(`${record}.away`)) {
        await Deno.rename(record, `${record}.away`);
        await Deno.symlink(`${record}.away`, record);
      }
    };
    const stopped = await bench.deliver(run);
    const hasManifest = await exists(`${bench.lab.farRun(run)}/.exlab-wizard/checksums.sha256`);
    await Deno.remove(record);
    await Deno.rename(`${record}.away`, record);
    watcher = () => {};
    assert.notEqual(stopped.state, "verified", JSON.stringify(stopped.lastError));
    assert.equal(hasManifest, false);
    assert.equal((await bench.deliver(run)).state, "verified");
    assert.deepEqual([await syncStatus(run), await syncStatus(bench.lab.farRun(run))], [
      "synced",
      "synced",
    ]);
  },
);

testWith(["tmpfs", "sha256sum"], "deliver proves a run on a read-only disk", async () => {
  await using disk = await smallDisk(4096);
  await using bench = await openBench({ dataRoot: disk.path });
  const run = await bench.lab.makeRun(FILES);
  remount(disk.path, "ro");
  bench.enqueue(run);
  const job = await bench.deliver(run);
  assert.equal(job.state, "verified", JSON.stringify(job.lastError));
  await assertProven(bench.lab.farRun(run));
  assert.equal(await exists(`${run}/.exlab-wizard/checksums.sha256`), false);
  const kept = `${bench.lab.stateDir.manifestsDir}/${job.id}/.exlab-wizard/checksums.sha256`;
  assert.match(await Deno.readTextFile(kept), /a\.dat/);
  assert.equal(await syncStatus(run), "pending", "nobody could change it");
  assert.equal(await syncStatus(bench.lab.farRun(run)), "synced", "the far copy can say so");
});

const ODD_NAMES = {
  " leading": "1",
  "trailing ": "2",
  "new\nline": "3",
  "back\\slash": "4",
  "\\start": "5",
  "cr\rhere": "6",
  "-dash": "7",
  "#hash": "8",
  "*star?": "9",
  "$(touch pwned)": "10",
  "umläut/日本語 😀": "11",
};

testWith(
  ["sha256sum", "linux"],
  "deliver proves odd names byte for byte over a mount",
  async () => {
    await provesOddNames();
  },
);

testWith(
  ["sha256sum", "rsync", "sshd"],
  "deliver proves odd names byte for byte over rsync",
  async () => {
    await using sshd = await startSshd();
    await provesOddNames((transport) => overSsh(sshd, transport.address));
  },
);

testWith(
  ["rclone"],
  "deliver refuses a name rclone cannot carry before anything is sent",
  async () => {
    Deno.env.set("RCLONE_CONFIG_LABNAS_TYPE", "local");
    await using bench = await openBench({ equipment: { PLATE_01: "rclone" } });
    const run = await bench.lab.makeRun({ "new\nline": "3", "a.dat": "a" });
    bench.enqueue(run);
    const job = await bench.deliver(run);
    assert.deepEqual([job.state, job.lastError?.code], ["failed", "name_not_carried"]);
    assert.equal(await exists(bench.lab.farRun(run)), false);
  },
);

async function provesOddNames(wrap?: (transport: Transport) => Transport): Promise<void> {
  await using bench = await openBench(wrap ? { wrap } : {});
  const run = await bench.lab.makeRun(ODD_NAMES);
  bench.enqueue(run);
  const job = await bench.deliver(run);
  assert.equal(job.state, "verified", JSON.stringify(job.lastError));
  assert.deepEqual([job.verification?.matched, job.verification?.extra], [11, []]);
  const far = bench.lab.farRun(run);
  await assertProven(far);
  await assertSameRun(run, far);
}

function remount(path: string, how: "ro" | "rw"): void {
  const { success } = new Deno.Command("mount", { args: ["-o", `remount,${how}`, path] })
    .outputSync();
  assert.ok(success);
}
