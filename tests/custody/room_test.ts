/** Letting go by need: a small disk of its own, and a NAS on another. */
import assert from "node:assert/strict";
import { missingRoom, roomAt, roomNear, roomOrNull } from "../../lib/custody/free_space.ts";
import { requireRoom } from "../../lib/custody/restore_target.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { filesBelow, noise } from "../contract/stage.ts";
import { assertProven } from "../support/far_proof.ts";
import { openLab } from "../support/lab.ts";
import { labferry } from "../support/lab_programs.ts";
import { testWith } from "../support/needs.ts";
import { tempDir } from "../support/temp_dir.ts";
import { smallDisk } from "../support/tmpfs.ts";
import { until } from "../support/until.ts";

const MB = 1_000_000;

Deno.test("missingRoom asks for the larger of bytes and percent, and for nothing when there is room", () => {
  const disk = { device: 1, totalBytes: 1_000, freeBytes: 100 };
  const policy = (keepFreeBytes: number | null, keepFreePercent: number | null) => ({
    keepFreeBytes,
    keepFreePercent,
  });
  assert.equal(missingRoom(disk, policy(150, null)), 50);
  assert.equal(missingRoom(disk, policy(null, 20)), 100);
  assert.equal(missingRoom(disk, policy(150, 20)), 100);
  assert.equal(missingRoom(disk, policy(100, 10)), 0);
  assert.equal(missingRoom(disk, policy(50, null)), 0);
});

Deno.test("roomAt tells of the disk that a folder is on", async () => {
  const { totalBytes, freeBytes, device } = await roomAt("/");
  assert.ok(totalBytes >= freeBytes && freeBytes > 0);
  assert.equal(device, (await Deno.stat("/")).dev);
});

Deno.test("requireRoom names all that is needed, so that what is free is less than it", async () => {
  await using dir = await tempDir("labferry-room-");
  const target = { dir: dir.path, stageDir: dir.join("stage"), [Symbol.dispose]() {} };
  const { freeBytes } = await roomAt(dir.path);
  const files = [{ path: "large.tif", sizeBytes: freeBytes }];
  await assert.rejects(
    () => requireRoom(target, { files, signal: AbortSignal.timeout(10_000) }),
    /no room .* of 1 file would come, 1\.0 MB are needed beside them, .* are free/,
  );
});

Deno.test("roomOrNull and roomNear know what to say of a folder that is gone", async () => {
  await using dir = await tempDir("labferry-room-");
  assert.equal(await roomOrNull(dir.join("gone/deep")), null);
  assert.equal((await roomNear(dir.join("gone/deep"))).device, (await roomAt(dir.path)).device);
});

Deno.test("with keep_free a run whose folder a person renamed ends nothing, and others go", async () => {
  await using lab = await openLab({
    moreYaml: [
      "verify: { min_gap_hours: 0 }",
      "nas_cleanup: { enabled: true, min_age_hours: 0, min_verify_passes: 1, " +
      "keep_free_gb: 1000000, allow_same_disk: true }",
    ].join("\n"),
  });
  const init = await labferry(lab, ["destination", "init"]);
  assert.equal(init.code, 0, init.stderr);
  const [renamed, other] = [
    await lab.makeRun({ "a.raw": "a" }),
    await lab.makeRun({ "b.raw": "b" }),
  ];
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  await daemon.control.enqueue(renamed);
  await daemon.control.pin(renamed, true);
  await until(async () => (await daemon.control.job(renamed)).verified_at !== null, {
    what: "the first run to be proven",
  });
  await Deno.rename(renamed, `${renamed}-by-hand`);
  await daemon.control.pin(renamed, false);
  await daemon.control.enqueue(other);
  await until(async () => (await daemon.control.job(other)).state === "cleaned", {
    what: "the other run to go",
  });
  assert.equal((await daemon.control.job(renamed)).state, "verified");
});

testWith(
  ["tmpfs"],
  "with keep_free only as many copies go as the disk needs, the longest proven first",
  async () => {
    await using disk = await smallDisk(40_000);
    await using lab = await openLab({
      dataRoot: `${disk.path}/data`,
      moreYaml: [
        "verify: { min_gap_hours: 0 }",
        "nas_cleanup: { enabled: true, min_age_hours: 0, min_verify_passes: 1, keep_free_percent: 60 }",
      ].join("\n"),
    });
    const init = await labferry(lab, ["destination", "init"]);
    assert.equal(init.code, 0, init.stderr);
    const runs: string[] = [];
    for (let i = 0; i < 4; i++) runs.push(await lab.makeRun({ "a.raw": noise(7 * MB, i) }));
    // Four times 7 of 40 MB: 12 are free, 24 have to be, so two have to go.
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    for (const run of runs) {
      await daemon.control.enqueue(run);
      if (run === runs[0]) await daemon.control.pin(run, true);
      await until(async () => (await daemon.control.job(run)).verified_at !== null, {
        what: `${run} to be proven`,
      });
    }
    const states = () =>
      Promise.all(runs.map(async (run) => (await daemon.control.job(run)).state));
    await until(async () => (await states()).filter((state) => state === "cleaned").length >= 2, {
      what: "two to go",
    });
    const room = await roomAt(disk.path);
    assert.ok(room.freeBytes >= 0.6 * room.totalBytes);
    // The oldest is kept by a person; the next two went, and the last stays: there is room.
    const now = await states();
    assert.deepEqual(now, ["verified", "cleaned", "cleaned", "verified"]);
    assert.deepEqual(await dataOf(runs[3]!), ["a.raw"]);
    for (const run of runs) await assertProven(lab.farRun(run));
  },
);

testWith(
  ["tmpfs"],
  "a deletion that makes no room is the last on its disk, and status says so",
  async () => {
    await using disk = await smallDisk(40_000);
    await using lab = await openLab({
      dataRoot: `${disk.path}/data`,
      moreYaml: [
        "verify: { min_gap_hours: 0 }",
        "nas_cleanup: { enabled: true, min_age_hours: 0, min_verify_passes: 1, keep_free_percent: 80 }",
      ].join("\n"),
    });
    const init = await labferry(lab, ["destination", "init"]);
    assert.equal(init.code, 0, init.stderr);
    const runs: string[] = [];
    for (let i = 0; i < 3; i++) {
      const run = await lab.makeRun({ "a.raw": noise(7 * MB, i) });
      // A snapshot would do the same: the name goes, the blocks stay.
      await Deno.link(`${run}/a.raw`, `${disk.path}/kept-${i}`);
      runs.push(run);
    }
    await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    for (const run of runs) await daemon.control.enqueue(run);
    await until(
      async () => (await daemon.control.status()).storage.some((one) => one.no_space_gained),
      {
        what: "the disk to be given up",
      },
    );
    await until(async () => (await daemon.control.status()).counts["verified"] === 2, {
      what: "the others to be safe",
    });
    assert.equal((await daemon.control.status()).counts["cleaned"], 1);
    const { stdout } = await labferry(lab, ["status"]);
    assert.match(stdout, /deleting made no room/);
  },
);

async function dataOf(run: string): Promise<string[]> {
  return (await filesBelow(run)).filter((path) => !path.startsWith(".exlab-wizard/"));
}
