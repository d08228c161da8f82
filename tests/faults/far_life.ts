/**
 * One life of a run and its far folder, from a seed: local edits, renames (case, composition, file
 * to folder and back), a colleague who writes over there between two calls, lost queues, connections
 * that die at any call. What it asserts after every delivery: each byte that was over there still is,
 * under its name or below `.labferry-superseded`; what lost its name is in the timeline; and what is
 * called verified is there as it is here.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { isOwnTempName } from "../../lib/disk/mod.ts";
import type { Job, JobEvent } from "../../lib/queue/mod.ts";
import { acceptMissing, needsAcceptance, verifyAgain } from "../../lib/sync/mod.ts";
import { next } from "../../lib/jobs/mod.ts";
import type { Transport, TransportType } from "../../lib/transports/mod.ts";
import { assertProven } from "../support/far_proof.ts";
import { type Bench, openBench } from "../sync/bench.ts";
import { watched } from "../sync/watched_transport.ts";
import type { TestSshd } from "../support/sshd.ts";

export interface LifeOptions {
  readonly seed: number;
  readonly steps: number;
  readonly type: TransportType;
  /** The destination's base as labferry and the colleague reach it, and as its disk has it. */
  readonly base: { readonly path: string; readonly diskPath: string };
  readonly sshd?: TestSshd;
  /** Instead of the lab's own transport. */
  readonly transport?: Transport;
}

const EQUIPMENT = "PLATE_01";
const NFC = "\u00e9t\u00e9.txt";
const NFD = "e\u0301te\u0301.txt";
/** Names that meet each other: by case, by composition, as file and as folder. */
const NAMES = [
  "keep.tif",
  "Keep.tif",
  NFC,
  NFD,
  "sample.raw",
  "sample.raw/_FUNC001.DAT",
  "Sample.raw",
  "sub/x.csv",
  "sub/X.csv",
  "Sub",
  "sub",
  "deep/er/f.dat",
  "results.csv",
] as const;
const ROUNDS = 4;

export async function liveFarLife(options: LifeOptions): Promise<void> {
  const life = await Life.begin(options);
  try {
    for (let step = 0; step < options.steps; step++) await life.step();
  } catch (error) {
    const story = life.story.join("\n  ");
    throw new Error(`seed ${options.seed}, ${options.type}:\n  ${story}\n${inspect(error)}`, {
      cause: error,
    });
  } finally {
    await life.end();
  }
}

function inspect(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

class Life {
  readonly story: string[] = [];
  readonly #random: () => number;
  readonly #benches: Bench[] = [];
  #bench!: Bench;
  #run = "";
  #written = 0;
  /** Calls that still go through before the connection dies; null for ever. */
  #callsLeft: number | null = null;
  #calls = 0;
  #passFailed = false;

  private constructor(private readonly options: LifeOptions) {
    this.#random = mulberry32(options.seed);
  }

  static async begin(options: LifeOptions): Promise<Life> {
    const life = new Life(options);
    await life.#openBench(undefined);
    life.#run = await life.#bench.lab.makeRun({
      "keep.tif": life.#content(),
      "first.dat": life.#content(),
    });
    life.#bench.enqueue(life.#run);
    return life;
  }

  async end(): Promise<void> {
    for (const bench of this.#benches.reverse()) await bench[Symbol.asyncDispose]();
  }

  async step(): Promise<void> {
    const kinds = ["edit", "edit", "edit", "edit", "colleague", "colleague", "queue lost"] as const;
    for (let i = 0; i < 1 + this.#below(3); i++) {
      switch (this.#pick(kinds)) {
        case "edit":
          await this.#editHere();
          break;
        case "colleague":
          await this.#colleague();
          break;
        case "queue lost":
          if (this.#random() < 0.5) await this.#loseQueue();
      }
    }
    await this.#deliver();
  }

  async #openBench(before: Bench | undefined): Promise<void> {
    const { type, base, sshd, transport } = this.options;
    this.#bench = await openBench({
      equipment: { [EQUIPMENT]: type },
      farBases: { [EQUIPMENT]: base.path },
      ...(sshd ? { sshd } : {}),
      ...(before
        ? { dataRoot: before.lab.dataRoot, installation: before.context.installation }
        : {}),
      wrap: (made) => watched(transport ?? made, () => this.#watch()),
    });
    this.#benches.push(this.#bench);
  }

  #watch(): void {
    this.#calls++;
    if (this.#callsLeft === null) return;
    if (this.#callsLeft === 0) throw new Error("the connection died");
    this.#callsLeft--;
  }

  async #loseQueue(): Promise<void> {
    this.story.push("the queue is lost");
    await this.#openBench(this.#bench);
    this.#bench.enqueue(this.#run);
  }

  async #editHere(): Promise<void> {
    const name = this.#pick(NAMES);
    if (this.#random() < 0.35) {
      this.story.push(`here: remove ${JSON.stringify(name)}`);
      await removeIfThere(`${this.#run}/${name}`);
    } else {
      this.story.push(`here: write ${JSON.stringify(name)}`);
      await writeOver(this.#run, name, this.#content());
    }
  }

  /** Through the share, as a person with a mount would; between calls, never inside one. */
  async #colleague(): Promise<void> {
    const name = this.#pick(NAMES);
    const far = this.#bench.lab.farRun(this.#run);
    const dice = this.#random();
    if (dice < 0.25) {
      this.story.push(`colleague: takes ${JSON.stringify(name)} away`);
      await removeIfThere(`${far}/${name}`);
    } else {
      this.story.push(`colleague: writes ${JSON.stringify(name)}`);
      await writeIfFree(far, name, this.#content());
    }
  }

  async #deliver(): Promise<void> {
    const before = await farFiles(this.options.base.diskPath);
    const beforeThere = await farFiles(this.#bench.lab.farRun(this.#run));
    const seq = this.#lastSeq();
    this.#callsLeft = this.#random() < 0.4 ? this.#below(30) : null;
    if (this.#callsLeft !== null) this.story.push(`dies after ${this.#callsLeft} calls`);
    const state = await this.#untilSettled();
    this.#callsLeft = null;
    this.story.push(`delivered: ${state}`);
    const after = await farFiles(this.options.base.diskPath);
    const kept = new Set(after.values());
    for (const [path, hash] of before) assert.ok(kept.has(hash), `bytes of ${path} are gone`);
    await this.#assertTold(beforeThere, this.#eventsSince(seq));
    if (state === "verified") await this.#assertVerified();
  }

  async #untilSettled(): Promise<string> {
    const { queue, context } = this.#bench;
    this.#passFailed = false;
    for (let round = 0; round < ROUNDS; round++) {
      let job = this.#bench.job(this.#run);
      // As `ship` does it: another pass over what was verified before.
      if (job.state === "verified" && round === 0) job = await this.#verifyAgain(job);
      if (job.state === "verified") return this.#passFailed ? "not proven anew" : job.state;
      if (job.state === "failed") {
        const acceptable = needsAcceptance(job) && this.#random() < 0.7;
        if (acceptable) {
          await acceptMissing(job, { operator: "asmith", reason: "a test" }, context).catch(
            (error) => assert.equal(error.code, "nothing_to_accept"),
          );
        }
        job = this.#bench.job(this.#run);
        const step = next(job, { type: "retry" }, new Date())!;
        queue.jobs.transition(job, { change: step.change, event: step.event });
      }
      job = await this.#bench.deliver(this.#run);
      if (job.state === "verified") return job.state;
      if (job.lastError) {
        this.story.push(`  ${job.state}: ${job.lastError.code}: ${job.lastError.message}`);
      }
    }
    return this.#bench.job(this.#run).state;
  }

  async #verifyAgain(job: Job): Promise<Job> {
    try {
      return await verifyAgain(job, this.#bench.work(EQUIPMENT));
    } catch (error) {
      this.story.push(`  pass: ${error instanceof Error ? error.message : error}`);
      // The connection died, or a loss came to light: a pass that could not be made is none.
      this.#passFailed = true;
      return this.#bench.job(this.#run);
    }
  }

  /** Whatever lost its name or its bytes over there is named in the timeline. */
  async #assertTold(before: Map<string, string>, events: readonly JobEvent[]): Promise<void> {
    const after = await farFiles(this.#bench.lab.farRun(this.#run));
    const told = events.filter(({ kind }) => kind === "set_aside")
      .flatMap(({ detail }) => detail["names"] as string[]);
    for (const [path, hash] of before) {
      if (after.get(path) === hash) continue;
      const isTold = told.some((name) => path === name || path.startsWith(`${name}/`));
      assert.ok(isTold, `${path} was moved and nothing says so; told: ${told}`);
    }
  }

  async #assertVerified(): Promise<void> {
    const far = this.#bench.lab.farRun(this.#run);
    await assertProven(far);
    for (const [path, hash] of await farFiles(this.#run)) {
      const there = createHash("sha256").update(await Deno.readFile(`${far}/${path}`)).digest(
        "hex",
      );
      assert.equal(there, hash, `${path} is not there as it is here`);
    }
  }

  #lastSeq(): number {
    return this.#bench.queue.timeline.of(this.#bench.job(this.#run).id).at(-1)?.seq ?? 0;
  }

  #eventsSince(seq: number): JobEvent[] {
    return this.#bench.queue.timeline.of(this.#bench.job(this.#run).id, { afterSeq: seq });
  }

  /** Never the same twice, so that a copy elsewhere cannot hide a loss. */
  #content(): string {
    return `content ${this.options.seed} ${this.#written++} ${"x".repeat(this.#below(40))}`;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }
}

/** Path → SHA-256 of every data file below a folder; records and half-sent files are none. */
async function farFiles(root: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const walk = async (below: string): Promise<void> => {
    for await (const entry of entriesOf(below === "" ? root : `${root}/${below}`)) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (isOurs(entry.name)) continue;
      if (entry.isDirectory) await walk(path);
      else if (entry.isFile) {
        const bytes = await Deno.readFile(`${root}/${path}`);
        found.set(path, createHash("sha256").update(bytes).digest("hex"));
      }
    }
  };
  await walk("");
  return found;
}

async function* entriesOf(dir: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(dir);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function isOurs(name: string): boolean {
  return name === ".exlab-wizard" || name === ".labferry-destination.json" ||
    name === ".labferry-partial" || isOwnTempName(name);
}

/** Local edits may turn a file into a folder and back. */
async function writeOver(root: string, name: string, content: string): Promise<void> {
  const segments = name.split("/");
  for (let depth = 1; depth < segments.length; depth++) {
    const parent = `${root}/${segments.slice(0, depth).join("/")}`;
    if ((await statOrNull(parent))?.isFile) await Deno.remove(parent);
  }
  await Deno.mkdir(`${root}/${segments.slice(0, -1).join("/")}`, { recursive: true });
  const path = `${root}/${name}`;
  if ((await statOrNull(path))?.isDirectory) await Deno.remove(path, { recursive: true });
  await Deno.writeTextFile(path, content);
}

/** A colleague destroys nothing either: a name of another kind is left alone. */
async function writeIfFree(root: string, name: string, content: string): Promise<void> {
  const segments = name.split("/");
  for (let depth = 1; depth < segments.length; depth++) {
    if ((await statOrNull(`${root}/${segments.slice(0, depth).join("/")}`))?.isFile) return;
  }
  const path = `${root}/${name}`;
  if ((await statOrNull(path))?.isDirectory) return;
  await Deno.mkdir(`${root}/${segments.slice(0, -1).join("/")}`, { recursive: true });
  await Deno.writeTextFile(path, content);
}

async function removeIfThere(path: string): Promise<void> {
  if (await statOrNull(path)) await Deno.remove(path, { recursive: true });
}

async function statOrNull(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    throw error;
  }
}

function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
