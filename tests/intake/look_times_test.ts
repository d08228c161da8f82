import assert from "node:assert/strict";
import { LookTimes } from "../../lib/intake/look_times.ts";

Deno.test("LookTimes says when the next look is due among very many runs", () => {
  let nowMs = 1_000;
  const times = new LookTimes(() => nowMs);
  const runs = Array.from({ length: 200_000 }, (_, i) => `/data/EQ/P/Runs/Run_${i}`);
  times.noticeAll();
  assert.equal(times.due(runs).length, runs.length);
  nowMs = 5_000;
  times.settle(runs[7]!);
  times.looked(runs[7]!, { tookMs: 1_000, againInMs: 60_000 });
  assert.equal(times.nextMs, 1_000);
});

Deno.test("LookTimes keeps a run at rest, and lets it go when the rest is over", () => {
  let nowMs = 0;
  const times = new LookTimes(() => nowMs);
  nowMs = 10_000;
  times.looked("/a", { tookMs: 10_000, againInMs: null });
  times.notice("/a");
  assert.equal(times.nextMs, 210_000);
  for (let run = 0; run < 1_000; run++) {
    times.looked(`/b/${run}`, { tookMs: 0, againInMs: null });
  }
  assert.equal(times.size, 1 + 1_001);
  nowMs = 80_000;
  times.looked("/c", { tookMs: 0, againInMs: null });
  assert.equal(times.size, 1 + 2);
  times.settle("/a");
  times.notice("/a");
  assert.equal(times.nextMs, 210_000);
});
