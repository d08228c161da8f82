import assert from "node:assert/strict";
import { createTransport, openStateDir, startDaemon } from "../../lib/daemon/mod.ts";
import { shipRun } from "../../lib/ship/mod.ts";
import { openLab } from "../support/lab.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

testWith(
  ["unix"],
  "startDaemon clears the scratch folders of the dead, and leaves those of the living",
  async () => {
    await using lab = await openLab();
    const { scratchDir } = lab.stateDir;
    const living = `job-${Deno.ppid}-abc`;
    const dead = "job-4194304-abc"; // beyond the largest process id there is
    // The living one's number, but of a process that began at another time.
    const reused = `job-${Deno.ppid}.1-abc`;
    for (const name of [living, dead, "job-old", reused, "init-x", "ask-x"]) {
      await Deno.mkdir(`${scratchDir}/${name}`);
    }
    await using _daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
    const left = [...Deno.readDirSync(scratchDir)].map(({ name }) => name);
    assert.deepEqual(left, [living]);
  },
);

Deno.test("ship clears the scratch folders of the dead as well", async () => {
  await using dir = await tempDir();
  await dir.write("run1/a.raw", "alpha");
  const stateDir = await openStateDir(dir.join("state"));
  const [own, dead] = [`job-${Deno.ppid}-abc`, "job-4194304.77-abc"];
  for (const name of [own, dead]) await Deno.mkdir(`${stateDir.scratchDir}/${name}`);
  await shipRun({
    dir: dir.join("run1"),
    transport: createTransport({ type: "mount", path: dir.join("nas") }),
    stateDir,
    initDestination: true,
    uploadMbps: null,
    gate: true,
    onProgress: () => {},
    signal: AbortSignal.timeout(60_000),
  });
  assert.deepEqual([...Deno.readDirSync(stateDir.scratchDir)].map(({ name }) => name), [own]);
});
