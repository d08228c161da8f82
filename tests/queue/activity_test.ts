import assert from "node:assert/strict";
import { Queue } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";

/** Two runs and `many` events of the first. */
async function busyQueue(many: number) {
  const dir = await tempDir();
  const { queue } = Queue.openOrSetAside(dir.join("queue.db"));
  const newJob = (name: string, equipmentId: string) =>
    queue.jobs.enqueue({ runPath: `/data/${name}`, equipmentId, destination: "/nas", farDir: name })
      .job;
  const a = newJob("a", "FLOW_01");
  const b = newJob("b", "PLATE_01");
  for (let i = 0; i < many; i++) {
    queue.timeline.note(i === 0 ? b.id : a.id, {
      kind: i === 0 ? "pinned" : "retried",
      detail: { i },
    });
  }
  return {
    queue,
    a,
    b,
    async [Symbol.asyncDispose]() {
      queue[Symbol.dispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

Deno.test("Activity goes through everything that happened, newest first, each once", async () => {
  await using busy = await busyQueue(25);
  const seen: number[] = [];
  let beforeSeq: number | null = Number.MAX_SAFE_INTEGER;
  while (beforeSeq !== null) {
    const page: { events: readonly { seq: number }[]; next: number | null } = await busy.queue
      .activity.page({ limit: 4, beforeSeq });
    seen.push(...page.events.map(({ seq }) => seq));
    beforeSeq = page.next;
  }
  assert.equal(seen.length, 27);
  assert.deepEqual(seen, seen.toSorted((x, y) => y - x));
  assert.equal(new Set(seen).size, 27);
});

Deno.test("Activity filters by run, equipment, kind and time, and names the run", async () => {
  await using busy = await busyQueue(2_500);
  const { queue, b } = busy;
  const kinds = await queue.activity.page({ limit: 10, kinds: ["pinned"] });
  assert.deepEqual(kinds.events.map(({ runPath, equipmentId }) => [runPath, equipmentId]), [
    ["/data/b", "PLATE_01"],
  ]);
  assert.equal(kinds.next, null);
  const ofRun = await queue.activity.page({ limit: 10, jobId: b.id });
  assert.deepEqual(ofRun.events.map(({ kind }) => kind), ["pinned", "enqueued"]);
  const equipment = await queue.activity.page({ limit: 1, equipmentId: "PLATE_01" });
  assert.equal(equipment.events.length, 1);
  assert.deepEqual(
    (await queue.activity.page({ limit: 10, from: "2999-01-01T00:00:00.000Z" })).events,
    [],
  );
  assert.deepEqual(
    (await queue.activity.page({ limit: 10, until: "2000-01-01T00:00:00.000Z" })).events,
    [],
  );
  await assert.rejects(queue.activity.page({ limit: 1, jobId: "nobody" }), { code: "unknown_job" });
});
