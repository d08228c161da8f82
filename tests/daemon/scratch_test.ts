import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { openLab } from "../support/lab.ts";

Deno.test("startDaemon clears the scratch folders of the dead, and leaves those of the living", async () => {
  await using lab = await openLab();
  const { scratchDir } = lab.stateDir;
  const living = `job-${Deno.ppid}-abc`;
  const dead = "job-4194304-abc"; // beyond the largest process id there is
  for (const name of [living, dead, "job-old"]) await Deno.mkdir(`${scratchDir}/${name}`);
  await using _daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  const left = [...Deno.readDirSync(scratchDir)].map(({ name }) => name);
  assert.deepEqual(left, [living]);
});
