/**
 * Gives work to do: which job next, to which destination, how many at once. One transfer at a time per
 * equipment; the last free slot is kept for runs that are not huge; a destination that is down gets one
 * cheap probe instead of its jobs. It sleeps until something is due or somebody rings.
 */
import {
  type FaultListener,
  LabferryError,
  messageOf,
  type Rest,
  Rounds,
  type Service,
} from "../base/mod.ts";
import { endsWithin } from "../base/ends_within.ts";
import type { Job } from "../queue/mod.ts";
import { Breakers } from "./breakers.ts";
import { deliver, hasWritten } from "./delivery.ts";
import { verifyAgain } from "./later_pass.ts";
import { InFlight } from "./in_flight.ts";
import { type Lendable, LentPlaces } from "./lent_places.ts";
import { type Effect, JobMoves } from "../jobs/mod.ts";
import type { Destination, SyncContext } from "./destination.ts";
import type { ProgressListener } from "./progress.ts";
import { Probes } from "./probes.ts";
import { stageWordsOf } from "./taken_over.ts";
import { RecordKeeper } from "./record_keeper.ts";
import { LONGEST_SLEEP_MS, untilDueMs } from "./until_due.ts";
import type { Work } from "./work.ts";

export interface DispatcherOptions {
  /** By equipment id. */
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly context: SyncContext;
  readonly maxParallel: number;
  /** Called after every move of a job, and when a destination goes down or comes back. */
  readonly onJob: (job: Job) => void;
  readonly onPlace: (name: string) => void;
  /** Hooks: it does not wait for them. */
  readonly onTell: (job: Job, effect: Effect & { type: "tell" }) => void;
  /**
   * What transfers leave the computer to; asked before each begins and while one goes on. Whoever
   * answers rings when the answer changes, and interrupts what runs.
   *
   * @default they never wait
   */
  readonly mayGo?: () => boolean;
  /** Longest wait of `stop` for what does not heed its signal. @default {8_500} */
  readonly stopWithinMs?: number;
  /** As `RoundsOptions.onFault`. */
  readonly onFault?: FaultListener;
}

/** A little longer than its rounds may take: what is under way was told at the same moment. */
const STOP_WITHIN_MS = 8_500;
/** Rest after a fault of the queue itself (disk full): the same question is not asked in a spin. */
const FAULT_REST_MS = 2_000;

export class Dispatcher implements Service {
  readonly breakers: Breakers;
  /** How everything in this process moves a run. */
  readonly moves: JobMoves;
  readonly #options: DispatcherOptions;
  readonly #records: RecordKeeper;
  readonly #rounds: Rounds;
  /** Beside the work: among many runs it takes its time, and nothing waits for it. */
  readonly #settling: Rounds;
  readonly #inFlight: InFlight;
  readonly #probes: Probes;
  readonly #whenFree: (() => void)[] = [];
  readonly #lent: LentPlaces;
  #isStarted = false;
  #end: Promise<void> | null = null;
  #keptFailed = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { context, context: { log, clock, queue } } = options;
    this.#inFlight = new InFlight(clock);
    this.#records = new RecordKeeper(context);
    const rounds = { log, clock, onFault: options.onFault, restMs: LONGEST_SLEEP_MS };
    this.#rounds = new Rounds({
      ...rounds,
      name: "Giving out work",
      round: () => this.#round(),
      faultRestMs: FAULT_REST_MS,
    });
    this.#settling = new Rounds({
      ...rounds,
      name: "Keeping the records of settled runs",
      round: (signal) => this.#records.keepSettled(signal).then((): Rest => "done"),
    });
    this.moves = new JobMoves({
      queue,
      clock,
      perform: (job, effect) => this.#perform(job, effect),
      words: (job) => stageWordsOf(job, context),
      onMoved: (job) => this.#moved(job),
    });
    this.breakers = new Breakers(options.destinations, {
      ...context,
      onChange: (name) => {
        options.onPlace(name);
        this.#rounds.ring();
      },
    });
    this.#probes = new Probes({
      destinations: options.destinations,
      context,
      breakers: this.breakers,
      signal: this.#rounds.signal,
    });
    this.#lent = new LentPlaces({
      workFor: (job, signal) => this.#workFor(this.#placeOf(job.equipmentId), signal),
      isIdle: (equipmentId) => this.#isIdle(equipmentId),
      signal: this.#rounds.signal,
      onFree: ({ isWanted }) => {
        this.#rounds.ring();
        if (isWanted) { for (const listener of this.#whenFree) listener(); }
      },
    });
  }

  /** Puts back what a crash left `running`, then begins to give out work. */
  start(): void {
    if (this.#isStarted || this.#rounds.signal.aborted) return;
    this.moves.recover();
    this.#isStarted = true;
    this.#rounds.start();
  }

  /** Stops all transfers, resumable, and waits for them, as long as a service waits for a round. */
  stop(): Promise<void> {
    return this.#end ??= this.#stopped();
  }

  async #stopped(): Promise<void> {
    const rounds = Promise.all([this.#rounds.stop(), this.#settling.stop()]);
    const work = rounds.then(() =>
      Promise.all([this.#inFlight.ended(), this.#probes.ended(), this.#lent.ended()])
    );
    const limitMs = this.#options.stopWithinMs ?? STOP_WITHIN_MS;
    if (await endsWithin(work, limitMs)) return void await work;
    const { log } = this.#options.context;
    const left = { jobs: [...this.#inFlight.jobIds], asked: this.#probes.names };
    log("error", "What goes to a destination did not end in time, and is not waited for", left);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Something may be due: a run was enqueued, a hold was released. */
  ring(): void {
    this.#rounds.ring();
  }

  /** Ends the work on these jobs, resumable; returns when it has ended. */
  async interrupt(which: (jobId: string, equipmentId: string) => boolean): Promise<void> {
    await Promise.all([...this.#inFlight.interrupt(which), this.#lent.end(which, "interrupted")]);
  }

  /** Asks every destination that is down at once; with `only`, that one if it is down. */
  async probeNow(only?: string): Promise<void> {
    const down = this.breakers.dueForProbe(true);
    const asked = only === undefined ? down : down.filter((name) => name === only);
    await Promise.all(asked.map((name) => this.#probes.ask(name)));
  }

  /**
   * Somebody else got no answer from a destination, by its name. One that is said to be available is asked
   * at once: while no run goes there, nobody else would notice that it is gone.
   */
  async doubt(name: string): Promise<void> {
    const known = this.#options.context.queue.destinations.byName(name);
    if (known?.state === "up" && this.breakers.isUp(name)) await this.#probes.ask(name);
  }

  /** One more pass over a verified run, outside the queue's order. */
  verify(job: Job): Promise<Job> {
    return this.#lent.ask(job, (work) => verifyAgain(job, work));
  }

  /** Work on what is proven that a person asked for, at once. */
  asked<T>(job: Job, act: (work: Work) => Promise<T>): Promise<T> {
    return this.#lent.ask(job, act);
  }

  /** Rung when the lent place is free again that somebody was refused: who it was comes back. */
  whenFree(listener: () => void): void {
    this.#whenFree.push(listener);
  }

  /** A place for work on what is proven, below all transfers; null when there is none now. */
  lend<T>(job: Job, act: (work: Work) => Promise<T>): Promise<T> | null {
    return this.#lent.lend(job, act);
  }

  /** The same place for what has no job yet: only while nothing sealed is under way or could begin. */
  lendAhead<T>(run: Lendable, act: (work: Work) => Promise<T>): Promise<T> | null {
    if (this.#inFlight.size > 0 || this.#hasDue(this.#free())) return null;
    return this.#lent.lend({ ...run, isLow: true }, act);
  }

  /** @returns milliseconds until something is due */
  async #round(): Promise<number> {
    if (!this.#keptFailed) {
      await this.#records.keepAllFailed();
      this.#settling.start();
    }
    this.#keptFailed = true;
    this.breakers.writeOwed();
    await this.#rescue();
    await this.#records.keepOwed();
    for (const name of this.breakers.dueForProbe()) void this.#probes.ask(name);
    this.#inFlight.heedCeilings();
    this.#lent.heedCeiling();
    // While something runs it is asked for too, or nobody would look.
    if (this.#inFlight.size > 0 || this.#lent.isBusy) this.#options.mayGo?.();
    this.#fill();
    return untilDueMs(this.#options.context, this.breakers);
  }

  /** A job that is `running` with nobody working on it (its last step could not be written) waits again. */
  async #rescue(): Promise<void> {
    const { queue } = this.#options.context;
    for (const job of queue.jobs.running()) {
      if (this.#inFlight.has(job.id)) continue;
      await this.moves.offer(job, {
        type: "put_back",
        reason: "nobody was working on it",
        notBefore: null,
      });
    }
  }

  #fill(): void {
    const { queue } = this.#options.context;
    while (this.#inFlight.working < this.#options.maxParallel) {
      const equipment = this.#free();
      if (equipment.length === 0 || !this.#mayGo(equipment)) return;
      const hugeAllowed = this.#inFlight.hugeAllowed(this.#options.maxParallel);
      const job = queue.claims.toVerify({ equipment, busy: this.#inFlight.jobIds }) ??
        this.moves.claimNext({ equipment, hugeAllowed });
      if (job === null) return;
      this.#launch(job);
    }
  }

  /** Nothing of it is under way or could begin, and its destination may be asked. */
  #isIdle(equipmentId: string): boolean {
    const { context: { queue }, mayGo } = this.#options;
    return this.#free().includes(equipmentId) && !queue.pauses.isPaused(equipmentId) &&
      !this.#hasDue([equipmentId]) && (mayGo?.() ?? true);
  }

  /** Asked only while something could begin, so that an idle service looks at nothing. */
  #mayGo(equipment: readonly string[]): boolean {
    const { mayGo } = this.#options;
    return !mayGo || (this.#hasDue(equipment) && mayGo());
  }

  #hasDue(equipment: readonly string[]): boolean {
    const { claims } = this.#options.context.queue;
    return claims.toVerify({ equipment }) !== null ||
      claims.ready({ equipment, hugeAllowed: true }) !== null;
  }

  /** Equipment with nothing under way, whose destination is up and not throttled to nothing. */
  #free(): string[] {
    const busy = this.#inFlight.equipmentIds;
    return [...this.#options.destinations].flatMap(([equipmentId, destination]) =>
      busy.has(equipmentId) || !this.breakers.isUp(destination.name) ||
        destination.uploadMbps() === 0
        ? []
        : [equipmentId]
    );
  }

  #launch(job: Job): void {
    const { context } = this.#options;
    const stop = new AbortController();
    const destination = this.#placeOf(job.equipmentId);
    if (destination.uploadMbps() !== null) {
      void this.#lent.end((_, id) => id === job.equipmentId, "new data goes first");
    }
    const signal = AbortSignal.any([this.#rounds.signal, stop.signal]);
    const onProgress: ProgressListener = (progress) => {
      this.#inFlight.heard(job.id);
      context.onProgress(progress);
    };
    const work = { ...this.#workFor(destination, signal), context: { ...context, onProgress } };
    // What is sent ahead of a run holds its lock, and the line; where its share hangs, the lock alone.
    const done = this.#lent.endLow().then(() => deliver(job, work)).then(
      (end) => void (hasWritten(job, end) && this.breakers.written(destination.name)),
      (error) =>
        context.log("error", `A run's step could not be written: ${messageOf(error)}`, {
          job: job.id,
        }),
    ).finally(() => {
      this.#inFlight.remove(job.id);
      this.#rounds.ring();
    });
    const { equipmentId, bytes } = job;
    const uploadMbps = destination.uploadMbps();
    this.#inFlight.add(job.id, { equipmentId, bytes, destination, uploadMbps, stop, done });
  }

  #workFor(destination: Destination, signal: AbortSignal): Work {
    return {
      destination,
      context: this.#options.context,
      signal,
      moves: this.moves,
      onReached: () => this.breakers.succeeded(destination.name),
    };
  }

  async #perform(job: Job, effect: Effect): Promise<void> {
    switch (effect.type) {
      case "record_status":
        return await this.#records.keep(job.id);
      case "open_breaker":
        return this.breakers.failed(this.#placeOf(job.equipmentId).name, effect.error);
      case "record_pin":
        return await this.#records.keepPin(job);
      case "tell":
        return this.#options.onTell(job, effect);
    }
  }

  /** What somebody else moved may be due now; what is in flight rings when it ends. */
  #moved(job: Job): void {
    this.#options.onJob(job);
    if (!this.#inFlight.has(job.id)) this.#rounds.ring();
  }

  #placeOf(equipmentId: string): Destination {
    const destination = this.#options.destinations.get(equipmentId);
    if (destination) return destination;
    throw new LabferryError(
      "unknown_equipment",
      `There is no equipment ${equipmentId} in the configuration`,
      {
        hint: "add it to the configuration, or cancel its runs",
      },
    );
  }
}
