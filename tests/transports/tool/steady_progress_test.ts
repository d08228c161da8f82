import assert from "node:assert/strict";
import { SteadyProgress } from "../../../lib/transports/tool/steady_progress.ts";

Deno.test("SteadyProgress never goes back nor beyond the whole, and always tells the end", () => {
  const seen: unknown[] = [];
  let nowMs = 0;
  const whole = { bytes: 100, files: 2 };
  const progress = new SteadyProgress(
    ({ bytesDone, filesDone }) => seen.push([bytesDone, filesDone]),
    { nowMs: () => nowMs },
  );
  const saw = (bytes: number, files: number) =>
    progress.saw({ bytes, files }, { currentPath: "a", whole });
  saw(40, 1);
  nowMs += 50;
  saw(60, 1);
  nowMs += 50;
  saw(30, 0);
  nowMs += 100;
  saw(140, 3);
  progress.finish(whole);
  assert.deepEqual(seen, [[40, 1], [60, 1], [100, 2], [100, 2]]);
});
