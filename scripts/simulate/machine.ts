/**
 * The service, without its page: the real queue, dispatcher, scanner, later passes and cleaner, over
 * the life's clock, disk and NAS. It can be killed between any two of its effects and started again.
 */
import { Cleaner, deletionPolicy, LaterPasses, passPolicy } from "../../lib/custody/mod.ts";
import { LabferryError } from "../../lib/base/mod.ts";
import type { Config } from "../../lib/config/mod.ts";
import { rememberedIdentity, sweepScratch } from "../../lib/daemon/mod.ts";
import { FarRebuild } from "../../lib/daemon/far_rebuild.ts";
import { ObservedTime } from "../../lib/daemon/observed_time.ts";
import { isRebuilt, rebuildQueue } from "../../lib/daemon/rebuild.ts";
import type { StateDir } from "../../lib/daemon/mod.ts";
import { openEvidence } from "../../lib/evidence/mod.ts";
import { type GateVerdict } from "../../lib/gate/mod.ts";
import { Scanner } from "../../lib/intake/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import {
  type Destination,
  Dispatcher,
  gateStep,
  keepPauses,
  type SyncContext,
} from "../../lib/sync/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import { ownQueue } from "./fate.ts";
import { InlinePool } from "./inline_pool.ts";
import { forgetTimers, onUnhandled, settle, useTimers } from "./settle.ts";
import { SimClock } from "./sim_clock.ts";
import { EQUIPMENT, type World } from "./world.ts";

export interface MachineOptions {
  readonly world: World;
  readonly config: Config;
  readonly stateDir: StateDir;
  /** On the real disk: SQLite knows no other. */
  readonly queueFile: string;
  readonly installation: string;
  readonly gate: () => GateVerdict;
}

interface Running {
  readonly clock: SimClock;
  readonly queue: Queue;
  readonly dispatcher: Dispatcher;
  readonly context: SyncContext;
  readonly services: readonly { stop(): Promise<void> }[];
}

/** Short rests (rings that are gathered, retries of a lock) are waited out before time makes a leap. */
const SHORT_REST_MS = 1_500;
const MOST_RESTS = 12;
const TOGETHER_MS = 500;
const MOST_STOP_RESTS = 100;

const pool = new InlinePool();

const NO_OTHERS: SyncContext["trees"] = {
  refusal: () => Promise.resolve(null),
  hold: () => Promise.resolve(null),
};

export class Machine {
  readonly options: MachineOptions;
  running: Running | null = null;
  /** A part that ended by itself, or an error nobody expected. */
  fault: unknown = null;

  constructor(options: MachineOptions) {
    this.options = options;
  }

  get queue(): Queue | null {
    return this.running?.queue ?? null;
  }

  /** Why it did not start, in the words of its error; null when it did, or died. */
  refusal: string | null = null;

  /** Starts as the service does; false when it died on the way, or said that it cannot. */
  async start(): Promise<boolean> {
    const { world } = this.options;
    world.beginProcess();
    const clock = new SimClock(world.time);
    useTimers(clock);
    ownQueue({ fate: world.fate, isFull: () => world.isLocalFull });
    this.refusal = null;
    onUnhandled((error) => {
      if (!world.fate.isDead) this.fault ??= error;
    });
    const begun = this.#begin(clock).then(() => true, (error) => {
      if (world.fate.isDead) return false;
      if (error instanceof LabferryError) this.refusal = error.message;
      else this.fault = error;
      return false;
    });
    await this.#untilRest(clock);
    if (world.fate.isDead || this.fault !== null || this.refusal !== null) {
      await this.bury(clock);
      return false;
    }
    return await begun;
  }

  async #begin(clock: SimClock): Promise<void> {
    const { world, config, stateDir, queueFile, installation, gate } = this.options;
    await sweepScratch(stateDir);
    const { queue } = Queue.openOrSetAside(queueFile, { clock });
    this.#opened = queue;
    await keepPauses({ queue, stateDir: stateDir.path });
    const known = new KnownDestinations(stateDir.path, { clock });
    const transport = world.far;
    const destinations = new Map<string, Destination>([[EQUIPMENT, {
      name: EQUIPMENT,
      transport,
      identity: () => rememberedIdentity(transport, known, EQUIPMENT),
      uploadMbps: () => null,
    }]]);
    if (!isRebuilt(queue)) {
      await rebuildQueue(queue, { destinations, config, stateDir: stateDir.path });
    }
    const onFault = (fault: unknown) => {
      if (!world.fate.isDead) this.fault ??= fault;
    };
    const log: SyncContext["log"] = (level, message, about) => {
      if (SHOW_LOG) world.story.tell(`    ${level}: ${message} ${JSON.stringify(about)}`);
    };
    const context: SyncContext = {
      queue,
      pool,
      clock,
      stateDir: stateDir.path,
      host: "lab-pc",
      installation: () => Promise.resolve(installation),
      evidence: openEvidence({ stateDir: stateDir.path, host: "lab-pc", clock }),
      tokenPrefix: stateDir.tokenPrefix,
      maxStreamBytes: 0,
      acceptProviderAsserted: false,
      litter: "skip",
      ignored: new Map(),
      staged: new Map(),
      log,
      onProgress: () => {},
      gatekeeper: { judge: () => Promise.resolve(gate()) },
      trees: NO_OTHERS,
      random: () => world.dice.next(),
    };
    const custody: { ring(): void }[] = [];
    const dispatcher = new Dispatcher({
      destinations,
      context,
      maxParallel: 2,
      onJob: (job) => {
        if (job.state === "verified") { for (const service of custody) service.ring(); }
      },
      onPlace: () => {},
      onTell: () => Promise.resolve(),
      onFault,
    });
    const part = { clock, log, onFault };
    const { moves } = dispatcher;
    const intake = new Scanner({
      config,
      context,
      moves,
      destinations,
      onTaken: () => dispatcher.ring(),
      onFault,
    });
    const keeping = { ...part, context, destinations, dispatcher };
    const policy = deletionPolicy(config);
    const cleaner = new Cleaner({
      ...keeping,
      policy: {
        ...policy,
        ...(world.sabotage.noRehash ? { rehash: false } : {}),
        ...(world.sabotage.hasty ? { minAgeHours: 0.1, minGapHours: 0.1 } : {}),
      },
      room: null,
      upMs: () => world.time.trueMs - world.bootedTrueMs,
    });
    const passes = new LaterPasses({ ...keeping, policy: passPolicy(config) });
    custody.push(passes, cleaner);
    const onJob = () => dispatcher.ring();
    const rebuild = new FarRebuild({ config, destinations, context, stateDir, onJob, onFault });
    const services = [
      new ObservedTime(queue.observedTime, part),
      dispatcher,
      intake,
      passes,
      cleaner,
      rebuild,
    ];
    for (const service of services) service.start();
    this.running = { clock, queue, dispatcher, context, services };
  }

  #opened: Queue | null = null;

  /** Lets time go on; false when the process died meanwhile. */
  async turn(ms: number): Promise<boolean> {
    const { world } = this.options;
    world.pass(ms);
    const { clock } = this.running!;
    await this.#untilRest(clock);
    if (!world.fate.isDead) return true;
    await this.bury(clock);
    return false;
  }

  async #untilRest(clock: SimClock): Promise<void> {
    const { world } = this.options;
    await settle(world.time);
    for (let rests = 0; rests < MOST_RESTS && !world.fate.isDead; rests++) {
      const next = clock.nextMs();
      if (next === null || next - world.time.trueMs > SHORT_REST_MS) return;
      // Rests that end at nearly the same time end together.
      if (next > world.time.trueMs) world.pass(next - world.time.trueMs + TOGETHER_MS);
      clock.wakeDue();
      await settle(world.time);
    }
  }

  /**
   * Something a person asks the service, with the time it takes. Null when it went well; what was thrown,
   * or that it never came to an end, as text.
   */
  async ask(act: () => Promise<unknown>): Promise<string | null> {
    const { clock } = this.running!;
    let outcome: string | null | undefined;
    act().then(() => outcome = null, (error) => outcome = String(error));
    for (let i = 0; i < MOST_STOP_RESTS && outcome === undefined; i++) {
      await this.#untilRest(clock);
      if (this.options.world.fate.isDead) return "the service died";
    }
    return outcome === undefined ? "no answer" : outcome;
  }

  /** SIGKILL, now. */
  async kill(): Promise<void> {
    await this.bury(this.running!.clock);
  }

  /** An orderly end, as a service manager asks for. */
  async stop(): Promise<void> {
    const { clock, services } = this.running!;
    const ended = Promise.all(services.map((service) => service.stop()));
    let isOver = false;
    ended.then(() => isOver = true, () => isOver = true);
    for (let i = 0; i < MOST_STOP_RESTS && !isOver; i++) await this.#untilRest(clock);
    await this.bury(clock);
  }

  /** Whatever the dead process still tries comes to nothing; then its files are closed. */
  async bury(clock: SimClock): Promise<void> {
    const { world } = this.options;
    world.endProcess();
    clock.stop();
    await settle(world.time);
    useTimers(null);
    forgetTimers();
    this.#opened?.[Symbol.dispose]();
    this.#opened = null;
    this.running = null;
    ownQueue(null);
    world.disk.locks.forgetAll();
  }

  /** As the gate's own watch does: what may go now is let go. */
  async lookAtGate(): Promise<void> {
    const { queue, dispatcher } = this.running!;
    for (const job of queue.jobs.list({ limit: 100 })) {
      const step = gateStep(job, this.options.gate());
      if (step) await dispatcher.moves.offer(job, step);
    }
    dispatcher.ring();
  }
}

/** With everything the product logs in the story. */
let SHOW_LOG = false;

export function showLog(): void {
  SHOW_LOG = true;
}
