/** How much waits is known before a run was listed: while a NAS is off nothing lists it. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { SENTINEL, SOON } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { until } from "../support/until.ts";

Deno.test("a run that names or its destination hold up has the size that was seen of it", async () => {
  await using lab = await openLab({
    equipment: { PLATE_01: "mount", FLOW_01: "mount" },
    signals: { PLATE_01: SENTINEL, FLOW_01: SENTINEL },
    syncYaml: SOON,
  });
  const names = { PLATE_01: "CON.txt", FLOW_01: "a.dat" };
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  for (const [equipment, name] of Object.entries(names)) {
    await lab.makeRun({ [name]: "alpha", "b.dat": "beta", "done.flag": "" }, { equipment });
  }
  // Neither destination is marked.
  await until(async () => {
    const { jobs } = await daemon.control.status();
    return jobs.length === 2 && jobs.every(({ hold }) => hold !== null);
  }, { what: "both to be held up" });
  const { jobs } = await daemon.control.status();
  for (const { equipment_id, hold, files, bytes } of jobs) {
    const why = equipment_id === "PLATE_01" ? "gate" : "destination";
    assert.deepEqual([equipment_id, hold, files, bytes], [equipment_id, why, 3, 9]);
  }
  const unsafe = Object.keys(names).map((one) => `labferry_unsafe_bytes{equipment="${one}"} 9\n`);
  const url = new URL("/metrics", daemon.url);
  // The first heartbeat may have summed up the runs before there was one.
  await until(async () => {
    const text = await (await fetch(url)).text();
    return unsafe.every((line) => text.includes(line));
  }, { what: "them to be counted" });
});
