/** Answers about all runs are kept only while no run has moved, whoever moved it. */
import assert from "node:assert/strict";
import { Queue } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { EQUIPMENT, newJob, openQueue } from "./support.ts";

/** All that is answered from what was counted before. */
function counted(queue: Queue): Record<string, unknown> {
  return {
    counts: queue.jobs.counts(),
    outcomes: queue.runs.outcomes(),
    all: queue.runs.count(),
    attention: queue.runs.count({ outcome: "attention" }),
    found: queue.runs.count({ search: "run_" }),
    page: queue.runs.page({ filter: { search: "run_" }, limit: 9 }).jobs.map(({ farDir }) =>
      farDir
    ),
    ofEquipment: queue.runs.count({ equipmentId: EQUIPMENT, states: ["queued"] }),
  };
}

/** The same, by an opening that has never counted. */
function countedAnew(path: string): Record<string, unknown> {
  using queue = Queue.open(path);
  return counted(queue);
}

Deno.test("what was counted holds until a run moves: here, in a transaction, or in another process", async () => {
  await using dir = await tempDir();
  const path = dir.join("sync_queue.db");
  using queue = openQueue(dir);
  const isRight = (runs: number) => {
    assert.deepEqual(counted(queue), countedAnew(path));
    assert.equal(queue.runs.count(), runs);
  };
  isRight(0);
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  isRight(1);
  queue.jobs.transition(job, {
    change: { hold: "gate", holdReason: "names" },
    event: { kind: "held" },
  });
  isRight(1);
  assert.equal(queue.runs.count({ outcome: "attention" }), 1);
  {
    using other = Queue.open(path);
    other.jobs.enqueue(newJob("Run_2"));
  }
  isRight(2);
});

Deno.test("what was counted in a transaction that was taken back is not believed", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const seen: number[] = [];
  const undone = () =>
    queue.together(() => {
      queue.jobs.enqueue(newJob("Run_1"));
      seen.push(queue.runs.count());
      throw new RangeError("taken back");
    });
  assert.throws(undone, RangeError);
  // Its event has the number that the other's had.
  queue.jobs.enqueue(newJob("Run_2", { hold: { hold: "gate", reason: "names" } }));
  assert.deepEqual(seen, [1]);
  assert.equal(queue.runs.count({ states: ["queued"], outcome: "on_the_way" }), 0);
  assert.equal(queue.runs.count({ outcome: "attention" }), 1);
});
