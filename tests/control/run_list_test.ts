/** The list of runs over the control: what may be asked, and cursors as texts. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { openLab } from "../support/lab.ts";

Deno.test("runs are listed by pages whose cursors are opaque, and what is no filter is refused", async () => {
  await using lab = await openLab();
  const config = { ...lab.config, sync: { ...lab.config.sync, enabled: false } };
  await using daemon = await startDaemon({ config, stateDir: lab.stateDir });
  const { control } = daemon;
  for (let i = 0; i < 3; i++) await control.enqueue(await lab.makeRun({ "a.csv": String(i) }));
  const first = await control.runs({ limit: 2 });
  assert.deepEqual([first.runs.length, first.total, first.previous], [2, 3, null]);
  assert.match(first.next!, /^[\w-]+$/);
  const second = await control.runs({ limit: 2, cursor: first.next! });
  assert.deepEqual([second.runs.length, second.next], [1, null]);
  const back = await control.runs({ limit: 2, cursor: second.previous! });
  assert.deepEqual(back.runs.map(({ id }) => id), first.runs.map(({ id }) => id));
  const today = new Date();
  const day = [today.getFullYear(), today.getMonth() + 1, today.getDate()]
    .map((part) => String(part).padStart(2, "0")).join("-");
  assert.equal((await control.runs({ limit: 9, from: day, until: day })).total, 3);
  assert.equal((await control.runs({ limit: 9, until: "2020-01-01" })).total, 0);
  for (
    const wrong of [
      { from: "2026-06-31" },
      { outcome: "fine" },
      { state: "lost" },
      { order: "random" },
      { from: "yesterday" },
      { cursor: "%%%" },
      { cursor: "WzEsMl0" },
    ]
  ) await assert.rejects(control.runs({ limit: 2, ...wrong }), { code: "usage" });
});
