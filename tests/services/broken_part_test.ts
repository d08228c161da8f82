import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { openLab } from "../support/lab.ts";

Deno.test("startDaemon says so when a part of it ends by a fault, and still stops in order", async () => {
  await using lab = await openLab();
  const config = { ...lab.config, sync: { ...lab.config.sync, scanSeconds: 1 } };
  await using daemon = await startDaemon({ config, stateDir: lab.stateDir });
  {
    // No trouble that passes: what the program relies on is not there.
    using queue = new DatabaseSync(lab.stateDir.queueFile);
    queue.exec("ALTER TABLE jobs RENAME TO not_jobs");
  }
  const fault = await daemon.lost;
  assert.equal(fault.code, "internal");
  assert.match(fault.message, /^A part of the service ended: .*no such table/);
  await daemon.stop();
  const log = await Deno.readTextFile(lab.stateDir.logFile);
  assert.match(log, /a part of the service ended by a fault of labferry/);
});
