import assert from "node:assert/strict";
import { isAbort } from "../../lib/base/mod.ts";
import { bounded, SilenceWatch } from "../../lib/transports/bounded.ts";
import { bytesPerSecond } from "../../lib/transports/ceiling.ts";

const never = (): Promise<void> => new Promise(() => {});

Deno.test("bounded gives up on work that never answers and heeds no signal", async () => {
  const signal = new AbortController().signal;
  await assert.rejects(bounded(never, { address: "/mnt/nas", limitMs: 20, signal }), {
    code: "unreachable",
  });
});

Deno.test("bounded ends with the caller's own signal", async () => {
  const stop = new AbortController();
  const work = bounded(never, { address: "/mnt/nas", limitMs: 60_000, signal: stop.signal });
  stop.abort();
  await assert.rejects(work, isAbort);
});

Deno.test("SilenceWatch aborts only when nothing is heard", async () => {
  using watch = new SilenceWatch("/mnt/nas", 30);
  const silent = new Promise((resolve) =>
    watch.signal.addEventListener("abort", resolve, { once: true })
  );
  watch.heard();
  assert.equal(watch.signal.aborted, false);
  await silent;
  assert.equal(watch.signal.reason.code, "unreachable");
});

Deno.test("bytesPerSecond never exceeds the ceiling in megabits of 10^6", () => {
  assert.equal(bytesPerSecond(50), 6_250_000);
  assert.equal(bytesPerSecond(0.1), 12_500);
  assert.equal(bytesPerSecond(1 / 3), 41_666);
  assert.equal(bytesPerSecond(null), null);
  for (const bad of [0, -1, NaN]) assert.throws(() => bytesPerSecond(bad), RangeError);
});
