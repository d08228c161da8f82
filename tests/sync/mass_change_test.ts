/** Ransomware must not become generation 2: what changed at once waits for a person's word. */
import assert from "node:assert/strict";
import { refreshSeal, type SealResult } from "../../lib/sync/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { type Bench, openBench } from "./bench.ts";

const HOUR_MS = 3_600_000;
const NAMES = Array.from({ length: 20 }, (_, i) => `${String(i).padStart(2, "0")}.dat`);

async function provenRun(bench: Bench): Promise<string> {
  const run = await bench.lab.makeRun(
    Object.fromEntries(NAMES.map((name) => [name, `as ${name}`])),
  );
  bench.enqueue(run);
  assert.equal((await bench.deliver(run)).state, "verified");
  return run;
}

/** As the scan looks at a proven run: nobody asked. */
function unasked(bench: Bench, run: string): Promise<SealResult> {
  const { context, moves } = bench;
  const { signal } = new AbortController();
  return refreshSeal(bench.job(run), { context, moves, signal, refusesMassChange: true });
}

async function rewrite(run: string, names: readonly string[]): Promise<void> {
  for (const name of names) await Deno.writeTextFile(`${run}/${name}`, `written anew: ${name}`);
}

const REFUSED = { code: "mass_change" };

Deno.test("refreshSeal takes no run of which more than a fifth changed at once, unless it is asked to", async () => {
  await using bench = await openBench();
  const run = await provenRun(bench);
  await rewrite(run, NAMES.slice(0, 5));
  await assert.rejects(unasked(bench, run), REFUSED);
  assert.deepEqual([bench.job(run).state, bench.job(run).generation], ["verified", 1]);
  assert.equal(await Deno.readTextFile(`${bench.lab.farRun(run)}/00.dat`), "as 00.dat");
  assert.equal((await bench.seal(run)).changed, true, "a person's word");
  assert.equal(bench.job(run).generation, 2);
});

Deno.test("refreshSeal takes files that got other names for changed ones, and new or deleted ones for daily life", async () => {
  await using bench = await openBench();
  const [renamed, grown, thinned] = [
    await provenRun(bench),
    await provenRun(bench),
    await provenRun(bench),
  ];
  for (const name of NAMES) await Deno.rename(`${renamed}/${name}`, `${renamed}/${name}.locked`);
  await assert.rejects(unasked(bench, renamed), REFUSED);
  for (const name of NAMES) await Deno.writeTextFile(`${grown}/${name}.txt`, "a note");
  assert.equal((await unasked(bench, grown)).changed, true);
  for (const name of NAMES.slice(1)) await Deno.remove(`${thinned}/${name}`);
  assert.equal((await unasked(bench, thinned)).changed, false, "its proof stands");
});

Deno.test("refreshSeal takes a third run that changed within a day for more than chance", async () => {
  const clock = new HandClock(new Date(Math.floor(Date.now() / 1000) * 1000).toISOString());
  await using bench = await openBench({ clock });
  const runs = [await provenRun(bench), await provenRun(bench), await provenRun(bench)];
  for (const run of runs) await rewrite(run, [NAMES[3]!]);
  assert.equal((await unasked(bench, runs[0]!)).changed, true);
  assert.equal((await unasked(bench, runs[1]!)).changed, true);
  await assert.rejects(unasked(bench, runs[2]!), REFUSED);
  assert.equal(bench.job(runs[2]!).generation, 1);
  clock.turn(25 * HOUR_MS);
  assert.equal((await unasked(bench, runs[2]!)).changed, true, "they were yesterday's");
});
