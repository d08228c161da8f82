/** What a queue made anew believes of the records. */
import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { destinationsOf, openControl, rebuildQueue } from "../../lib/daemon/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { mutateCreation, recordPath } from "../../lib/records/mod.ts";
import { openLab } from "../support/lab.ts";

Deno.test("rebuildQueue believes cleaned only of a run that holds no data", async () => {
  await using lab = await openLab();
  const [gone, kept] = [await lab.makeRun({}), await lab.makeRun({ "sub/a.dat": "alpha" })];
  await Deno.mkdir(`${gone}/empty`);
  for (const run of [gone, kept]) {
    await mutateCreation(
      recordPath(run, "creation.json"),
      (creation) => ({ ...creation, sync_status: "cleaned" as const }),
    );
  }
  using queue = Queue.open(lab.stateDir.queueFile);
  const destinations = destinationsOf(
    lab.config,
    new KnownDestinations(lab.stateDir.path),
    systemClock,
  );
  assert.equal((await rebuildQueue(queue, destinations, lab.config)).jobs, 2);
  assert.deepEqual(
    [gone, kept].map((run) => queue.jobs.byRun(run)?.state),
    ["cleaned", "queued"],
  );
});

Deno.test("a pin outlives the queue", async () => {
  await using lab = await openLab();
  const runs = [await lab.makeRun({ "a.dat": "alpha" }), await lab.makeRun({ "b.dat": "beta" })];
  {
    using opened = await openControl(lab.config, lab.stateDir);
    for (const run of runs) {
      await opened.control.enqueue(run);
      await opened.control.pin(run, true);
    }
    await opened.control.pin(runs[1]!, false);
  }
  for (const run of runs) {
    await mutateCreation(
      recordPath(run, "creation.json"),
      (creation) => ({ ...creation, sync_status: "synced" as const }),
    );
  }
  Queue.setAside(lab.stateDir.queueFile);
  using queue = Queue.open(lab.stateDir.queueFile);
  const destinations = destinationsOf(
    lab.config,
    new KnownDestinations(lab.stateDir.path),
    systemClock,
  );
  await rebuildQueue(queue, destinations, lab.config);
  assert.deepEqual(runs.map((run) => queue.jobs.byRun(run)?.pinned), [true, false]);
});
