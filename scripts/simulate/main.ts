/**
 * `deno task simulate --lives N --seed S`: lives of a lab PC and its NAS, one after the other, each from
 * its own seed. A life in which something is broken prints its story; the same seed tells it again.
 */
import { parseArgs } from "node:util";
import { type LifeEnd, live } from "./life.ts";
import { showLog } from "./machine.ts";

const { values } = parseArgs({
  options: {
    lives: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    story: { type: "boolean", default: false },
    log: { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false },
  },
});

if (values.log) showLog();
const lives = Number(values.lives);
const first = Number(values.seed);
const startedMs = performance.now();
const sums = new Map<string, number>();
let broken = 0;
for (let seed = first; seed < first + lives; seed++) {
  const end = await lived(seed);
  for (const [what, count] of Object.entries(end.counts)) {
    sums.set(what, (sums.get(what) ?? 0) + count);
  }
  if (end.broken.length > 0) {
    broken++;
    tell(end);
    if (!values["keep-going"]) break;
  } else if (values.story) tell(end);
  if ((seed - first + 1) % 100 === 0) {
    const perMinute = Math.round((seed - first + 1) / ((performance.now() - startedMs) / 60_000));
    console.log(`${seed - first + 1} lives, ${perMinute} a minute, ${broken} broken`);
  }
}
const tookS = (performance.now() - startedMs) / 1000;
console.log(`${broken} of ${lives} lives broken, in ${tookS.toFixed(1)} s`);
for (const [what, count] of [...sums].sort()) console.log(`  ${what}: ${count}`);
Deno.exit(broken > 0 ? 1 : 0);

/** A fault of the simulation itself is said; the other lives are not lived then. */
async function lived(seed: number): Promise<LifeEnd> {
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
