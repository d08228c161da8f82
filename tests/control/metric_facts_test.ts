import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { ControlHouse } from "../../lib/control/house.ts";
import { MetricReader } from "../../lib/control/metric_facts.ts";
import type { StandingView } from "../../lib/control/views.ts";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { openLab } from "../support/lab.ts";
import { openBench } from "../sync/bench.ts";
import { until } from "../support/until.ts";
import { markDestination } from "../../lib/cli/destination.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";

Deno.test("/metrics of a service counts what it has moved, by equipment", async () => {
  await using lab = await openLab();
  const { config, stateDir } = lab;
  const known = new KnownDestinations(stateDir.path);
  const { signal } = new AbortController();
  for (const equipment of config.equipment) {
    await markDestination(equipment, { stateDir, known, signal });
  }
  await using daemon = await startDaemon({ config, stateDir, configSha256: "a".repeat(64) });
  const run = await lab.makeRun({ "a.csv": "1,2\n" });
  const { job } = await daemon.control.enqueue(run);
  await until(async () => (await daemon.control.job(job.id)).state === "verified", {
    what: "the run to be verified",
  });
  const id = job.equipment_id;
  const read = async () => await (await fetch(new URL("/metrics", daemon.url))).text();
  // The first heartbeat summed up the runs before there was one; a sum is fresh for some seconds.
  const counted = `labferry_runs{equipment="${id}",state="verified"} 1\n`;
  await until(async () => (await read()).includes(counted), { what: "the run to be counted" });
  const text = await read();
  assert.ok(text.includes(`labferry_oldest_unsafe_timestamp_seconds{equipment="${id}"} 0\n`));
  assert.ok(text.includes(`labferry_unsafe_bytes{equipment="${id}"} 0\n`));
  assert.match(text, /labferry_passes_total\{result="passed",strength="read_back"\} 1\n/);
  assert.match(text, /labferry_time_to_safe_seconds_count 1\n/);
  assert.match(text, /labferry_sent_bytes_total\{transport="mount"\} 4\n/);
  // Nothing was let go, so there is nothing that only the NAS has.
  assert.match(text, /labferry_oldest_scrub_timestamp_seconds 0\n/);
  assert.ok(text.includes(`labferry_local_damaged_files{equipment="${id}"} 0\n`));
  assert.match(text, new RegExp(`labferry_destination_free_bytes\\{destination="${id}"\\} [1-9]`));
  assert.ok(text.includes(`labferry_last_drill_timestamp_seconds{equipment="${id}"} 0\n`));
  assert.match(text, /labferry_build_info\{[^}]*config_sha256="[0-9a-f]{64}"\} 1\n/);
  assert.match(
    text,
    new RegExp(`labferry_last_proven_timestamp_seconds\\{equipment="${id}"\\} [1-9]`),
  );
});

Deno.test("what was only handed over, or rebuilt and not proven since, is unsafe", async () => {
  await using bench = await openBench({ staged: new Map([["PLATE_01", []]]) });
  const { queue } = bench;
  const house = { config: bench.lab.config, watch: null, ...bench } as unknown as ControlHouse;
  const facts = async () => {
    const { equipment } = await new MetricReader(house, nothingStands).read();
    return equipment.find(({ equipmentId }) => equipmentId === "PLATE_01")!;
  };
  const run = await bench.lab.makeRun({ "a.dat": "alpha" });
  bench.enqueue(run);
  const before = await facts();
  await bench.deliver(run);
  assert.equal(bench.job(run).state, "verified");
  const after = await facts();
  assert.deepEqual([after.unsafeBytes, after.oldestUnsafeMs], [5, before.oldestUnsafeMs]);
  queue.timeline.note(bench.job(run).id, { kind: "on_nas" });
  const { unsafeBytes, oldestUnsafeMs } = await facts();
  assert.deepEqual([unsafeBytes, oldestUnsafeMs], [0, 0]);

  const { destination, farDir } = bench.job(run);
  const at = "2026-04-17T14:32:00.000Z";
  queue.jobs.enqueue({
    runPath: `${run}_rebuilt`,
    equipmentId: "PLATE_01",
    destination,
    farDir: `${farDir}_rebuilt`,
    cleaned: { deletionStartedAt: at, scrubDueAt: at },
  });
  assert.notEqual((await facts()).oldestUnsafeMs, 0);
});

Deno.test("whoever scrapes has nothing written: a queue whose disk is full is asked how it stands too", async () => {
  await using bench = await openBench({});
  const { queue, lab } = bench;
  const house = { config: lab.config, watch: null, ...bench } as unknown as ControlHouse;
  const reader = new MetricReader(house, nothingStands);
  // Committed, and not on the disk yet: a follower of the runs' events would put it there.
  queue.timeline.setCursor("somebody", 1);
  using other = new DatabaseSync(lab.stateDir.queueFile, { readOnly: true });
  const version = () => other.prepare("PRAGMA data_version").get()!["data_version"];
  const before = version();
  await reader.read();
  assert.equal(version(), before);
  queue.timeline.after(0, 1);
  assert.notEqual(version(), before);
});

const nothingStands = { standing: () => ({}) as StandingView };
