/**
 * Seeded lives of runs under a real daemon with real tools, which proves, lets go and is killed, while
 * somebody damages, edits, deletes and adds. Whatever happens: every byte that was there, or that some
 * place had, is somewhere, unless the life itself took the last copy; and nothing is called safe whose
 * far copy is not what the manifest says.
 *
 * `deno run -A tests/faults/custody_life.ts LIVES SEED [SIDE_BY_SIDE]` plays more of them.
 */
import assert from "node:assert/strict";
import { openControl } from "../../lib/daemon/mod.ts";
import { type Job, Queue } from "../../lib/queue/mod.ts";
import { filesBelow, noise, sha256 } from "../contract/stage.ts";
import { assertProven } from "../support/far_proof.ts";
import { type Lab, openLab } from "../support/lab.ts";
import { labferry, startLabDaemon } from "../support/lab_programs.ts";
import { startSshd, type TestSshd } from "../support/sshd.ts";
import { until } from "../support/until.ts";
import { seeded } from "../support/seeded.ts";

const EQUIPMENT = { DISK_01: "mount", CLOUD_01: "rclone", SHELL_01: "rsync_ssh" } as const;
const LATEST_KILL_MS = 2_500;
const CALM_MS = 2_500;
const STARTS_OF_CALM = 3;
/** From the last byte looked at to the last file deleted, on a busy computer. */
const BEHIND_MS = 5_000;

export interface LifeStory {
  readonly seed: number;
  readonly steps: string[];
  cleaned: number;
  alarmed: number;
  failed: number;
  kills: number;
}

/** @throws what is not as it must be, with the story so far */
export async function liveOnce(seed: number, sshd: TestSshd): Promise<LifeStory> {
  const story: LifeStory = { seed, steps: [], cleaned: 0, alarmed: 0, failed: 0, kills: 0 };
  try {
    await new Life(seed, story).live(sshd);
  } catch (error) {
    throw new Error(`life ${seed}:\n  ${story.steps.join("\n  ")}`, { cause: error });
  }
  return story;
}

class Life {
  readonly #random: () => number;
  readonly #story: LifeStory;
  #lab!: Lab;
  #runs: string[] = [];
  /** SHA-256 of whatever has to be somewhere, with where it came from. */
  readonly #must = new Map<string, string>();
  /** SHA-256 of a far copy that the life took while the run's local one was there. */
  readonly #taken = new Map<string, { readonly run: string; readonly atMs: number }>();
  #serial = 0;

  constructor(seed: number, story: LifeStory) {
    this.#random = seeded(seed);
    this.#story = story;
    this.#serial = seed * 100_000;
  }

  async live(sshd: TestSshd): Promise<void> {
    const passes = 1 + this.#below(3);
    const repair = this.#below(2) === 0;
    this.#tell(`passes ${passes}, repair ${repair}`);
    await using lab = await openLab({
      equipment: EQUIPMENT,
      sshd,
      maxParallel: 3,
      moreYaml: [
        `verify: { min_gap_hours: 0, repair: ${repair} }`,
        `nas_cleanup: { enabled: true, min_age_hours: 0, min_verify_passes: ${passes}, allow_same_disk: true }`,
      ].join("\n"),
    });
    this.#lab = lab;
    const marked = await labferry(lab, ["destination", "init"]);
    assert.equal(marked.code, 0, marked.stderr);
    Queue.open(lab.stateDir.queueFile)[Symbol.dispose]();
    for (let i = 2 + this.#below(3); i > 0; i--) await this.#addRun();
    for (let i = 2 + this.#below(4); i > 0; i--) await this.#killedDay();
    await this.#calmDay();
    await this.#lastLook();
  }

  /** The service works for a moment, something happens meanwhile, and it is killed. */
  async #killedDay(): Promise<void> {
    if (this.#below(3) === 0) await this.#addRun();
    const daemon = await startLabDaemon(this.#lab);
    try {
      await pause(this.#below(LATEST_KILL_MS));
      for (let i = this.#below(3); i > 0; i--) await this.#happen();
      await pause(this.#below(LATEST_KILL_MS));
    } finally {
      await daemon.kill();
    }
    this.#story.kills++;
    this.#tell(`killed; ${this.#states()}`);
    await this.#everythingIsSomewhere();
  }

  async #calmDay(): Promise<void> {
    const startedMs = performance.now();
    await using daemon = await startLabDaemon(this.#lab);
    // On a busy computer its rounds take as much longer as its start does.
    const calmMs = Math.max(CALM_MS, STARTS_OF_CALM * (performance.now() - startedMs));
    let [last, sinceMs] = ["", performance.now()];
    await until(() => {
      const now = JSON.stringify(this.#jobs().map(({ id, updatedAt }) => [id, updatedAt]));
      if (now !== last) [last, sinceMs] = [now, performance.now()];
      return performance.now() - sinceMs > calmMs;
    }, { limitMs: 120_000, everyMs: 100, what: "a calm day" });
    this.#tell(`calm; ${this.#states()}`);
    // An orderly end leaves none of its tools behind.
    daemon.signal("SIGTERM");
    await daemon.ended;
  }

  /** Whoever asks is told the truth: damage is found, and what is called safe is safe. */
  async #lastLook(): Promise<void> {
    await this.#everythingIsSomewhere();
    for (const job of this.#jobs()) {
      if (!["verified", "cleanup_eligible", "cleaned"].includes(job.state)) continue;
      const { code, stderr } = await labferry(this.#lab, ["verify", job.runPath]);
      this.#tell(`verify ${name(job.runPath)}: ${code} ${stderr.split("\n")[0] ?? ""}`);
    }
    await this.#everythingIsSomewhere();
    for (const job of this.#jobs()) {
      const isSafe = ["verified", "cleanup_eligible", "cleaned"].includes(job.state) &&
        job.alarm === null;
      if (job.state === "cleaned") this.#story.cleaned++;
      if (job.alarm) this.#story.alarmed++;
      if (job.state === "failed") this.#story.failed++;
      if (isSafe) await assertProven(this.#lab.farRun(job.runPath));
    }
  }

  async #happen(): Promise<void> {
    const run = this.#runs[this.#below(this.#runs.length)]!;
    const far = this.#lab.farRun(run);
    switch (this.#below(6)) {
      case 0:
        return await this.#damageFar(far, run);
      case 1:
        return await this.#removeFar(far, run);
      case 2:
        return await this.#editLocal(run);
      case 3:
        return await this.#removeLocal(run);
      case 4:
        return await this.#newcomer(run);
      case 5: {
        const pin = this.#below(2) === 0 ? "pin" : "unpin";
        const { code } = await labferry(this.#lab, [pin, run]);
        return this.#tell(`${pin} ${name(run)}: ${code}`);
      }
    }
  }

  async #damageFar(far: string, run: string): Promise<void> {
    const path = await this.#someFile(far);
    if (path === null) return;
    const bytes = await Deno.readFile(`${far}/${path}`).catch(() => null);
    if (!bytes || bytes.length === 0) return;
    const taken = sha256(bytes);
    bytes[this.#below(bytes.length)]! ^= 1;
    await Deno.writeFile(`${far}/${path}`, bytes).catch(() => {});
    // Looked at afterwards: the service may be letting go of it in this very moment.
    this.#taken.set(taken, { run, atMs: Date.now() });
    this.#forgive(taken, await hashOf(`${run}/${path}`));
    this.#tell(`flipped a bit of ${name(run)}/${path} over there`);
  }

  async #removeFar(far: string, run: string): Promise<void> {
    const path = await this.#someFile(far);
    if (path === null) return;
    const taken = await hashOf(`${far}/${path}`);
    await Deno.remove(`${far}/${path}`).catch(() => {});
    if (taken !== null) this.#taken.set(taken, { run, atMs: Date.now() });
    this.#forgive(taken, await hashOf(`${run}/${path}`));
    this.#tell(`removed ${name(run)}/${path} over there`);
  }

  async #editLocal(run: string): Promise<void> {
    const path = await this.#someFile(run);
    if (path === null) return;
    const far = await hashOf(`${this.#lab.farRun(run)}/${path}`);
    this.#forgive(await hashOf(`${run}/${path}`), far);
    const bytes = noise(2_000, this.#serial++);
    await Deno.writeFile(`${run}/${path}`, bytes);
    this.#must.set(sha256(bytes), `${name(run)}/${path}, edited`);
    this.#tell(`edited ${name(run)}/${path}`);
  }

  async #removeLocal(run: string): Promise<void> {
    const path = await this.#someFile(run);
    if (path === null) return;
    this.#forgive(await hashOf(`${run}/${path}`), await hashOf(`${this.#lab.farRun(run)}/${path}`));
    await Deno.remove(`${run}/${path}`).catch(() => {});
    this.#tell(`removed ${name(run)}/${path} here`);
  }

  async #newcomer(run: string): Promise<void> {
    const bytes = noise(1_500, this.#serial++);
    const path = `late-${this.#serial}.raw`;
    await Deno.writeFile(`${run}/${path}`, bytes);
    this.#must.set(sha256(bytes), `${name(run)}/${path}, a newcomer`);
    this.#tell(`added ${name(run)}/${path}`);
  }

  /** The life takes a copy: unless the other one is the same, it may have been the last. */
  #forgive(taken: string | null, other: string | null): void {
    if (taken !== null && taken !== other) this.#must.delete(taken);
  }

  async #addRun(): Promise<void> {
    const ids = Object.keys(EQUIPMENT);
    const equipment = ids[this.#below(ids.length)]!;
    const files: Record<string, Uint8Array> = {};
    for (let i = 2 + this.#below(12); i > 0; i--) {
      files[`${this.#below(2) === 0 ? "" : "tiles/"}${i}.raw`] = noise(
        100 + this.#below(100_000),
        this.#serial++,
      );
    }
    const run = await this.#lab.makeRun(files, { equipment });
    for (const [path, bytes] of Object.entries(files)) {
      this.#must.set(sha256(bytes), `${name(run)}/${path}`);
    }
    this.#runs.push(run);
    using opened = await openControl(this.#lab.config, this.#lab.stateDir);
    await opened.control.enqueue(run);
    this.#tell(`run ${name(run)} of ${equipment}, ${Object.keys(files).length} files`);
  }

  async #everythingIsSomewhere(): Promise<void> {
    const there = new Set<string>();
    const roots = [
      this.#lab.dataRoot,
      ...Object.keys(EQUIPMENT).map((id) => this.#lab.farBase(id)),
    ];
    for (const root of roots) {
      for (const path of await filesBelow(root)) {
        const hash = await hashOf(`${root}/${path}`);
        if (hash !== null) there.add(hash);
      }
    }
    for (const [hash] of this.#must) {
      if (!there.has(hash) && this.#wasTakenBehindTheLook(hash)) this.#must.delete(hash);
    }
    const lost = [...this.#must].filter(([hash]) => !there.has(hash)).map(([, from]) => from);
    assert.deepEqual(lost, [], "bytes are nowhere any more");
  }

  /**
   * A deletion looked at every byte over there, and the life took one behind its back, in the moment
   * before the local one went: nobody can see that. Only after a look that had just ended.
   */
  #wasTakenBehindTheLook(hash: string): boolean {
    const taken = this.#taken.get(hash);
    if (!taken) return false;
    using queue = Queue.open(this.#lab.stateDir.queueFile, { readOnly: true });
    const job = queue.jobs.byRun(taken.run);
    if (!job || job.deletionStartedAt === null && job.state !== "cleaned") return false;
    const last = queue.passes.of(job.id, job.generation).at(-1);
    if (!last?.endedAt || last.outcome !== "passed") return false;
    const agoMs = taken.atMs - Date.parse(last.endedAt);
    this.#tell(`taken behind the look of ${name(taken.run)}, which ended ${agoMs} ms before`);
    return agoMs > -BEHIND_MS && agoMs < BEHIND_MS;
  }

  /** A data file that is there, or null. */
  async #someFile(folder: string): Promise<string | null> {
    const paths = (await filesBelow(folder).catch(() => [])).filter((path) =>
      !path.startsWith(".exlab-wizard/") && !path.includes(".lf-")
    );
    return paths[this.#below(paths.length)] ?? null;
  }

  #jobs(): Job[] {
    using queue = Queue.open(this.#lab.stateDir.queueFile, { readOnly: true });
    return queue.jobs.list({ limit: 100 });
  }

  #states(): string {
    return this.#jobs().map(({ runPath, state, lastError, alarm }) =>
      `${name(runPath)} ${state}${lastError ? ` (${lastError.code})` : ""}${alarm ? " ALARM" : ""}`
    ).join(", ");
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #tell(step: string): void {
    this.#story.steps.push(step);
  }
}

async function hashOf(path: string): Promise<string | null> {
  try {
    return sha256(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return null;
    }
    throw error;
  }
}

function name(run: string): string {
  return run.split("/").at(-1)!;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export interface ManyLives {
  readonly first: number;
  readonly lives: number;
  /** Each is mostly waiting: for its daemon to start, and for the moment of its kill. */
  readonly sideBySide: number;
  readonly onLife?: (story: LifeStory) => void;
}

/** Several at a time, each in a lab of its own, over one ssh server. @throws as `liveOnce`, when all have ended */
export async function liveMany(
  { first, lives, sideBySide, onLife = () => {} }: ManyLives,
): Promise<Omit<LifeStory, "seed" | "steps">> {
  await using sshd = await startSshd();
  const sum = { cleaned: 0, alarmed: 0, failed: 0, kills: 0 };
  let seed = first;
  const one = async () => {
    while (seed < first + lives) {
      const story = await liveOnce(seed++, sshd);
      for (const what of ["cleaned", "alarmed", "failed", "kills"] as const) {
        sum[what] += story[what];
      }
      onLife(story);
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: sideBySide }, one));
  const broken = ends.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
  if (broken.length > 0) throw new AggregateError(broken, `${broken.length} lives went wrong`);
  return sum;
}

if (import.meta.main) {
  const [lives = "10", first = "1", sideBySide = "6"] = Deno.args;
  let done = 0;
  const beganMs = performance.now();
  const sum = await liveMany({
    first: Number(first),
    lives: Number(lives),
    sideBySide: Number(sideBySide),
    onLife: ({ seed, steps, ...counts }) =>
      console.log(`${++done}: seed ${seed}, ${steps.length} steps`, JSON.stringify(counts)),
  });
  const tookS = Math.round((performance.now() - beganMs) / 1000);
  console.log(`${done} lives in ${tookS} s`, JSON.stringify(sum));
}
