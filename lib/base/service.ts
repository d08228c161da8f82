/**
 * The life of whatever works in the background. A service has one life: it is started once, may be
 * rung, and is stopped; all of these may come in any order and again, and do no harm then.
 */
import { type Clock, systemClock } from "./clock.ts";
import { isAbort, LabferryError } from "./errors.ts";
import { Wake } from "./wake.ts";

export interface Service extends AsyncDisposable {
  /** Begins the work. Nothing the second time, and nothing after `stop`. */
  start(): void;
  /** There may be something to do: look at once. Before `start` it is kept, after `stop` it is nothing. */
  ring?(): void;
  /** Ends the work; returns when it has ended. The second caller waits for the same end. */
  stop(): Promise<void>;
}

/** How a round wants to go on: so many milliseconds of rest, `restMs` (nothing), or no more rounds. */
export type Rest = number | void | "done";

export type FaultListener = (fault: unknown) => void;

export interface RoundsOptions {
  /** As its lines in the log begin: `The audit`. */
  readonly name: string;
  /**
   * One round of the work; has to end soon when `signal` aborts. A LabferryError is a trouble of the
   * moment: it is logged once, the next round tries again. Any other error is a bug and ends the
   * service.
   */
  readonly round: (signal: AbortSignal) => Rest | Promise<Rest>;
  /** Rest between two rounds when nothing rings. */
  readonly restMs: number;
  /** True while what failed has not been tried to its end again: then nothing has recovered. */
  readonly isUnclear?: () => boolean;
  /** Rest after a round that failed. @default {restMs} */
  readonly faultRestMs?: number;
  /**
   * For rings that come in bursts: after a rest, rung or not, it waits so much longer, and all rings
   * until then are one round. Told how long the last round took. @default {() => 0}
   */
  readonly gatherMs?: (tookMs: number) => number;
  /** Done once when it is stopped, after the last round. */
  readonly last?: () => void | Promise<void>;
  /** Longest wait of `stop` for a round that does not heed its signal. @default {8_000} */
  readonly stopWithinMs?: number;
  readonly log: (
    level: "info" | "error",
    message: string,
    about: Readonly<Record<string, unknown>>,
  ) => void;
  /**
   * Hears what ended the service by itself: it does nothing any more, and somebody has to know.
   * @default it is thrown where nobody catches it, which ends the process
   */
  readonly onFault?: FaultListener | undefined;
  readonly clock?: Clock;
}

/** What whoever makes a service hands on to its rounds. */
export type RoundsContext = Pick<RoundsOptions, "log" | "onFault" | "clock">;

/** The whole service ends within ten seconds, and what follows needs time too. */
const STOP_WITHIN_MS = 8_000;
/** Timers count in 31 bits: a longer one would ring at once. */
const LONGEST_REST_MS = 24 * 3600 * 1000;

/**
 * A service that works in rounds: a round, a rest that a ring cuts short, a round. One extends it and
 * hands its own private round to `super`, or keeps one as a part of something larger.
 *
 * ```ts
 * class Cleaner extends Rounds {
 *   constructor(context: RoundsContext) {
 *     super({ ...context, name: "Cleaning", restMs: 60_000, round: (signal) => this.#clean(signal) });
 *   }
 *   async #clean(signal: AbortSignal): Promise<void> {}
 * }
 * ```
 */
export class Rounds implements Service {
  readonly #options: RoundsOptions;
  readonly #clock: Clock;
  readonly #wake: Wake;
  readonly #stop = new AbortController();
  /** Codes of what failed since a round last went well: each is logged once. */
  readonly #logged = new Set<string>();
  #work: Promise<void> | null = null;
  #end: Promise<void> | null = null;

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#wake = new Wake(this.#clock);
  }

  /** Aborts when the service stops: for work that is asked for between the rounds. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  start(): void {
    if (!this.signal.aborted) this.#work ??= this.#run();
  }

  ring(): void {
    this.#wake.ring();
  }

  stop(): Promise<void> {
    return this.#end ??= this.#stopped();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #run(): Promise<void> {
    const { last, onFault = thrown } = this.#options;
    // `start` returns before the first round begins, whatever that round does.
    await Promise.resolve();
    try {
      while (!this.signal.aborted) {
        if (await this.#roundAndRest() === "done") return;
      }
      if (last) await this.#tried(last);
    } catch (error) {
      onFault(error);
    }
  }

  async #roundAndRest(): Promise<Rest> {
    const { round, restMs, faultRestMs = restMs, gatherMs } = this.#options;
    const startedMs = this.#clock.monotonicMs();
    const outcome = await this.#tried(() => round(this.signal));
    if (outcome === "done") return outcome;
    const tookMs = this.#clock.monotonicMs() - startedMs;
    const ms = outcome === "failed" ? faultRestMs : outcome ?? restMs;
    await this.#wake.wait(Math.min(ms, LONGEST_REST_MS), this.signal);
    if (gatherMs) await this.#gather(gatherMs(tookMs));
  }

  async #gather(ms: number): Promise<void> {
    try {
      await this.#clock.sleep(ms, this.signal);
    } catch (error) {
      if (!this.signal.aborted) throw error;
    }
    this.#wake.hush();
  }

  /** @throws whatever is neither a trouble of the moment nor the end of the service */
  async #tried(work: () => Rest | Promise<Rest>): Promise<Rest | "failed"> {
    const { name, log } = this.#options;
    try {
      const outcome = await work();
      if (this.#options.isUnclear?.()) return outcome;
      const [code] = this.#logged;
      if (code !== undefined) log("info", `${name} has recovered`, { code });
      this.#logged.clear();
      return outcome;
    } catch (error) {
      if (this.signal.aborted && isAbort(error)) return;
      if (!(error instanceof LabferryError)) throw error;
      const { code } = error;
      if (!this.#logged.has(code)) log("error", `${name} failed: ${error.message}`, { code });
      this.#logged.add(code);
      return "failed";
    }
  }

  async #stopped(): Promise<void> {
    const { name, log, stopWithinMs = STOP_WITHIN_MS } = this.#options;
    this.#stop.abort(new DOMException("the service stops", "AbortError"));
    if (!this.#work) return;
    const ended = new AbortController();
    const overdue = this.#clock.sleep(stopWithinMs, ended.signal).then(() => true, (error) => {
      if (!ended.signal.aborted) throw error;
      return false;
    });
    if (await Promise.race([this.#work, overdue])) {
      log("error", `${name} did not end in time, and is not waited for`, { ms: stopWithinMs });
    }
    ended.abort();
  }
}

function thrown(fault: unknown): never {
  throw fault;
}
