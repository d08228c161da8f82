import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Queue } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { newJob, openQueue, prove, sealedRun, TurnedClock } from "./support.ts";

Deno.test("Queue.eventsAfter follows all runs by a cursor and misses none", async () => {
  await using dir = await tempDir();
  const path = dir.join("sync_queue.db");
  const kinds: string[] = [];
  {
    using queue = Queue.open(path);
    await sealedRun(queue, "Run_1", ["a"]);
    queue.jobs.enqueue(newJob("Run_2"));
    const [first, ...rest] = queue.timeline.after(queue.timeline.cursor("reports"), 2);
    kinds.push(first!.kind);
    assert.equal(rest.length, 1);
    queue.timeline.setCursor("reports", first!.seq);
  }
  using queue = Queue.open(path);
  const later = queue.timeline.after(queue.timeline.cursor("reports"), 100);
  kinds.push(...later.map((event) => event.kind));
  assert.deepEqual(kinds, ["enqueued", "claimed", "sealed", "enqueued"]);
  assert.equal(queue.timeline.cursor("somebody else"), 0);
});

Deno.test("Queue.events gives the last ones, or goes on after one", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { id } = queue.jobs.enqueue(newJob("Run_1")).job;
  for (const kind of ["held", "released", "held", "pinned"] as const) {
    queue.timeline.note(id, { kind });
  }
  const kindsOf = (options: { afterSeq?: number; limit?: number }) =>
    queue.timeline.of(id, options).map((event) => event.kind);
  assert.deepEqual(kindsOf({ limit: 2 }), ["held", "pinned"]);
  assert.deepEqual(kindsOf({ limit: 2, afterSeq: 0 }), ["enqueued", "held"]);
  assert.equal(queue.timeline.last(id, ["held", "released"])?.seq, 4);
  assert.equal(queue.timeline.last(id, ["failed"]), null);
});

Deno.test("Queue.pause keeps the first pause of a scope", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir, new TurnedClock());
  queue.pauses.pause({ scope: "FLOW_01", by: "asmith", reason: "service visit" });
  queue.pauses.pause({ scope: "FLOW_01", by: "somebody else" });
  assert.deepEqual(queue.pauses.list(), [{
    scope: "FLOW_01",
    since: "2026-04-17T14:32:00.000Z",
    by: "asmith",
    reason: "service visit",
  }]);
  assert.deepEqual([queue.pauses.isPaused("FLOW_01"), queue.pauses.isPaused("B_01")], [
    true,
    false,
  ]);
  assert.deepEqual([queue.pauses.resume("FLOW_01"), queue.pauses.resume("FLOW_01")], [true, false]);
  queue.pauses.pause({ scope: "*", by: "asmith" });
  assert.equal(queue.pauses.isPaused("B_01"), true);
});

Deno.test("Queue.setDestination is remembered over a restart", async () => {
  await using dir = await tempDir();
  const down = {
    name: "/mnt/nas/lab",
    uuid: "u",
    state: "down",
    code: "unreachable",
    reason: "the NAS does not answer",
    hint: "switch it on",
    since: "2026-04-17T14:32:00.000Z",
    nextProbeAt: "2026-04-17T14:33:00.000Z",
  } as const;
  const up = {
    ...down,
    state: "up",
    code: null,
    reason: null,
    hint: null,
    nextProbeAt: null,
  } as const;
  {
    using queue = openQueue(dir);
    queue.destinations.set(up);
    queue.destinations.set(down);
  }
  using queue = openQueue(dir);
  assert.deepEqual(queue.destinations.list(), [down]);
  queue.destinations.set(up);
  assert.deepEqual(queue.destinations.byName("/mnt/nas/lab"), up);
  assert.equal(queue.destinations.byName("another"), null);
});

Deno.test("Queue.addObserved adds up over restarts and refuses to go back", async () => {
  await using dir = await tempDir();
  {
    using queue = openQueue(dir);
    assert.equal(queue.observedTime.ms(), 0);
    assert.equal(queue.observedTime.add(1000.7), 1000);
  }
  using queue = openQueue(dir);
  assert.equal(queue.observedTime.add(5), 1005);
  assert.throws(() => queue.observedTime.add(-1), RangeError);
  assert.throws(() => queue.observedTime.add(NaN), RangeError);
  assert.equal(queue.observedTime.ms(), 1005);
  assert.equal(queue.observedTime.now(), 1005);
  queue.observedTime.countedBy(() => void queue.observedTime.add(20));
  assert.equal(queue.observedTime.now(), 1025, "what has gone by is added before it is told");
});

Deno.test("Queue.exportQueue writes a JSON document a line, files only when asked for", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  await prove(queue, (await sealedRun(queue, "Run_1", ["a", "b\nc"])).id);
  queue.jobs.enqueue(newJob("Run_2"));
  const typesOf = (lines: AsyncIterable<string>) =>
    Array.fromAsync(lines, (line) => {
      assert.ok(!line.includes("\n"));
      return JSON.parse(line).type;
    });
  const short = ["job", "generation", "pass", "event", "event", "event", "event", "job", "event"];
  assert.deepEqual(await typesOf(queue.exportQueue()), short);
  const full = [...short.slice(0, 7), "file", "file", ...short.slice(7)];
  assert.deepEqual(await typesOf(queue.exportQueue({ files: true })), full);
});

Deno.test("Queue.backup makes a whole copy that only its owner may read", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const job = await sealedRun(queue, "Run_1", ["a", "b"]);
  await queue.backup(dir.join("copy.db"));
  queue.jobs.enqueue(newJob("Run_2"));
  if (Deno.build.os !== "windows") {
    assert.equal(Deno.statSync(dir.join("copy.db")).mode! & 0o777, 0o600);
  }
  using copy = Queue.open(dir.join("copy.db"));
  assert.deepEqual(copy.jobs.byId(job.id), job);
  assert.equal((await Array.fromAsync(copy.files(job.id).list())).length, 2);
  assert.equal(copy.jobs.counts().queued, 0);
});

Deno.test("Queue.events gives a kind that a newer labferry wrote as it is", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const { id } = queue.jobs.enqueue(newJob("Run_1")).job;
  {
    using raw = new DatabaseSync(dir.join("sync_queue.db"));
    raw.exec("UPDATE job_events SET kind = 'thawed'");
  }
  assert.deepEqual(queue.timeline.of(id).map(({ kind }) => kind), ["thawed"]);
});
