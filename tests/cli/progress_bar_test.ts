import assert from "node:assert/strict";
import { barText, duration } from "../../lib/cli/progress_bar.ts";

const HALF = {
  jobId: "j",
  phase: "sending" as const,
  bytesDone: 500_000_000,
  bytesTotal: 1_000_000_000,
  filesDone: 3,
  filesTotal: 7,
  bytesPerSecond: 50_000_000,
  etaSeconds: 10,
  currentPath: "images/z\u001b[2J.tif",
};

Deno.test("barText shows how far, how fast and how long, and no control characters of a name", () => {
  const text = barText(HALF, 200);
  assert.match(
    text,
    /sending +█{12}░{12} +50 % +500 MB of 1\.0 GB +50\.0 MB\/s +10 s left +images\/z\?\[2J\.tif/,
  );
});

Deno.test("barText keeps to the terminal's width", () => {
  for (const width of [40, 80, 120]) assert.ok([...barText(HALF, width)].length < width);
});

Deno.test("duration says seconds, minutes and hours", () => {
  assert.deepEqual([duration(5), duration(600), duration(7_200)], ["5 s", "10 min", "2.0 h"]);
});
