/** `ship`: one folder, one destination, in one go; beside others, and after a kill. */
import assert from "node:assert/strict";
import process from "node:process";
import { LabferryError } from "../../lib/base/mod.ts";
import { createTransport, type TransportChoice } from "../../lib/daemon/mod.ts";
import { shipRun } from "../../lib/ship/mod.ts";
import type { Job } from "../../lib/queue/mod.ts";
import { lockRun } from "../../lib/sync/mod.ts";
import { corrupt, noise } from "../contract/stage.ts";
import { assertProven, assertSameRun } from "../support/far_proof.ts";
import { type Lab, openLab, type RunFiles, writeFiles } from "../support/lab.ts";
import { testWith } from "../support/needs.ts";
import { withToken } from "../support/processes.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { until } from "../support/until.ts";
import { PROGRAM } from "../support/program.ts";

const FILES = { "a.dat": "alpha", "sub/b.dat": "beta" };

async function folder(lab: Lab, files: RunFiles = FILES): Promise<string> {
  const dir = lab.join("scan 7");
  await writeFiles(dir, files);
  return dir;
}

function ship(
  lab: Lab,
  dir: string,
  choice?: TransportChoice,
  acceptMissing?: { operator: string; reason: string },
): Promise<Job> {
  return shipRun({
    ...(acceptMissing ? { acceptMissing } : {}),
    dir,
    transport: createTransport(choice ?? { type: "mount", path: lab.join("backup") }),
    stateDir: lab.stateDir,
    initDestination: false,
    gate: true,
    uploadMbps: null,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
}

testWith(["sha256sum"], "shipRun takes a folder without records and proves it there", async () => {
  await using lab = await openLab();
  const dir = await folder(lab);
  const job = await ship(lab, dir);
  assert.deepEqual([job.state, job.verifyPasses, job.files], ["verified", 1, 2]);
  await assertProven(lab.join("backup/scan 7"));
  await assertSameRun(dir, lab.join("backup/scan 7"));
});

Deno.test("shipRun again proves what is there, and sends only what has changed", async () => {
  await using lab = await openLab();
  const dir = await folder(lab);
  await ship(lab, dir);
  const { ino } = await Deno.stat(lab.join("backup/scan 7/sub/b.dat"));
  assert.equal((await ship(lab, dir)).verifyPasses, 2);
  await writeFiles(dir, { "a.dat": "alpha, second version" });
  const job = await ship(lab, dir);
  assert.deepEqual([job.state, job.generation], ["verified", 2]);
  assert.equal((await Deno.stat(lab.join("backup/scan 7/sub/b.dat"))).ino, ino);
  await assertProven(lab.join("backup/scan 7"));
});

Deno.test("shipRun says when the copy it proved has been damaged since, and mends it when asked again", async () => {
  await using lab = await openLab();
  const dir = await folder(lab);
  await ship(lab, dir);
  await corrupt(lab.join("backup/scan 7/a.dat"));
  await assert.rejects(ship(lab, dir), hasCode("far_copy_damaged"));
  const job = await ship(lab, dir);
  assert.equal(job.state, "verified");
  await assertSameRun(dir, lab.join("backup/scan 7"));
});

Deno.test("shipRun goes without a lost file only when it is accepted, and its receipt names it", async () => {
  await using lab = await openLab();
  const dir = await folder(lab);
  await writeFiles(lab.join("backup/scan 7"), { "a.dat": "somebody's" });
  await assert.rejects(ship(lab, dir), hasCode("destination_conflict"));
  await Deno.remove(`${dir}/sub/b.dat`);
  for (let i = 0; i < 3; i++) await assert.rejects(ship(lab, dir), hasCode("source_vanished"));
  await Deno.remove(lab.join("backup/scan 7"), { recursive: true });
  const word = { operator: "asmith", reason: "written by mistake" };
  const job = await ship(lab, dir, undefined, word);
  assert.deepEqual([job.state, job.files], ["verified", 1]);
  const leftOut = { count: 1, names: ["sub/b.dat"], ...word };
  assert.deepEqual(job.verification?.account?.left_out, leftOut);
  assert.deepEqual((await ship(lab, dir)).verification?.account?.left_out, leftOut);
});

Deno.test("shipRun tells a folder made anew under an old name from the run that was proven", async () => {
  await using lab = await openLab();
  const dir = await folder(lab);
  await ship(lab, dir);
  await Deno.remove(dir, { recursive: true });
  await writeFiles(dir, { "a.dat": "another experiment", "c.dat": "of another day" });
  await assert.rejects(ship(lab, dir), hasCode("destination_conflict"));
  // A queue made anew knows only the folder of now; which one was proven stands over there.
  await Deno.remove(lab.stateDir.shipDir, { recursive: true });
  await Deno.mkdir(lab.stateDir.shipDir);
  for (let i = 0; i < 2; i++) {
    await assert.rejects(ship(lab, dir), hasCode("destination_conflict"));
  }
  assert.equal(await Deno.readTextFile(lab.join("backup/scan 7/a.dat")), "alpha");
  assert.deepEqual(await names(lab.join("backup/scan 7")), [".exlab-wizard", "a.dat", "sub"]);
});

Deno.test("shipRun merges no new experiment into an old one because it is asked again", async () => {
  await using lab = await openLab();
  const dir = await folder(lab);
  await ship(lab, dir);
  await Deno.remove(`${dir}/a.dat`);
  await Deno.remove(`${dir}/sub`, { recursive: true });
  await writeFiles(dir, { "c.dat": "of another day" });
  // The new queue learns the old names from over there, and must not take them for the folder's.
  await Deno.remove(lab.stateDir.shipDir, { recursive: true });
  await Deno.mkdir(lab.stateDir.shipDir);
  for (let i = 0; i < 3; i++) {
    await assert.rejects(ship(lab, dir), hasCode("destination_conflict"));
  }
  assert.deepEqual(await names(lab.join("backup/scan 7")), [".exlab-wizard", "a.dat", "sub"]);
});

Deno.test("shipRun moves what a colleague edited aside only when it was put there by us, and says so", async () => {
  await using lab = await openLab();
  const dir = await folder(lab);
  await ship(lab, dir);
  await Deno.writeTextFile(lab.join("backup/scan 7/a.dat"), "edited over there");
  await writeFiles(dir, { "a.dat": "alpha, second version" });
  const job = await ship(lab, dir);
  const { set_aside: aside } = job.verification!.account!;
  assert.deepEqual([aside.count, aside.names], [1, ["a.dat"]]);
  const kept = await Deno.readTextFile(lab.join("backup", aside.into[0]!, "a.dat"));
  assert.equal(kept, "edited over there");
});

async function names(dir: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name)).sort();
}

Deno.test("shipRun excludes a second one of the same folder to the same place", async () => {
  await using lab = await openLab();
  const dir = await folder(lab, { ...FILES, "big.raw": noise(20_000_000, 1) });
  const outcomes = await Promise.allSettled([ship(lab, dir), ship(lab, dir)]);
  const done = outcomes.filter((outcome) => outcome.status === "fulfilled");
  assert.equal(done.length, 1, JSON.stringify(outcomes.map(({ status }) => status)));
  const refused = outcomes.find((outcome) => outcome.status === "rejected")!;
  hasCode("run_busy")((refused as PromiseRejectedResult).reason);
  assert.equal((await ship(lab, dir)).state, "verified");
});

Deno.test("shipRun gives two folders of one name no chance to meet over there", async () => {
  await using lab = await openLab();
  const dir = await folder(lab, { ...FILES, "big.raw": noise(20_000_000, 1) });
  const other = lab.join("other/SCAN 7");
  await writeFiles(other, { "a.dat": "another run's", "big.raw": noise(20_000_000, 2) });
  const outcomes = await Promise.allSettled([ship(lab, dir), ship(lab, other)]);
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(refused.length, 1, JSON.stringify(outcomes.map(({ status }) => status)));
  hasCode("run_busy")(refused[0]!.reason);
});

Deno.test("shipRun says so at once when another labferry works on the folder", async () => {
  await using lab = await openLab();
  const dir = await folder(lab);
  using _lock = await lockRun(dir, { stateDir: lab.stateDir.path });
  await assert.rejects(ship(lab, dir), { code: "run_busy" });
});

testWith(
  ["rclone", "linux", "sha256sum"],
  "shipRun after a SIGKILL ends the old rclone and goes on",
  async () => {
    await using lab = await openLab();
    const dir = await folder(lab, { "big.raw": noise(8_000_000, 1), ...FILES });
    const args = ["ship", dir, "--to", `labnas:${lab.join("cloud")}`, "--init-destination"];
    const killed = new Deno.Command(Deno.execPath(), {
      args: [
        ...PROGRAM,
        ...args,
        "--bwlimit",
        "2",
        "--state-dir",
        lab.stateDir.path,
      ],
      env: { ...lab.env },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const prefix = `${lab.stateDir.tokenPrefix}-ship`;
    // The data: small records go over by a copy as well, and that one ends by itself in no time.
    const isSend = (command: string) => / copy .*--bwlimit/.test(command);
    const sends = async () => (await withToken(prefix)).filter(({ command }) => isSend(command));
    // 2 Mbit/s: the send is under way for half a minute, however busy this machine is.
    const pids = async () => (await sends()).map(({ pid }) => pid);
    await until(async () => (await pids()).length > 0, { what: "rclone to send" });
    // It would end by itself, sooner or later, when it writes to the pipe that nobody reads any more.
    const old = await pids();
    for (const pid of old) process.kill(pid, "SIGSTOP");
    killed.kill("SIGKILL");
    await killed.status;
    assert.deepEqual(await pids(), old, "it did not outlive its parent: this test proves nothing");

    const again = await new Deno.Command(Deno.execPath(), {
      args: [...PROGRAM, ...args, "--json", "--state-dir", lab.stateDir.path],
      env: { ...lab.env },
      stdin: "null",
    }).output();
    const receipt = JSON.parse(new TextDecoder().decode(again.stdout));
    assert.equal(receipt.state, "verified", JSON.stringify(receipt));
    // A dead one that nobody has buried yet is still in /proc, without its environment.
    assert.deepEqual(await sends(), [], "two writers");
    await assertProven(lab.join("cloud/scan 7"));
  },
);

testWith(["tmpfs", "sha256sum"], "shipRun proves a folder on a read-only disk", async () => {
  await using disk = await smallDisk(4096);
  await using lab = await openLab();
  await writeFiles(disk.join("scan 8"), FILES);
  const { success } = new Deno.Command("mount", { args: ["-o", "remount,ro", disk.path] })
    .outputSync();
  assert.ok(success);
  const job = await ship(lab, disk.join("scan 8"));
  assert.equal(job.state, "verified");
  await assertProven(lab.join("backup/scan 8"));
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof LabferryError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };
}
