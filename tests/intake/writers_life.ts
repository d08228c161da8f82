/**
 * Instruments that behave badly, played by seed against the real service: at the end nothing that is
 * called proven may lack a byte. Many live side by side, on several instruments, so that their runs are
 * sealed, sent and proven at once. As a program it plays more of them:
 * `deno run -A tests/intake/writers_life.ts --lives 400 --seed 1`.
 */
import { parseArgs } from "node:util";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { startDaemon } from "../../lib/daemon/mod.ts";
import { needsAcceptance } from "../../lib/sync/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import { filesBelow } from "../contract/stage.ts";
import { runDir, SENTINEL, SOON } from "../support/intake_lab.ts";
import { openLab } from "../support/lab.ts";
import { markDestinations } from "../support/marked.ts";
import { until } from "../support/until.ts";

export interface LivesOptions {
  readonly lives: number;
  readonly seed: number;
  readonly limitMs?: number;
}

/** One transfer an instrument goes at a time. */
const INSTRUMENTS = Array.from({ length: 8 }, (_, i) => `PLATE_0${i + 1}`);

/** What one writer did, with times, and when it did the last of it. */
interface Life {
  readonly run: string;
  readonly story: string[];
  endedAt: string;
}

/** @throws Error with the stories of all lives whose run is called proven and is not */
export async function playWriters(
  { lives, seed, limitMs = 120_000 }: LivesOptions,
): Promise<number> {
  const equipment = Object.fromEntries(INSTRUMENTS.map((id) => [id, "mount" as const]));
  await using lab = await openLab({
    equipment,
    signals: Object.fromEntries(INSTRUMENTS.map((id) => [id, SENTINEL])),
    syncYaml: SOON,
    maxParallel: INSTRUMENTS.length,
  });
  await markDestinations(lab);
  await using daemon = await startDaemon({ config: lab.config, stateDir: lab.stateDir });
  using queue = Queue.openToRead(lab.stateDir.queueFile);
  const all = Array.from({ length: lives }, (_, i): Life => ({
    run: runDir(lab, INSTRUMENTS[i % INSTRUMENTS.length]!, `Run_${seed + i}`),
    story: [],
    endedAt: "",
  }));
  const sealed = (run: string): Promise<void> =>
    until(() => (queue.jobs.byRun(run)?.files ?? 0) > 0, {
      what: `${run} to be sealed`,
      limitMs,
      everyMs: 200,
    });
  await Promise.all(all.map((life, i) => live(life, { random: randomOf(seed + i), sealed })));
  let open: string[] = [];
  await until(async () => {
    open = [];
    const rows = new Map(
      INSTRUMENTS.flatMap((id) => queue.seen.ofEquipment(id)).map((row) => [row.runPath, row]),
    );
    for (const { run, endedAt } of all) {
      const row = rows.get(run);
      const job = queue.jobs.byRun(run);
      const isSettled = row?.phase === "taken" && row.lookedAt > endedAt &&
        job?.state === "verified" && row.checkedGeneration === job.generation;
      if (!isSettled) {
        const why = job?.lastError ? `${job.lastError.code}: ${job.lastError.message}` : "";
        open.push(`${run}: ${row?.phase} ${row?.waitsFor} ${job?.state} ${why}`);
      }
      // A person knows that their program wrote `a.dat.part` aside, and that it is a.dat by now.
      if (job && needsAcceptance(job)) {
        const word = { operator: "asmith", reason: "our program renames it" };
        await daemon.control.retry(run, { acceptMissing: word });
      }
      // A person looks at what changed too much, and says that it was meant.
      if (row?.phase === "odd" && job?.state === "verified") await daemon.control.enqueue(run);
    }
    return open.length === 0;
  }, { what: () => open.slice(0, 5).join("\n"), limitMs, everyMs: 250 });
  const faults: string[] = [];
  let generations = 0;
  for (const { run, story } of all) {
    generations += queue.jobs.byRun(run)!.generation;
    const fault = await differing(run, lab.farRun(run));
    if (fault) faults.push([`${run}: ${fault}`, ...story].join("\n  "));
  }
  if (faults.length > 0) throw new Error(faults.join("\n\n"));
  return generations;
}

/** A name that is not over there with the bytes it has here; null when all are. */
async function differing(run: string, far: string): Promise<string | null> {
  for (const name of await filesBelow(run)) {
    if (name.startsWith(".exlab-wizard/")) continue;
    const [here, there] = await Promise.all(
      [run, far].map((folder) => Deno.readFile(join(folder, name)).catch(() => null)),
    );
    if (!here || !there || Buffer.compare(here, there) !== 0) return `${name} is not what is here`;
  }
  return null;
}

/** What writers do that do not know that they have ended. */
const LATE = [
  "append",
  "write and set the time back",
  "write the same size over it",
  "write through what is open",
  "write aside and rename",
] as const;

type Act = (file: string) => Promise<void>;

/** `sealed`: waits until the service has fixed the run's list. */
async function live(
  life: Life,
  { random, sealed }: {
    readonly random: () => number;
    readonly sealed: (run: string) => Promise<void>;
  },
): Promise<void> {
  const { run, story } = life;
  const begun = performance.now();
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  const text = () => `${random()} `.repeat(1 + Math.floor(random() * 400));
  const held: Deno.FsFile[] = [];
  const acts: Readonly<Record<string, Act>> = {
    append: (file) => Deno.writeTextFile(file, text(), { append: true }),
    "write aside and rename": async (file) => {
      await Deno.writeTextFile(`${file}.part`, text());
      await Deno.rename(`${file}.part`, file);
    },
    "delete and write again": async (file) => {
      await Deno.remove(file).catch(() => {});
      await Deno.writeTextFile(file, text());
    },
    "write and set the time back": async (file) => {
      await Deno.writeTextFile(file, text());
      await Deno.utime(file, new Date(0), new Date(0));
    },
    "write the same size over it": async (file) => {
      const before = await Deno.stat(file).catch(() => null);
      await Deno.writeTextFile(
        file,
        String(random()).padEnd(before?.size ?? 20).slice(0, before?.size ?? 20),
      );
      if (before?.mtime) await Deno.utime(file, before.mtime, before.mtime);
    },
    "open and keep open": async (file) => {
      held.push(await Deno.open(file, { append: true, create: true }));
    },
    "write through what is open": async () => {
      for (const file of held) await file.write(new TextEncoder().encode(text()));
    },
    "write the sentinel": () => Deno.writeTextFile(join(run, "done.flag"), ""),
  };
  await Deno.mkdir(join(run, "deep"), { recursive: true });
  const steps = 4 + Math.floor(random() * 10);
  for (let step = 0; step < steps; step++) {
    const act = pick(Object.keys(acts));
    const file = join(run, pick(["a.dat", "b.dat", "deep/c.dat"]));
    const atMs = Math.round(performance.now() - begun);
    story.push(`${atMs} ms: ${act} ${file.slice(run.length + 1)}`);
    await acts[act]!(file);
    // Mostly quick; now and then so long that the run is sealed, sent and proven in between.
    const pauseMs = random() < 0.15 ? 4_000 * random() + 1_000 : 150 * random();
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  for (const file of held.splice(0)) file.close();
  const late = join(run, "a.dat");
  await acts.append!(late);
  await acts["write the sentinel"]!("");
  story.push("append a.dat, write the sentinel");
  if (random() < 0.5) {
    const act = pick(LATE);
    await sealed(run);
    if (act === "write through what is open") await acts["open and keep open"]!(late);
    if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, 1_500 * random()));
    await acts[act]!(late);
    story.push(`after the seal: ${act} a.dat`);
    for (const file of held) file.close();
  }
  life.endedAt = new Date().toISOString();
}

/** mulberry32: the same seed plays the same life. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      lives: { type: "string", default: "100" },
      seed: { type: "string", default: "1" },
      /** For whoever lets it have only what others leave of the processors. */
      "limit-seconds": { type: "string" },
    },
  });
  const [lives, seed] = [Number(values.lives), Number(values.seed)];
  const limitMs = 1_000 * Number(values["limit-seconds"] ?? 60 + 2 * lives);
  const generations = await playWriters({ lives, seed, limitMs });
  console.log(`${lives} lives from seed ${seed}: ${generations} generations, nothing missing`);
}
