/** What a service keeps in memory of runs that went through it, counted. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { askHere, type Census, census } from "../support/census.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";

const [FEW, MANY] = [15, 60];
/**
 * Entries of maps and sets that a proven run is remembered by: its name and its folder's number in the
 * scanner's book, the time until which it is not looked at, and what the last audit saw of it.
 */
const MOST_A_RUN = 4;

Deno.test("a service remembers of a proven run no more than who it is", async () => {
  await using lab = await openLab();
  await markDestinations(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  using ask = askHere();
  let runs = 0;
  const after = async (count: number): Promise<Census> => {
    for (; runs < count; runs++) {
      const leaf = `Run_2026-04-17T14-${String(runs).padStart(2, "0")}`;
      await daemon.control.enqueue(await lab.makeRun({ "a.csv": `${runs}` }, { leaf }));
    }
    const verified = async () => (await daemon.control.status()).counts["verified"] === runs;
    await until(verified, { what: `${runs} runs to be safe`, limitMs: 120_000 });
    return await census(ask);
  };
  const few = await after(FEW);
  assert.ok(few.entries > FEW, "nothing is counted any more");
  const many = await after(MANY);
  const told = JSON.stringify({ few, many });
  assert.ok(many.entries - few.entries <= MOST_A_RUN * (MANY - FEW) + MOST_BESIDES, told);
});

/** Statements that the first runs did not need, and the like. */
const MOST_BESIDES = 60;
