/** What a queue made anew believes of the records. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
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
  assert.equal(
    (await rebuildQueue(queue, {
      destinations,
      config: lab.config,
      stateDir: lab.stateDir.path,
    })).jobs,
    2,
  );
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
  await rebuildQueue(queue, {
    destinations,
    config: lab.config,
    stateDir: lab.stateDir.path,
  });
  assert.deepEqual(runs.map((run) => queue.jobs.byRun(run)?.pinned), [true, false]);
});

Deno.test("a queue made anew deletes nothing of a run whose deletion did not end, and says so", async () => {
  await using lab = await openLab();
  const runs: string[] = [];
  const certificate = '{ "schema_version": "1.0", "intent": "delete the local copy" }\n';
  const sha256 = createHash("sha256").update(certificate).digest("hex");
  const outcome = (of: string) => ({
    schema_version: "1.0",
    certificate_sha256: of,
    generation: 1,
    began_at: "2026-04-17T14:32:00Z",
    ended_at: "2026-04-17T14:33:00Z",
    files: 1,
    bytes: 5,
    already_gone: 0,
    left_here: [],
  });
  // Without an outcome, with that of an older deletion, with one nobody can read, and with its own.
  const outcomes = [null, outcome("0".repeat(64)), "half a rec", outcome(sha256)];
  for (const ended of outcomes) {
    const run = await lab.makeRun({ "left.dat": "alpha" });
    await mutateCreation(
      recordPath(run, "creation.json"),
      (creation) => ({ ...creation, sync_status: "synced" as const }),
    );
    await Deno.writeTextFile(recordPath(run, "cleanup_certificate.json"), certificate);
    const path = recordPath(run, "cleanup_outcome.json");
    if (ended !== null) {
      await Deno.writeTextFile(path, typeof ended === "string" ? ended : JSON.stringify(ended));
    }
    runs.push(run);
  }
  using queue = Queue.open(lab.stateDir.queueFile);
  const known = new KnownDestinations(lab.stateDir.path);
  await rebuildQueue(queue, {
    destinations: destinationsOf(lab.config, known, systemClock),
    config: lab.config,
    stateDir: lab.stateDir.path,
  });
  const jobs = runs.map((run) => queue.jobs.byRun(run)!);
  assert.deepEqual(jobs.map(({ pinned }) => pinned), [true, true, true, false]);
  for (const { id, pinned } of jobs) {
    const told = queue.timeline.of(id).some(({ kind }) => kind === "deletion_interrupted");
    assert.equal(told, pinned);
  }
});
