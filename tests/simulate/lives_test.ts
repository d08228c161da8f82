/** Simulated lives: a fixed set of them is good, each is the same every time, and a fault is found. */
import assert from "node:assert/strict";
import { liveOnThreads } from "../../scripts/simulate/crew.ts";
import { type LifeEnd, live } from "../../scripts/simulate/life.ts";
import { supersededDir } from "../../lib/sync/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import type { Sabotage } from "../../scripts/simulate/world.ts";

/** Less than a minute of two idle cores; `deno task simulate` lives as many as one likes. */
const LIVES = 400;
const MOST_THREADS = 4;

Deno.test(`${LIVES} simulated lives lose nothing, claim nothing untrue and delete nothing early`, async () => {
  const sums = new Map<string, number>();
  const broken: LifeEnd[] = [];
  const threads = Math.min(navigator.hardwareConcurrency, MOST_THREADS);
  const onLife = (end: LifeEnd) => {
    if (end.broken.length > 0) broken.push(end);
    for (const [what, count] of Object.entries(end.counts)) {
      sums.set(what, (sums.get(what) ?? 0) + count);
    }
    return broken.length === 0;
  };
  await liveOnThreads({ first: 1, lives: LIVES, threads, onLife });
  const [first] = broken;
  assert.equal(first, undefined, `seed ${first?.seed}\n${first?.story.join("\n")}`);
  // Lives in which nothing is at stake would prove nothing.
  for (const what of ["power cuts here", "power cuts there", "restored", "second labferry"]) {
    assert.ok((sums.get(what) ?? 0) >= LIVES / 20, `hardly any ${what} in ${LIVES} lives`);
  }
  for (const [what, least] of Object.entries({ seals: 3, deletions: 6, cleaned: 2, kills: 1 })) {
    const seen = sums.get(what) ?? 0;
    assert.ok(seen >= least * LIVES / 2, `only ${seen} ${what} in ${LIVES} lives`);
  }
});

/** Lives in which something was broken once. */
for (
  const seed of [
    7000193,
    7000586,
    20000038,
    21000046,
    21000330,
    24000849,
    50000909,
    60011461,
    62009645,
    62017245,
  ]
) {
  Deno.test(`life ${seed} is good, which once was not`, async () => {
    const end = await live({ seed });
    assert.deepEqual(end.broken, [], end.story.join("\n"));
  });
}

Deno.test("a life is the same each time it is lived", async () => {
  for (const seed of [10003, 10013, 58]) {
    const [first, again] = [await live({ seed }), await live({ seed })];
    assert.deepEqual(again.story, first.story);
    assert.deepEqual(again.files, first.files);
  }
});

Deno.test("a life is the same in another process, in which it is the first", async () => {
  const seed = 9_000_011;
  const main = new URL("../../scripts/simulate/main.ts", import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", main, "--lives", "1", "--seed", String(seed), "--story"],
  }).output();
  const { story } = await live({ seed });
  assert.ok(story.length > 10);
  assert.ok(new TextDecoder().decode(stdout).includes(story.join("\n")));
});

Deno.test("a life sets aside under the names of its own time, whatever was lived before it", async () => {
  const later = supersededDir("run", new HandClock("2199-01-01T00:00:00Z"));
  assert.match(later, /21990101/);
  const { files } = await live({ seed: 10013 });
  const aside = files.filter((path) => path.includes(".labferry-superseded/"));
  assert.ok(aside.length > 0);
  assert.deepEqual(aside.filter((path) => path.includes("/2199")), []);
});

const FAULTS: readonly (readonly [string, Sabotage, RegExp])[] = [
  [
    "a NAS that answers from this computer's memory and says that it does not",
    { lyingCache: true },
    /no pass ever (compared all of it|read these bytes)|the last pass was|passes compared it|safe" after a scrub/,
  ],
  [
    "an identity that is not asked for",
    { noIdentity: true },
    /no pass ever compared all of it|another file system/,
  ],
  ["local files that are not read once more", { noRehash: true }, /were not read once more/],
  ["a NAS that replaces what stands in the way", { overwrites: true }, /destroyed the last copy/],
  ["passes and ages that are too short", { hasty: true }, /of life ago|passes compared it/],
  [
    "a NAS that says it has flushed, and has not",
    { lyingFlush: true },
    /not on the NAS's disk|and not on its disk|which was on no disk/,
  ],
  ["copies that go while there is room", { needless: true }, /there was room enough/],
  [
    "a deletion that needs a pass less than is configured",
    { onePassLess: true },
    /only \d passes compared it/,
  ],
  [
    "records that do not say that a person keeps the run",
    { forgetfulRecords: true },
    /a person keeps it/,
  ],
  ["a tree that nobody asks after", { unclaimed: true }, /another labferry looks after the tree/],
];
/** A fault that shows itself in none of so many lives is not found. */
const MOST_LIVES = 60;

for (const [what, sabotage, words] of FAULTS) {
  Deno.test(`the simulation finds ${what}`, async () => {
    const found = await firstBroken(sabotage);
    assert.ok(found, `none of ${MOST_LIVES} lives was broken`);
    assert.match(found.broken.join("\n"), words, found.story.join("\n"));
    assert.ok(found.story.some((line) => line.includes("BROKEN")));
  });
}

async function firstBroken(sabotage: Sabotage): Promise<LifeEnd | null> {
  for (let seed = 1; seed <= MOST_LIVES; seed++) {
    const end = await live({ seed, sabotage });
    if (end.broken.length > 0) return end;
  }
  return null;
}
