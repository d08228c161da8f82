/**
 * `deno task bench [--rounds N] [--dir DIR] [--only WORD] [--runs N]`: prints the tables of
 * `docs/performance.md`, which takes an hour and more; with `--only` the rows whose name has WORD in
 * it. The data goes to DIR (default: a RAM disk where there is one, else the temporary folder) and is
 * removed. `--runs` are those that the service is watched over, with `--census` also what it keeps.
 */
import { parseArgs } from "node:util";
import { dirname, join } from "node:path";
import { tempDir } from "../../tests/support/temp_dir.ts";
import { makeData } from "./data.ts";
import { measure, type Pair, type PairResult } from "./pair.ts";
import { hashPairs, nextJob, recordUpdate } from "./small_things.ts";
import { mountPairs, rsyncPairs } from "./transfers.ts";
import { freePort } from "../../tests/support/free_port.ts";
import { fleetRow } from "./fleet.ts";
import { auditResults } from "./audit.ts";
import { ceilingRows } from "./ceiling.ts";
import { bundleProgram } from "../bundle.ts";
import type { Figure } from "./figures.ts";
import { pageLoad } from "./page_load.ts";
import { transferBesidePages } from "./beside_pages.ts";
import { inParts, manyRuns, serviceAtRest } from "./service.ts";
import { artefactRuns, artefactSizes, artefactStarts } from "./artefacts.ts";
import { slowLines } from "./slow_lines.ts";
import { millionFiles } from "./million.ts";
import { hundredRuns, smallRunPairs, startUp } from "./small_runs.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "3" },
    dir: { type: "string" },
    only: { type: "string", default: "" },
    runs: { type: "string", default: "10000" },
    census: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
/** As a lab has them after years. */
const MANY_RUNS = 100_000;
const dir = await Deno.makeTempDir({ dir: values.dir ?? defaultDir(), prefix: "labferry-bench-" });

try {
  console.error(`data in ${dir}`);
  // As the executable has it.
  const program = await bundleProgram(join(dir, "program"));
  const rsync = await rsyncPairs(dir, program);
  const small = await smallRunPairs(dir, program);
  const pairs: Pair[] = [
    ...mountPairs(dir, program),
    ...rsync.pairs,
    ...small.pairs,
    ...hashPairs(dir),
  ];
  const results: PairResult[] = [];
  const wanted = pairs.filter(({ name }) => name.includes(values.only));
  if (wanted.some((pair) => !small.pairs.includes(pair))) await makeData(join(dir, "source"));
  for (const pair of wanted) {
    results.push(tell(await measure(pair, rounds)));
  }
  await rsync.stop();
  await small.stop();
  const figures: Figure[] = [];
  if ("25 ms each way".includes(values.only) || values.only.includes("25 ms each way")) {
    const line = await slowLines(dir, { program, rounds, only: values.only, tell });
    results.push(...line.results);
    figures.push(...line.figures);
  }
  if ("100 small runs".includes(values.only)) results.push(tell(await hundredRuns()));
  if ("start to --version".includes(values.only)) {
    results.push(tell(await startUp(program, rounds)));
  }
  if ("record update".includes(values.only)) {
    results.push(tell(await recordUpdate(dir, `in ${dirname(dir)}`)));
    await using disk = await tempDir("labferry-bench-");
    results.push(tell(await recordUpdate(disk.path, `in ${dirname(disk.path)}`)));
  }
  if ("next job".includes(values.only)) results.push(tell(await nextJob(dir)));
  if ("scan, audit".includes(values.only)) {
    for (const result of await auditResults(dir, rounds)) results.push(tell(result));
  }
  if ("service at rest".includes(values.only)) {
    figures.push(...await serviceAtRest(inParts(program), rounds));
  }
  if ("runs of 3 files".includes(values.only)) {
    const inspectPort = values.census ? freePort() : undefined;
    const flags = values.census ? [`--inspect=127.0.0.1:${inspectPort}`] : [];
    const runs = Number(values.runs);
    figures.push(...await manyRuns(inParts(program, flags), { runs, inspectPort }));
  }
  if ("open pages".includes(values.only)) {
    figures.push(...await pageLoad(program, MANY_RUNS));
  }
  if ("a transfer beside pages".includes(values.only)) {
    figures.push(await transferBesidePages(program, { runs: MANY_RUNS, rounds }));
  }
  if ("labferry fleet".includes(values.only)) {
    figures.push(await fleetRow(dir, { program: inParts(program).command, rounds }));
  }
  if ("artefact: size".includes(values.only)) figures.push(...await artefactSizes(dir));
  if ("artefact: start".includes(values.only)) figures.push(...await artefactStarts(rounds));
  if (values.only === "artefact: runs") figures.push(...await artefactRuns(Number(values.runs)));
  if ("ceiling".includes(values.only)) {
    for (const { name, mbps, ratio } of await ceilingRows()) {
      const what = `ceiling of ${mbps} Mbit/s: ${name}, the most in any 5 s`;
      figures.push({ name: what, measured: `${ratio.toFixed(3)} of it`, goal: "≤ 1.05" });
    }
  }
  if ("a run of a million files".includes(values.only)) figures.push(...await millionRows());
  console.log(`\n| what | ours | peer | ratio | shortest | budget |\n|---|---|---|---|---|---|`);
  for (const { name, oursMs, theirsMs, ratio, shortest, budget } of results) {
    const least = `${ms(shortest.oursMs)} and ${ms(shortest.theirsMs)}`;
    const goal = `≤ ${budget.toFixed(2)}`;
    console.log(
      `| ${name} | ${ms(oursMs)} | ${ms(theirsMs)} | **${
        ratio.toFixed(2)
      }** | ${least} | ${goal} |`,
    );
  }
  if (figures.length > 0) console.log(`\n| what | measured | goal |\n|---|---|---|`);
  for (const { name, measured, goal } of figures) {
    console.log(`| ${name} | ${measured} | ${goal} |`);
  }
} finally {
  await Deno.remove(dir, { recursive: true });
}

async function millionRows(): Promise<Figure[]> {
  const { seconds, peakMb, stalls, longestAnswerMs } = await millionFiles({
    files: 1_000_000,
    folders: 1_000,
  });
  const row = (what: string, measured: string, goal: string) => ({
    name: `a run of 1,000,000 files through the service onto a mount: ${what}`,
    measured,
    goal,
  });
  const stallMs = stalls[0]?.ms ?? 0;
  return [
    row("time", `${seconds.toFixed(0)} s`, "–"),
    row("memory at its most", `${peakMb.toFixed(0)} MB`, "≤ 200 MB"),
    row("longest stall of its event loop", `${stallMs.toFixed(0)} ms`, "≤ 50 ms"),
    row("longest answer", `${longestAnswerMs.toFixed(0)} ms`, "≤ 50 ms"),
  ];
}

function tell(result: PairResult): PairResult {
  console.error(`${result.name}: ${result.ratio.toFixed(2)}`);
  return result;
}

function ms(value: number): string {
  return value >= 1_000 ? `${(value / 1_000).toFixed(2)} s` : `${value.toFixed(2)} ms`;
}

function defaultDir(): string {
  try {
    if (Deno.statSync("/dev/shm").isDirectory) return "/dev/shm";
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return Deno.env.get("TMPDIR") ?? "/tmp";
}
