/** Custody's one place: who was refused it hears of it, and nobody else does. */
import assert from "node:assert/strict";
import { LentPlaces } from "../../lib/sync/lent_places.ts";
import type { Work } from "../../lib/sync/work.ts";
import { job } from "../custody/facts.ts";

Deno.test("LentPlaces tells whether somebody was refused the place that is free again", async () => {
  const heard: boolean[] = [];
  const places = new LentPlaces({
    workFor: (_job, signal) => ({ signal }) as Work,
    isIdle: () => true,
    signal: new AbortController().signal,
    onFree: ({ isWanted }) => void heard.push(isWanted),
  });
  const lend = () => {
    const end = Promise.withResolvers<void>();
    const lent = places.lend(job(), () => end.promise);
    return { lent, end };
  };
  const first = lend();
  assert.notEqual(first.lent, null);
  assert.equal(lend().lent, null);
  first.end.resolve();
  await first.lent;
  await Promise.resolve();
  assert.deepEqual(heard, [true]);
  // Nobody wanted it: whoever worked has no reason to come again at once.
  const second = lend();
  second.end.reject(new Error("it did not go"));
  await assert.rejects(second.lent!);
  await Promise.resolve();
  assert.deepEqual(heard, [true, false]);
});
