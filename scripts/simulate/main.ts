/**
 * `deno task simulate --lives N --seed S [--minutes M] [--threads T]`: lives of a lab PC and its NAS, one
 * after the other on each thread, each from its own seed. A life in which something is broken prints its
 * story; the same seed tells it again, in any process.
 */
import { parseArgs } from "node:util";
import { liveOnThreads } from "./crew.ts";
import { type LifeEnd, live } from "./life.ts";
import { showLog } from "./machine.ts";
import { elapsedMs } from "./own_chance.ts";

const { values } = parseArgs({
  options: {
    lives: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    minutes: { type: "string" },
    threads: { type: "string", default: "1" },
    story: { type: "boolean", default: false },
    log: { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false },
  },
});

if (values.log) showLog();
const lives = Number(values.lives);
const first = Number(values.seed);
const startedMs = elapsedMs();
const sums = new Map<string, number>();
const mostMs = values.minutes === undefined ? Infinity : Number(values.minutes) * 60_000;
let broken = 0;
let lived = 0;
const threads = Number(values.threads);
if (threads > 1) await liveOnThreads({ first, lives, threads, onLife: sum });
else {
  for (let seed = first; seed < first + lives; seed++) if (!sum(await oneLife(seed))) break;
}
const tookS = (elapsedMs() - startedMs) / 1000;
console.log(`${broken} of ${lived} lives broken, in ${tookS.toFixed(1)} s`);
for (const [what, count] of [...sums].sort()) console.log(`  ${what}: ${count}`);
Deno.exit(broken > 0 ? 1 : 0);

/** False: it is enough. */
function sum(end: LifeEnd): boolean {
  lived++;
  for (const [what, count] of Object.entries(end.counts)) {
    sums.set(what, (sums.get(what) ?? 0) + count);
  }
  if (end.broken.length > 0) broken++;
  if (end.broken.length > 0 || values.story) tell(end);
  if (lived % 100 === 0) {
    const perMinute = Math.round(lived / ((elapsedMs() - startedMs) / 60_000));
    console.log(`${lived} lives, ${perMinute} a minute, ${broken} broken`);
  }
  const goesOn = broken === 0 || values["keep-going"];
  return goesOn && elapsedMs() - startedMs < mostMs;
}

/** A fault of the simulation itself is said; the other lives are not lived then. */
async function oneLife(seed: number): Promise<LifeEnd> {
  try {
    return await live({ seed });
  } catch (error) {
    console.error(`seed ${seed}: the simulation failed`, error);
    Deno.exit(2);
  }
}

function tell({ seed, story, broken }: LifeEnd): void {
  console.log(`\nseed ${seed}${broken.length > 0 ? " BROKEN" : ""}`);
  console.log(story.join("\n"));
  console.log(`again: deno task simulate --lives 1 --seed ${seed} --story\n`);
}
