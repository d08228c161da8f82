import assert from "node:assert/strict";
import { HoldWatch } from "../../lib/daemon/hold_watch.ts";
import { holdStateDir, openStateDir, type StateDir } from "../../lib/daemon/state_dir.ts";
import type { FileLock } from "../../lib/disk/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { testWith } from "../support/needs.ts";

function watchOf(hold: FileLock, stateDir: StateDir): HoldWatch {
  const watch = new HoldWatch({ hold, stateDir, restMs: 5 }, { log: () => {} });
  watch.start();
  return watch;
}

testWith(
  ["unix"],
  "HoldWatch tells when the state directory was deleted under the service",
  async () => {
    await using dir = await tempDir();
    const stateDir = await openStateDir(dir.join("state"));
    using hold = await holdStateDir(stateDir);
    await using watch = watchOf(hold, stateDir);
    assert.equal(hold.isStillNamed(), true);
    await Deno.remove(stateDir.path, { recursive: true });
    assert.equal((await watch.lost).code, "state_dir_lost");
  },
);

testWith(["unix"], "HoldWatch tells when another lock file took the name", async () => {
  await using dir = await tempDir();
  const stateDir = await openStateDir(dir.join("state"));
  using hold = await holdStateDir(stateDir);
  await using watch = watchOf(hold, stateDir);
  await Deno.remove(hold.path);
  await Deno.writeTextFile(hold.path, "");
  assert.equal((await watch.lost).code, "state_dir_lost");
});
