import assert from "node:assert/strict";
import fc from "fast-check";
import { compareUtf8, sortInTurns } from "../../lib/base/mod.ts";

const names = (count: number) =>
  Array.from({ length: count }, (_, i) => `f${(i * 7_919) % count}_${i % 13}`);

Deno.test("sortInTurns sorts as sort does, and pauses at least once in 4096 items", async () => {
  for (const count of [0, 1, 4_096, 4_097, 20_001]) {
    const items = names(count);
    let pauses = 0;
    const step = () => Promise.resolve(void pauses++);
    const sorted = await sortInTurns([...items], { compare: compareUtf8, step });
    assert.deepEqual(sorted, items.toSorted(compareUtf8));
    assert.ok(pauses >= (count > 4_096 ? count / 4_096 : 0), `${pauses} pauses for ${count}`);
  }
});

Deno.test("sortInTurns leaves equal items in their order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(20), { minLength: 4_097, maxLength: 9_000 }), async (keys) => {
      const items = keys.map((key, at) => ({ key, at }));
      const compare = (a: { key: number }, b: { key: number }) => a.key - b.key;
      const sorted = await sortInTurns([...items], { compare, step: () => Promise.resolve() });
      assert.deepEqual(sorted, items.toSorted(compare));
    }),
    { seed: 11, numRuns: 10 },
  );
});
