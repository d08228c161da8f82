/**
 * One life of a lab PC with its NAS, from a seed: runs are acquired, proven and let go, and everything
 * that happens to such computers happens to this one. What must always hold is looked at after every
 * step, and at each deletion in its very moment.
 */
import { openStateDir, type StateDir } from "../../lib/daemon/mod.ts";
import { resumeScope } from "../../lib/sync/mod.ts";
import { initDestination, KnownDestinations } from "../../lib/transports/mod.ts";
import type { Job } from "../../lib/queue/mod.ts";
import { Dice } from "./dice.ts";
import { EVENTS, MEANWHILE } from "./events.ts";
import { habitsOf } from "./far_side.ts";
import type { Hand } from "./hand.ts";
import { LateEdits } from "./late_edits.ts";
import { LatePins } from "./late_pins.ts";
import { SIM } from "./local_disk.ts";
import { Machine, type MachineOptions } from "./machine.ts";
import { needsOf, withNeeds } from "./needs.ts";
import { useChance } from "./own_chance.ts";
import { isOwnInstant } from "./own_instants.ts";
import { HEARD_MS, saysKeep } from "./power_events.ts";
import { prepare, type Prepared } from "./prepare.ts";
import type { Station } from "./process.ts";
import { emptyQueue, QueueStates } from "./queue_files.ts";
import { Room } from "./room.ts";
import { Runs } from "./runs.ts";
import { Second } from "./second.ts";
import { Broken } from "./story.ts";
import { Truth } from "./truth.ts";
import { filesBelow } from "./tree.ts";
import {
  DATA_ROOT,
  EQUIPMENT,
  installationIn,
  MOUNT_POINT,
  type Sabotage,
  World,
} from "./world.ts";

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
  /** The names of all files there are in the end, here and at every NAS. */
  readonly files: readonly string[];
}

const HOUR_MS = 3_600_000;

/** The system makes it, and each time another: `KEY` in the names of `LifeEnd.files`. */
const OF_A_KEY = /[0-9a-f]{64}/;

export async function live({ seed, sabotage = {} }: LifeOptions): Promise<LifeEnd> {
  const life = new Life(seed, { sabotage, prepared: await prepare() });
  useChance({ seed, time: life.world.time });
  // Errors are thrown all the time, and read only where something is broken.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    await life.live();
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
  } finally {
    await life.end();
    Error.stackTraceLimit = stackTraceLimit;
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
  readonly station: Station = { name: "the service", aliveMs: 0 };
  machine!: Machine;
  /** Another labferry that somebody set up for the same runs. */
  second: Second | null = null;
  readonly room: Room;
  /** The service is up. */
  isUp = false;
  destinationUuid = "";
  isGateShut = false;
  isPaused = false;
  readonly pinned = new Set<string>();
  /** This life may take the last good copy of something, and says so. */
  readonly mayDestroy: boolean;
  readonly seed: number;
  counts: Record<string, number> = {};
  #meanwhileAt = Infinity;
  readonly #lateEdits: LateEdits;
  readonly #latePins: LatePins;

  constructor(
    seed: number,
    { sabotage, prepared }: { readonly sabotage: Sabotage; readonly prepared: Prepared },
  ) {
    this.seed = seed;
    this.prepared = prepared;
    this.dice = new Dice(seed);
    this.#lateEdits = new LateEdits(seed);
    this.#latePins = new LatePins(seed);
    this.world = new World({
      dice: this.dice,
      habits: habitsOf(this.dice, seed),
      sabotage,
      needs: needsOf(seed),
    });
    this.mayDestroy = this.dice.chance(0.2);
    this.room = new Room(this.world);
    this.queueFile = `${prepared.folder}/queue.db`;
    this.runs = new Runs(this.world);
    this.truth = new Truth(this.world, {
      station: this.station,
      queueFile: this.queueFile,
      wishes: () => this,
      room: this.room,
      installation: () => this.second === null ? "" : installationIn(this.world, "state"),
    });
    this.world.onUnlink = (unlink) => {
      const { queue } = this.machine;
      if (unlink.process.station !== this.station) this.second?.unlinked(unlink);
      else if (queue) this.truth.unlinked(unlink, queue);
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
    const isAlone = this.dice.chance(0.75);
    const stateDir = await openStateDir(`${SIM}/state`);
    const asksNobody = isAlone || (world.sabotage.unclaimed ?? false);
    this.machine = this.#machine(stateDir, { isAlone: asksNobody });
    await this.#mark(stateDir);
    this.loseQueue();
    if (!isAlone) await this.#secondLabferry();
    await this.runs.make(this.dice.between(2, 7));
    await this.startService();
  }

  #machine(stateDir: StateDir, { isAlone }: { readonly isAlone: boolean }): Machine {
    const { queueFile, station } = this;
    return new Machine({ ...this.#surroundings(), stateDir, queueFile, station, isAlone });
  }

  #surroundings(): Pick<MachineOptions, "world" | "config" | "gate" | "room"> {
    const { world, prepared, room } = this;
    const config = withNeeds(prepared.config, world.needs);
    const gate = () =>
      this.isGateShut
        ? { kind: "blocked", reason: "a bad name", findings: [], problems: [] } as const
        : { kind: "pass" } as const;
    return { world, config, gate, room: world.sabotage.needless ? null : room.policy };
  }

  async #secondLabferry(): Promise<void> {
    const stateDir = await openStateDir(`${SIM}/second`);
    await this.#mark(stateDir);
    const { prepared: { folder, emptyQueue } } = this;
    this.second = new Second({
      ...this.#surroundings(),
      stateDir,
      queueFile: `${folder}/second.db`,
      emptyQueue,
      isGateShut: () => this.isGateShut,
      whole: this.room,
    });
  }

  /** As `destination init` does; a base that is marked is adopted. */
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
    this.destinationUuid = identity.uuid;
    this.world.rightNas = this.world.mounted;
    if (this.world.sabotage.noIdentity) this.world.fakeIdentity();
  }

  loseQueue(): void {
    emptyQueue(this.queueFile, { empty: this.prepared.emptyQueue, keepsCopy: true });
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
    this.machine.fate!.left = effects;
    this.tell(`(the service will be killed ${effects} effects from now)`);
  }

  /** The computer's power will fail after so many effects more of the service. */
  doomPower(effects: number): void {
    const fate = this.machine.fate!;
    fate.left = effects;
    fate.isPowerCut = true;
    fate.queueStates = new QueueStates(this.queueFile);
    fate.onPowerCut = () => this.second?.dies();
    this.tell(`(the power will fail ${effects} effects of the service from now)`);
  }

  /** Something happens in the middle of whatever the service does. */
  #watchFate(): void {
    const { world, machine: { fate } } = this;
    if (fate === null) return;
    this.#meanwhileAt = this.dice.chance(0.35)
      ? fate.effects + this.dice.between(1, 300)
      : Infinity;
    fate.meanwhile = (what) => {
      const late = world.byHand(() => this.#lateEdits.at(what, this));
      if (late) this.tell(`meanwhile (at "${what}"): ${late}`);
      this.#latePins.at(what, this);
      if (fate.effects < this.#meanwhileAt) return;
      this.#meanwhileAt = this.dice.chance(0.5)
        ? fate.effects + this.dice.between(1, 300)
        : Infinity;
      world.byHand(() => this.#meanwhile(what));
    };
  }

  #meanwhile(what: string): void {
    const { queue } = this.machine;
    if (!queue || isOwnInstant(what, this.world.habits)) return;
    if (this.truth.look(queue)) this.#isTold = false;
    const event = this.dice.weighted(MEANWHILE);
    const told = event(this);
    if (told) this.tell(`meanwhile (at "${what}"): ${told}`);
  }

  async pass(ms: number): Promise<void> {
    await this.#settleDeath();
    this.world.pass(ms);
    if (this.isUp) await this.machine.turn();
    await this.#settleDeath();
    await this.second?.turn();
    this.#look();
  }

  #last(): string {
    return this.machine.fate?.last ?? "";
  }

  #look(): void {
    const { queue, fault } = this.machine;
    if (fault !== null) {
      const stack = fault instanceof Error ? fault.stack : String(fault);
      this.world.breaks(`a part of the service ended by itself: ${stack}`);
    }
    if (queue && !this.machine.isDead) {
      const jobs = this.truth.look(queue) ??
        (this.#isTold ? null : queue.jobs.list({ limit: 100 }));
      if (jobs) this.#tellStates(jobs);
      this.#isTold = true;
    }
    this.second?.look();
    const [first] = this.world.broken;
    if (first) throw first;
  }

  /** False when something was seen in the middle of the work, and not told yet. */
  #isTold = false;
  readonly #told = new Map<string, string>();

  #tellStates(jobs: readonly Job[]): void {
    for (const job of jobs) {
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
    if (!this.isUp || !this.machine.isDead) return;
    const isPowerCut = this.machine.fate?.isPowerCut === true;
    await this.machine.kill();
    this.isUp = false;
    if (isPowerCut) return await this.#afterPowerCut();
    this.count("kills");
    this.tell(`the service is killed just before "${this.#last()}"`);
  }

  async #afterPowerCut(): Promise<void> {
    this.count("power cuts here");
    this.tell(`the power fails just before "${this.#last()}"`);
    await this.second?.kill();
    this.world.cutPower("here");
    // It may be an older queue again.
    this.truth.forget();
    this.#look();
  }

  /** Everything is put right, and nothing more happens: then what is called safe has to be so. */
  async #quietEnd(): Promise<void> {
    const { world } = this;
    this.tell("from here on nothing more happens");
    if (this.machine.fate) this.machine.fate.left = null;
    // First: a person's word is good for an hour by this clock.
    world.time.offsetMs = 0;
    if (this.second) {
      await this.second.kill();
      await saysKeep(this, this.machine.options.stateDir);
    }
    world.isReachable = true;
    world.isLocalFull = false;
    world.isFarFull = false;
    world.openForWriting = [];
    if (world.rightNas) world.mount(world.rightNas);
    await this.startService();
    this.#meanwhileAt = Infinity;
    this.isGateShut = false;
    this.isPaused = false;
    if (this.second) await this.pass(HEARD_MS);
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
    await this.second?.kill();
    await this.machine?.kill();
    emptyQueue(this.queueFile, { empty: this.prepared.emptyQueue });
    this.second?.emptyQueue();
  }

  result(): LifeEnd {
    const { seed, world, truth } = this;
    return {
      seed,
      broken: world.broken.map(({ message }) => message),
      story: world.story.lines,
      counts: { ...this.counts, ...truth.counts, precious: world.ledger.preciousCount },
      files: [world.disk.tree.root, ...this.runs.volumes].flatMap((top) =>
        Array.from(filesBelow(top), ({ path }) => path.replace(OF_A_KEY, "KEY"))
      ),
    };
  }
}
