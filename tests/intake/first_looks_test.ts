import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { FirstLooks } from "../../lib/intake/first_looks.ts";
import { runDir, SENTINEL, untilProven, write } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";

const { signal } = new AbortController();

Deno.test("FirstLooks looks at each run once, and rests four times as long as it looked", async () => {
  let nowMs = 5_000;
  const runs = Array.from({ length: 10 }, (_, i) => `/data/Run_${i}`);
  const first = new FirstLooks(runs, () => nowMs);
  // One of them was looked at for another reason.
  first.settle(runs[1]!);
  const looked: string[] = [];
  const look = (runPath: string) => {
    looked.push(runPath);
    nowMs += 100;
    return Promise.resolve();
  };
  const rounds: number[] = [];
  while (first.nextMs < Infinity) {
    const before = looked.length;
    await first.goOn(look, signal);
    rounds.push(looked.length - before);
    // Rung meanwhile: it is not its time.
    await first.goOn(look, signal);
    nowMs = Math.min(first.nextMs, nowMs + 800);
  }
  assert.deepEqual(looked, runs.filter((_, i) => i !== 1));
  assert.deepEqual(rounds, [2, 2, 2, 2, 1]);
  assert.equal(nowMs, 5_000 + 9 * 100 + 5 * 800);
});

Deno.test("FirstLooks ends with the service, and one look that takes long is followed by a long rest", async () => {
  let nowMs = 0;
  const stop = new AbortController();
  const first = new FirstLooks(["/a", "/b"], () => nowMs);
  await first.goOn(() => {
    nowMs += 60_000;
    return Promise.resolve();
  }, signal);
  assert.equal(first.nextMs, 300_000);
  nowMs = 300_000;
  stop.abort();
  await first.goOn(() => assert.fail("it has ended"), stop.signal);
});

Deno.test("what came into a proven run while no service ran is found by the first look after a start", async () => {
  await using lab = await openLab({
    signals: { PLATE_01: SENTINEL },
    // No scan but the first one would find it.
    syncYaml: "scan_seconds: 3600, settle_seconds: 0",
  });
  await markDestinations(lab);
  const run = runDir(lab, "PLATE_01");
  await write(run, "a.dat", "alpha");
  await write(run, "done.flag", "");
  {
    await using daemon = await startDaemon(lab);
    await untilProven(daemon, run);
  }
  await write(run, "late.dat", "omega");
  await using daemon = await startDaemon(lab);
  await untilProven(daemon, run, 2);
  assert.equal(await Deno.readTextFile(`${lab.farRun(run)}/late.dat`), "omega");
});
