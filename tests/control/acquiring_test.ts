import assert from "node:assert/strict";
import { join } from "node:path";
import { acquiringView } from "../../lib/control/acquiring.ts";
import { Queue, type SeenRow } from "../../lib/queue/mod.ts";
import { RECORDS_DIR, writeFileRun } from "../../lib/records/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("a run that is files is shown in the instrument's folder, any other where it is", async () => {
  await using dir = await tempDir("labferry-acquiring-");
  const stateDir = dir.path;
  using queue = Queue.open(dir.join("queue.db"));
  const folder = "/data/Xcalibur";
  const ofFiles = join(stateDir, "runs/ORBI_01/Lipids/Runs/Run_2026-04-17T14-32_a");
  const members = { match: "*.raw", group: "stem", key: "a" };
  const run = { folder, members, firstSeenAt: AT };
  await Deno.mkdir(join(ofFiles, RECORDS_DIR), { recursive: true });
  await writeFileRun(ofFiles, run);
  // What lies elsewhere is not looked at: it may be on a share that hangs.
  const elsewhere = dir.join("data/ORBI_01/Lipids/Runs/Run_2026-04-17T14-33");
  await Deno.mkdir(join(elsewhere, RECORDS_DIR), { recursive: true });
  await writeFileRun(elsewhere, run);
  const where = [ofFiles, elsewhere].map((runPath) => {
    const { run_path, data_path } = acquiringView(rowOf(runPath), { queue, stateDir });
    return [run_path, data_path];
  });
  assert.deepEqual(where, [[ofFiles, folder], [elsewhere, elsewhere]]);
});

const AT = "2026-04-17T14:32:11Z";

function rowOf(runPath: string): SeenRow {
  return {
    runPath,
    equipmentId: "ORBI_01",
    folder: null,
    phase: "acquiring",
    firstSeenAt: AT,
    files: 1,
    bytes: 5,
    fingerprint: "1",
    takenFingerprint: null,
    checkedGeneration: null,
    changedAt: AT,
    changedObservedMs: 0,
    lookedAt: AT,
    lookedObservedMs: 0,
    waitsFor: "quiet",
    isExisting: false,
    hasAppeared: false,
  };
}
