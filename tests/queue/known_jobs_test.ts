/** What a list showed is shown again only while nothing was written, by whomever. */
import assert from "node:assert/strict";
import { Queue } from "../../lib/queue/mod.ts";
import { tempDir } from "../support/temp_dir.ts";
import { newJob, openQueue } from "./support.ts";

const shown = (queue: Queue) => {
  const pages = [
    queue.runs.page({ limit: 9 }).jobs,
    queue.jobs.list({ states: ["queued"], limit: 9 }),
  ];
  const told = pages.map((jobs) => jobs.map(({ farDir, pinned, hold }) => [farDir, pinned, hold]));
  assert.deepEqual(told[0], told[1]);
  return JSON.stringify(told[0]);
};

Deno.test("a list shows what was written here, in a transaction, or by another process at once", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  const isRight = () => {
    using anew = Queue.open(dir.join("sync_queue.db"));
    assert.equal(shown(queue), shown(anew));
    return shown(queue);
  };
  const { job } = queue.jobs.enqueue(newJob("Run_1"));
  const first = isRight();
  const change = { change: { pinned: true }, event: { kind: "pinned" } } as const;
  queue.jobs.transition(job, change);
  const pinned = isRight();
  assert.notEqual(pinned, first);
  assert.throws(
    () =>
      queue.together(() => {
        queue.jobs.enqueue(newJob("Run_2"));
        assert.match(shown(queue), /Run_2/);
        throw new RangeError("taken back");
      }),
    RangeError,
  );
  assert.equal(isRight(), pinned);
  {
    using other = Queue.open(dir.join("sync_queue.db"));
    const there = other.jobs.byId(job.id)!;
    const held = { hold: "gate", holdReason: "names" } as const;
    other.jobs.transition(there, { change: held, event: { kind: "held" } });
  }
  assert.match(isRight(), /gate/);
});

Deno.test("a list longer than what is kept is whole, and the same jobs are not read twice", async () => {
  await using dir = await tempDir();
  using queue = openQueue(dir);
  queue.together(() => {
    for (let i = 0; i < 900; i++) queue.jobs.enqueue(newJob(`Run_${i}`));
  });
  const jobs = queue.jobs.list({ limit: 5_000, states: ["queued"] });
  assert.equal(new Set(jobs.map(({ farDir }) => farDir)).size, 900);
  const [one] = queue.runs.page({ limit: 1 }).jobs;
  assert.equal(queue.runs.page({ limit: 1 }).jobs[0], one);
});
