import assert from "node:assert/strict";
import { isAbort } from "../../lib/base/mod.ts";
import { bounded, SilenceWatch } from "../../lib/transports/bounded.ts";

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
