/**
 * `deno task bench [--rounds N] [--dir DIR] [--only WORD]`: prints the table of
 * `docs/performance.md`. The data goes to DIR (default: a RAM disk where there is one, else the
 * temporary folder) and is removed.
 */
import { parseArgs } from "node:util";
import { join } from "node:path";
import { makeData } from "./data.ts";
import { measure, type Pair, type PairResult } from "./pair.ts";
import { hashPairs, nextJob, recordUpdate } from "./small_things.ts";
import { mountPairs, rsyncPairs } from "./transfers.ts";
import { auditResults } from "./audit.ts";
import { hundredRuns, smallRunPairs, startUp } from "./small_runs.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    rounds: { type: "string", default: "3" },
    dir: { type: "string" },
    only: { type: "string", default: "" },
  },
});
const rounds = Number(values.rounds);
const dir = await Deno.makeTempDir({ dir: values.dir ?? defaultDir(), prefix: "labferry-bench-" });

try {
  console.error(`data in ${dir}`);
  await makeData(join(dir, "source"));
  const rsync = await rsyncPairs(dir);
  const small = await smallRunPairs(dir);
  const pairs: Pair[] = [
    ...mountPairs(dir),
    ...rsync.pairs,
    ...small.pairs,
    ...hashPairs(dir),
  ];
  const results: PairResult[] = [];
  for (const pair of pairs.filter(({ name }) => name.includes(values.only))) {
    results.push(tell(await measure(pair, rounds)));
  }
  await rsync.stop();
  await small.stop();
  if ("100 small runs".includes(values.only)) results.push(tell(await hundredRuns()));
  if ("start to --version".includes(values.only)) results.push(tell(await startUp(rounds)));
  if ("record update".includes(values.only)) results.push(tell(await recordUpdate(dir)));
  if ("next job".includes(values.only)) results.push(tell(await nextJob(dir)));
  if ("audit".includes(values.only)) {
    for (const result of await auditResults(dir, rounds)) results.push(tell(result));
  }
  console.log(`\n| what | ours | peer | ratio | budget |\n|---|---|---|---|---|`);
  for (const { name, oursMs, theirsMs, ratio, budget } of results) {
    console.log(
      `| ${name} | ${ms(oursMs)} | ${ms(theirsMs)} | **${ratio.toFixed(2)}** | ≤ ${
        budget.toFixed(2)
      } |`,
    );
  }
} finally {
  await Deno.remove(dir, { recursive: true });
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
