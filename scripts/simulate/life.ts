/**
 * One life of a lab PC with its NAS, from a seed: runs are acquired, proven and let go, and everything
 * that happens to such computers happens to this one. What must always hold is looked at after every
 * step, and at each deletion in its very moment.
 */
import { openStateDir, type StateDir } from "../../lib/daemon/mod.ts";
import { resumeScope } from "../../lib/sync/mod.ts";
import { initDestination, KnownDestinations } from "../../lib/transports/mod.ts";
import { Dice } from "./dice.ts";
import { EVENTS, MEANWHILE } from "./events.ts";
import { habitsOf } from "./far_side.ts";
import type { Hand } from "./hand.ts";
import { SIM } from "./local_disk.ts";
import { Machine } from "./machine.ts";
import { useChance } from "./own_chance.ts";
import { isOwnInstant } from "./own_instants.ts";
import { prepare, type Prepared } from "./prepare.ts";
import { removeQueue } from "./queue_files.ts";
import { Runs } from "./runs.ts";
import { Broken } from "./story.ts";
import { Truth } from "./truth.ts";
import { filesBelow } from "./tree.ts";
import { DATA_ROOT, EQUIPMENT, MOUNT_POINT, type Sabotage, World } from "./world.ts";

export interface LifeOptions {
  readonly seed: number;
  readonly sabotage?: Sabotage;
}

export interface LifeEnd {
  readonly seed: number;
  /** What must not be and was, in the order of its finding; none in a good life. */
  readonly broken: readonly string[];
  readonly story: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}

const HOUR_MS = 3_600_000;

export async function live({ seed, sabotage = {} }: LifeOptions): Promise<LifeEnd> {
  const life = new Life(seed, { sabotage, prepared: await prepare() });
  useChance({ seed, time: life.world.time });
  try {
    await life.live();
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
  } finally {
    await life.end();
    useChance(null);
  }
  return life.result();
}

class Life implements Hand {
  readonly world: World;
  readonly dice: Dice;
  readonly runs: Runs;
  readonly truth: Truth;
  readonly queueFile: string;
  readonly prepared: Prepared;
  machine!: Machine;
  /** The service is up. */
  isUp = false;
  isGateShut = false;
  isPaused = false;
  readonly pinned = new Set<string>();
  /** This life may take the last good copy of something, and says so. */
  readonly mayDestroy: boolean;
  readonly seed: number;
  counts: Record<string, number> = {};
  #meanwhileAt = Infinity;

  constructor(
    seed: number,
    { sabotage, prepared }: { readonly sabotage: Sabotage; readonly prepared: Prepared },
  ) {
    this.seed = seed;
    this.prepared = prepared;
    this.dice = new Dice(seed);
    this.world = new World({
      dice: this.dice,
      habits: habitsOf(this.dice, seed),
      sabotage,
    });
    this.mayDestroy = this.dice.chance(0.2);
    this.queueFile = `${prepared.folder}/queue.db`;
    this.runs = new Runs(this.world);
    this.truth = new Truth(this.world, () => this);
    this.world.onUnlink = (path, node) => {
      const { queue } = this.machine;
      if (queue) this.truth.unlinked(path, node, queue);
    };
  }

  async live(): Promise<void> {
    await this.#begin();
    const steps = this.dice.between(8, 22);
    for (let step = 0; step < steps; step++) {
      const events = this.dice.weighted([[3, 0], [5, 1], [3, 2], [1, 3]]);
      for (let i = 0; i < events; i++) await this.#event();
      await this.pass(this.#span());
    }
    await this.#quietEnd();
  }

  /** Mostly hours; sometimes days in which nothing happens. */
  #span(): number {
    const hours = this.dice.weighted([
      [4, this.dice.between(1, 6)],
      [6, this.dice.between(6, 14)],
      [3, this.dice.between(14, 40)],
      [1, this.dice.between(100, 150)],
    ]);
    return hours * HOUR_MS + this.dice.between(0, 3_000_000);
  }

  async #begin(): Promise<void> {
    const { world } = this;
    world.disk.mkdir(DATA_ROOT);
    world.disk.mkdir(MOUNT_POINT);
    world.mounted.dev = 20;
    const stateDir = await openStateDir(`${SIM}/state`);
    this.machine = this.#machine(stateDir);
    await this.#mark(stateDir);
    this.loseQueue();
    await this.runs.make(this.dice.between(2, 7));
    await this.startService();
  }

  #machine(stateDir: StateDir): Machine {
    const { world, prepared: { config }, queueFile } = this;
    const installation = INSTALLATION;
    const gate = () =>
      this.isGateShut
        ? { kind: "blocked", reason: "a bad name", findings: [], problems: [] } as const
        : { kind: "pass" } as const;
    return new Machine({ world, config, stateDir, queueFile, installation, gate });
  }

  /** As `destination init` does. */
  async #mark(stateDir: StateDir): Promise<void> {
    const { far } = this.world;
    const signal = new AbortController().signal;
    await using session = await far.connect({ signal, token: "init", scratchDir: SIM });
    const { identity } = await initDestination(session, {
      address: far.address,
      equipmentId: EQUIPMENT,
      createdBy: "life",
      knownUuid: null,
    });
    await new KnownDestinations(stateDir.path).remember(far.address, identity);
    this.world.rightNas = this.world.mounted;
    if (this.world.sabotage.noIdentity) this.world.fakeIdentity();
  }

  loseQueue(): void {
    removeQueue(this.queueFile, { keepsCopy: true });
    Deno.copyFileSync(this.prepared.emptyQueue, this.queueFile);
    this.truth.forget();
  }

  tell(what: string): void {
    this.world.story.tell(what);
  }

  count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  async startService(): Promise<void> {
    if (this.isUp) return;
    this.isUp = await this.machine.start();
    const { refusal } = this.machine;
    if (this.isUp) this.tell("the service starts");
    else if (refusal !== null) this.tell(`the service does not start: ${refusal}`);
    else this.tell(`the service dies as it starts, just before "${this.#last()}"`);
    this.#watchFate();
    this.#look();
  }

  async killService(): Promise<void> {
    if (!this.isUp) return;
    await this.machine.kill();
    this.isUp = false;
    this.tell("the service is killed");
    this.count("kills");
  }

  async stopService(): Promise<void> {
    if (!this.isUp) return;
    await this.machine.stop();
    this.isUp = false;
    this.tell("the service is stopped");
  }

  /** It will die after so many effects more. */
  doom(effects: number): void {
    this.world.fate.left = effects;
    this.tell(`(the service will be killed ${effects} effects from now)`);
  }

  /** Something happens in the middle of whatever the service does. */
  #watchFate(): void {
    const { world } = this;
    this.#meanwhileAt = this.dice.chance(0.35)
      ? world.fate.effects + this.dice.between(1, 300)
      : Infinity;
    world.fate.meanwhile = (what) => {
      if (world.fate.effects < this.#meanwhileAt) return;
      this.#meanwhileAt = this.dice.chance(0.5)
        ? world.fate.effects + this.dice.between(1, 300)
        : Infinity;
      world.byHand(() => this.#meanwhile(what));
    };
  }

  #meanwhile(what: string): void {
    const { queue } = this.machine;
    if (!queue || isOwnInstant(what, this.world.habits)) return;
    this.truth.look(queue);
    const event = this.dice.weighted(MEANWHILE);
    const told = event(this);
    if (told) this.tell(`meanwhile (at "${what}"): ${told}`);
  }

  async pass(ms: number): Promise<void> {
    if (!this.isUp) {
      this.world.pass(ms);
      return;
    }
    await this.#settleDeath();
    if (!this.isUp) return this.world.pass(ms);
    if (!await this.machine.turn(ms)) {
      this.isUp = false;
      this.count("kills");
      this.tell(`the service is killed just before "${this.#last()}"`);
    }
    this.#look();
  }

  #last(): string {
    return this.world.fate.last;
  }

  #look(): void {
    const { queue, fault } = this.machine;
    if (fault !== null) {
      const stack = fault instanceof Error ? fault.stack : String(fault);
      this.world.breaks(`a part of the service ended by itself: ${stack}`);
    }
    if (queue && !this.world.fate.isDead) {
      this.truth.look(queue);
      this.#tellStates();
    }
    const [first] = this.world.broken;
    if (first) throw first;
  }

  readonly #told = new Map<string, string>();

  #tellStates(): void {
    for (const job of this.machine.queue!.jobs.list({ limit: 100 })) {
      const { runPath, state, hold, generation, verifyPasses, lastError, alarm, pinned } = job;
      const about = `${state}${hold ? ` (${hold})` : ""}, generation ${generation}, ` +
        `${verifyPasses} passes${pinned ? ", pinned" : ""}${alarm ? `, ALARM ${alarm.code}` : ""}${
          lastError ? `, ${lastError.code}: ${lastError.message}` : ""
        }`;
      if (this.#told.get(runPath) === about) continue;
      if (this.#told.get(runPath)?.split(",")[0] !== state) this.count(`to ${state}`);
      if (lastError) this.count(`error ${lastError.code}`);
      this.#told.set(runPath, about);
      this.tell(`  ${runPath.slice(DATA_ROOT.length + 1)}: ${about}`);
    }
  }

  async #event(): Promise<void> {
    // It may have died between two events, of work that was still under way.
    await this.#settleDeath();
    const event = this.dice.weighted(EVENTS);
    const told = await event(this);
    if (told) this.tell(told);
    await this.#settleDeath();
    this.#look();
  }

  /** It may have died of what somebody asked of it. */
  async #settleDeath(): Promise<void> {
    if (!this.machine.running || !this.world.fate.isDead) return;
    await this.machine.kill();
    this.isUp = false;
    this.count("kills");
    this.tell(`the service is killed just before "${this.#last()}"`);
  }

  /** Everything is put right, and nothing more happens: then what is called safe has to be so. */
  async #quietEnd(): Promise<void> {
    const { world } = this;
    this.tell("from here on nothing more happens");
    world.fate.left = null;
    world.isReachable = true;
    world.isLocalFull = false;
    world.isFarFull = false;
    world.openForWriting = [];
    if (world.rightNas) world.mount(world.rightNas);
    world.time.offsetMs = 0;
    await this.startService();
    this.#meanwhileAt = Infinity;
    this.isGateShut = false;
    this.isPaused = false;
    if (!this.isUp) return this.world.breaks(`the service does not start: ${this.machine.refusal}`);
    const { context } = this.machine.running!;
    await this.machine.ask(() => resumeScope("*", context));
    await this.machine.ask(() => this.machine.lookAtGate());
    for (let day = 0; day < 8; day++) await this.pass(20 * HOUR_MS);
    const { queue } = this.machine;
    if (queue) this.truth.atRest(queue);
    this.#sumUp();
    const [first] = world.broken;
    if (first) throw first;
  }

  #sumUp(): void {
    const { world } = this;
    const nodes = [...filesBelow(world.disk.tree.root)].map(({ node }) => node);
    for (const volume of this.runs.volumes) {
      for (const { node } of filesBelow(volume)) nodes.push(node);
    }
    for (const what of world.ledger.missing(nodes)) world.breaks(`${what} is nowhere`);
    for (const job of this.machine.queue?.jobs.list({ limit: 100 }) ?? []) {
      this.count(`end ${job.state}${job.hold ? ` ${job.hold}` : ""}`);
    }
  }

  async end(): Promise<void> {
    if (this.isUp || this.machine?.running) await this.machine.kill();
    removeQueue(this.queueFile);
  }

  result(): LifeEnd {
    const { seed, world, truth } = this;
    return {
      seed,
      broken: world.broken.map(({ message }) => message),
      story: world.story.lines,
      counts: { ...this.counts, ...truth.counts, precious: world.ledger.preciousCount },
    };
  }
}

const INSTALLATION = "0190a000-0000-7000-8000-000000000001";
