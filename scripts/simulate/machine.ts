/**
 * The service, without its page: the real queue, dispatcher, scanner, later passes and cleaner, over
 * the life's clock, disk and NAS. It can be killed between any two of its effects and started again.
 */
import { Cleaner, deletionPolicy, LaterPasses, passPolicy } from "../../lib/custody/mod.ts";
import type { RoomPolicy } from "../../lib/custody/policy.ts";
import { LabferryError } from "../../lib/base/mod.ts";
import type { Config } from "../../lib/config/mod.ts";
import { rememberedIdentity, sweepScratch } from "../../lib/daemon/mod.ts";
import { heldWhileServed } from "../../lib/daemon/destinations.ts";
import { FarRebuild } from "../../lib/daemon/far_rebuild.ts";
import { readInstallation, renewNonce } from "../../lib/daemon/installation.ts";
import { ObservedTime } from "../../lib/daemon/observed_time.ts";
import { isRebuilt, rebuildQueue } from "../../lib/daemon/rebuild.ts";
import type { StateDir } from "../../lib/daemon/mod.ts";
import { TreeClaims } from "../../lib/daemon/tree_claims.ts";
import { TreeWatch } from "../../lib/daemon/tree_watch.ts";
import { openEvidence } from "../../lib/evidence/mod.ts";
import { type GateVerdict } from "../../lib/gate/mod.ts";
import { Scanner } from "../../lib/intake/mod.ts";
import { Queue } from "../../lib/queue/mod.ts";
import {
  type Destination,
  Dispatcher,
  gateStep,
  keepPauses,
  NO_SOURCES,
  type SyncContext,
} from "../../lib/sync/mod.ts";
import { NO_SESSIONS } from "../../lib/sessions/mod.ts";
import { KnownDestinations } from "../../lib/transports/mod.ts";
import type { Fate } from "./fate.ts";
import { InlinePool } from "./inline_pool.ts";
import { inProcess, type SimProcess, type Station } from "./process.ts";
import { installQueueDoor } from "./queue_door.ts";
import { forgetTimers, onUnhandled, settle } from "./settle.ts";
import type { SimClock } from "./sim_clock.ts";
import { EQUIPMENT, type World } from "./world.ts";

export interface MachineOptions {
  readonly world: World;
  readonly config: Config;
  readonly stateDir: StateDir;
  /** On the real disk: SQLite knows no other. */
  readonly queueFile: string;
  readonly station: Station;
  readonly gate: () => GateVerdict;
  /** Another labferry may be on the tree: who looks after it is asked. */
  readonly isAlone: boolean;
  /** As the cleaner's. */
  readonly room: RoomPolicy | null;
}

interface Running {
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
  /** The one that lives, or died and is not buried yet. */
  process: SimProcess | null = null;
  /** A part that ended by itself, or an error nobody expected. */
  fault: unknown = null;

  constructor(options: MachineOptions) {
    this.options = options;
  }

  get queue(): Queue | null {
    return this.running?.queue ?? null;
  }

  /** Of the process that was started last. */
  fate: Fate | null = null;

  /** Of the process that was started last. */
  lastClock: SimClock | null = null;

  get isDead(): boolean {
    return this.fate?.isDead ?? true;
  }

  /** Why it did not start, in the words of its error; null when it did, or died. */
  refusal: string | null = null;

  /** Starts as the service does; false when it died on the way, or said that it cannot. */
  async start(): Promise<boolean> {
    const { world, station } = this.options;
    installQueueDoor();
    const process = world.beginProcess(station);
    this.process = process;
    this.fate = process.fate;
    this.lastClock = process.clock;
    this.refusal = null;
    onUnhandled((error) => {
      // An error of a dead process is nobody's; it is buried when all is at rest.
      if ([...world.processes].every(({ fate }) => !fate.isDead)) this.fault ??= error;
    });
    const begun = inProcess(process, () => this.#begin(process)).then(() => true, (error) => {
      if (process.fate.isDead) return false;
      if (error instanceof LabferryError) this.refusal = error.message;
      else this.fault = error;
      return false;
    });
    await this.#untilRest();
    if (process.fate.isDead || this.fault !== null || this.refusal !== null) {
      await this.bury();
      return false;
    }
    return await begun;
  }

  async #begin({ clock, fate }: SimProcess): Promise<void> {
    const { world, config, stateDir, queueFile, gate, isAlone, room } = this.options;
    await sweepScratch(stateDir);
    await renewNonce(stateDir, clock);
    const { queue } = Queue.openOrSetAside(queueFile, { clock });
    this.#opened = queue;
    await keepPauses({ queue, stateDir: stateDir.path });
    const known = new KnownDestinations(stateDir.path, { clock });
    const transport = world.far;
    const log: SyncContext["log"] = (level, message, about) => {
      if (SHOW_LOG) world.story.tell(`    ${level}: ${message} ${JSON.stringify(about)}`);
    };
    const trees = isAlone ? null : new TreeClaims({ config, stateDir, clock, log, serves: true });
    const place: Destination = {
      name: EQUIPMENT,
      transport,
      identity: () => rememberedIdentity(transport, known, EQUIPMENT),
      uploadMbps: () => null,
    };
    const destinations = heldWhileServed(new Map([[EQUIPMENT, place]]), trees ?? NO_OTHERS);
    if (!isRebuilt(queue)) {
      await rebuildQueue(queue, { destinations, config, stateDir: stateDir.path });
    }
    const onFault = (fault: unknown) => {
      if (!fate.isDead) this.fault ??= fault;
    };
    const context: SyncContext = {
      queue,
      pool,
      clock,
      stateDir: stateDir.path,
      host: "lab-pc",
      installation: async () => (await readInstallation(stateDir, clock)).id,
      evidence: openEvidence({ stateDir: stateDir.path, host: "lab-pc", clock }),
      tokenPrefix: stateDir.tokenPrefix,
      maxStreamBytes: 0,
      acceptProviderAsserted: false,
      litter: "skip",
      ignored: new Map(),
      origin: new Map(),
      staged: new Map(),
      log,
      onProgress: () => {},
      gatekeeper: { judge: () => Promise.resolve(gate()) },
      trees: trees ?? NO_OTHERS,
      sources: NO_SOURCES,
      sessions: NO_SESSIONS,
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
        ...(world.sabotage.onePassLess ? { minVerifyPasses: policy.minVerifyPasses - 1 } : {}),
        ...(world.sabotage.hasty ? { minAgeHours: 0.1, minGapHours: 0.1 } : {}),
      },
      room,
      upMs: () => world.time.trueMs - world.bootedTrueMs,
    });
    const passes = new LaterPasses({ ...keeping, policy: passPolicy(config) });
    custody.push(passes, cleaner);
    const onJob = () => dispatcher.ring();
    const rebuild = new FarRebuild({ config, destinations, context, stateDir, onJob, onFault });
    const onFreed = async (equipmentId: string) => {
      intake.ring();
      await dispatcher.probeNow(equipmentId);
    };
    const services = [
      ...(trees ? [new TreeWatch({ ...part, trees, onFreed })] : []),
      new ObservedTime(queue.observedTime, part),
      dispatcher,
      intake,
      passes,
      cleaner,
      rebuild,
    ];
    for (const service of services) service.start();
    this.running = { queue, dispatcher, context, services };
  }

  #opened: Queue | null = null;

  /** Time has gone on; false when the process died meanwhile. */
  async turn(): Promise<boolean> {
    await this.#untilRest();
    if (!this.isDead) return true;
    await this.bury();
    return false;
  }

  /** All processes at once: none of them stands still while another works. */
  async #untilRest(): Promise<void> {
    const { world } = this.options;
    await settle(world.time);
    const allLive = () => [...world.processes].every(({ fate }) => !fate.isDead);
    for (let rests = 0; rests < MOST_RESTS && allLive(); rests++) {
      const next = earliest([...world.processes].map(({ clock }) => clock.nextMs()));
      if (next === null || next - world.time.trueMs > SHORT_REST_MS) return;
      // Rests that end at nearly the same time end together.
      if (next > world.time.trueMs) world.pass(next - world.time.trueMs + TOGETHER_MS);
      for (const { clock } of world.processes) clock.wakeDue();
      await settle(world.time);
    }
  }

  /**
   * Something a person asks the service, with the time it takes. Null when it went well; what was thrown,
   * or that it never came to an end, as text.
   */
  async ask(act: () => Promise<unknown>): Promise<string | null> {
    let outcome: string | null | undefined;
    inProcess(this.process!, act).then(() => outcome = null, (error) => outcome = String(error));
    for (let i = 0; i < MOST_STOP_RESTS && outcome === undefined; i++) {
      await this.#untilRest();
      if (this.isDead) return "the service died";
    }
    return outcome === undefined ? "no answer" : outcome;
  }

  /** SIGKILL, now. */
  async kill(): Promise<void> {
    await this.bury();
  }

  /** An orderly end, as a service manager asks for. */
  async stop(): Promise<void> {
    const { services } = this.running!;
    let isOver = false;
    const ended = inProcess(
      this.process!,
      () => Promise.all(services.map((service) => service.stop())),
    );
    ended.then(() => isOver = true, () => isOver = true);
    for (let i = 0; i < MOST_STOP_RESTS && !isOver; i++) await this.#untilRest();
    await this.bury();
  }

  /**
   * Whatever the dead process still tries comes to nothing; then its files are closed. With the power
   * its queue goes back to what was on the disk.
   */
  async bury(): Promise<void> {
    const { world } = this.options;
    const { process } = this;
    if (process === null) return;
    process.fate.isDead = true;
    const states = process.fate.isPowerCut ? process.fate.queueStates : null;
    await settle(world.time);
    world.endProcess(process);
    forgetTimers(process);
    this.#opened?.[Symbol.dispose]();
    states?.leaveOne(world.dice);
    this.#opened = null;
    this.running = null;
    this.process = null;
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

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** With everything the product logs in the story. */
let SHOW_LOG = false;

export function showLog(): void {
  SHOW_LOG = true;
}
