/** What a service keeps in memory of runs that went through it, counted. */
import assert from "node:assert/strict";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { askHere, type Census, census } from "../support/census.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";

const RUNS = 60;
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
  const names: string[] = ["Run_2026-04-17T14"];
  for (let i = 0; i < RUNS; i++) {
    const leaf = `Run_2026-04-17T14-${String(i).padStart(2, "0")}`;
    const run = await lab.makeRun({ "a.csv": `${i}` }, { leaf });
    const { job } = await daemon.control.enqueue(run);
    names.push(job.id, `:${(await Deno.lstat(run)).ino}\\b`);
  }
  const verified = async () => (await daemon.control.status()).counts["verified"] === RUNS;
  await until(verified, { what: `${RUNS} runs to be safe`, limitMs: 120_000 });
  const kept = () => census(ask, names.join("|"));
  assert.ok((await kept()).named >= RUNS, "nothing is counted any more");
  // What is still under way lets go of it in the end.
  let last: Census | null = null;
  await until(async () => (last = await kept()).named <= MOST_A_RUN * RUNS, {
    what: () => `no more than ${MOST_A_RUN} entries a run: ${JSON.stringify(last)}`,
    everyMs: 1_000,
  });
});
