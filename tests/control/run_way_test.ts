import assert from "node:assert/strict";
import { wayOf } from "../../lib/control/run_way.ts";
import { job, pass } from "../custody/facts.ts";

Deno.test("the way has no proof from before damage that was found since", () => {
  const done = (verifyPasses: number, passes: ReturnType<typeof pass>[]) =>
    wayOf({
      job: job({ verifyPasses }),
      seen: null,
      generations: [],
      passes,
      sent: null,
      cleaned: null,
      custody: null,
    }).filter(({ name, stand }) => name.startsWith("proven") && stand === "done")
      .map(({ name, at }) => [name, at]);
  const [first, second] = [pass(1, 0), pass(2, 13)];
  const damaged = pass(3, 20, { outcome: "failed", mismatched: 1 });
  const again = pass(4, 21);
  assert.deepEqual(done(2, [first, second]), [
    ["proven_1", first.endedAt],
    ["proven_2", second.endedAt],
  ]);
  assert.deepEqual(done(0, [first, second, damaged]), []);
  assert.deepEqual(done(1, [first, second, damaged, again]), [["proven_1", again.endedAt]]);
});
