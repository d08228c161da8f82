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

Deno.test("LentPlaces takes the place from work that does not end, and from nobody who comes after it", async () => {
  const { places, lend, freed } = hanging();
  const hangs = lend();
  const refused = assert.rejects(hangs.lent!, { name: "AbortError", message: "a sealed run goes" });
  await places.end(() => true, "a sealed run goes");
  await refused;
  assert.equal(places.isBusy, false);
  assert.equal(freed(), 1);
  const next = lend();
  assert.notEqual(next.lent, null);
  // What hung ends after all: the place is another's by now.
  hangs.end.resolve();
  await hangs.end.promise;
  await Promise.resolve();
  assert.equal(places.isBusy, true);
  assert.equal(freed(), 1);
  next.end.resolve();
  await next.lent;
  assert.equal(places.isBusy, false);
});

Deno.test("LentPlaces is over within its bound, whatever it lent and was asked for", async () => {
  const { places, lend, stop } = hanging();
  const hangs = lend();
  const refused = assert.rejects(hangs.lent!, { name: "AbortError" });
  const asked = Promise.withResolvers<void>();
  void places.ask(job(), () => asked.promise);
  stop.abort();
  await places.ended();
  await refused;
  hangs.end.resolve();
  asked.resolve();
});

/** Places whose holders heed no signal. */
function hanging() {
  let freed = 0;
  const stop = new AbortController();
  const places = new LentPlaces({
    workFor: (_job, signal) => ({ signal }) as Work,
    isIdle: () => true,
    signal: stop.signal,
    onFree: () => void freed++,
    endWithinMs: 1,
  });
  const lend = () => {
    const end = Promise.withResolvers<void>();
    return { lent: places.lend(job(), () => end.promise), end };
  };
  return { places, lend, stop, freed: () => freed };
}
