/** Pauses outlive the queue: each of the two books is enough, and only a person takes one out. */
import assert from "node:assert/strict";
import { Queue } from "../../lib/queue/mod.ts";
import { keepPauses, pauseScope, resumeScope } from "../../lib/sync/mod.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

function books(dir: TempDir, name: string): { queue: Queue; stateDir: string } & Disposable {
  const queue = Queue.open(dir.join(name));
  return { queue, stateDir: dir.path, [Symbol.dispose]: () => queue[Symbol.dispose]() };
}
const scopes = ({ queue }: { queue: Queue }) =>
  queue.pauses.list().map(({ scope, by }) => `${scope} by ${by}`);

Deno.test("pauses are told to a queue that was made anew, until a person lets it go on", async () => {
  await using dir = await tempDir();
  {
    using first = books(dir, "first.db");
    await pauseScope({ scope: "FLOW_01", by: "ada" }, first);
    await pauseScope({ scope: "*", by: "bea" }, first);
    await resumeScope("FLOW_01", first);
  }
  using second = books(dir, "second.db");
  await keepPauses(second);
  assert.deepEqual(scopes(second), ["* by bea"]);
  await resumeScope("*", second);
  using third = books(dir, "third.db");
  await keepPauses(third);
  assert.deepEqual(scopes(third), []);
});

Deno.test("a pause that only the queue knows is written down at the next start, also over a torn file", async () => {
  await using dir = await tempDir();
  for (const torn of [null, "", "{", '{"pauses": [1, {"scope": 2}]}']) {
    if (torn !== null) await dir.write("pauses.json", torn);
    using known = books(dir, "known.db");
    known.queue.pauses.pause({ scope: "*", by: "ada" });
    await keepPauses(known);
    assert.deepEqual(scopes(known), ["* by ada"]);
    using anew = books(dir, `anew-${crypto.randomUUID()}.db`);
    await keepPauses(anew);
    assert.deepEqual(scopes(anew), ["* by ada"]);
  }
});
