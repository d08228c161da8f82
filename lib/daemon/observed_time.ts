/**
 * Time the service has itself seen go by, in the queue: deletion needs it beside the wall clock,
 * because a clock that jumps must not delete data (`sync.md` §6).
 */
import { type Clock, Rounds, type RoundsContext, systemClock } from "../base/mod.ts";
import type { Queue } from "../queue/mod.ts";

/** At most so much is lost by a crash; and the disk is written once in so long. */
const STEP_MS = 60_000;

type Counted = Pick<Queue["observedTime"], "add" | "countedBy">;

export class ObservedTime extends Rounds {
  readonly #time: Counted;
  readonly #clock: Clock;
  #lastMs: number;

  constructor(time: Counted, context: RoundsContext) {
    super({
      ...context,
      name: "Counting the time the service has run",
      round: () => this.#add(),
      restMs: STEP_MS,
      last: () => this.#add(),
    });
    this.#time = time;
    this.#clock = context.clock ?? systemClock;
    this.#lastMs = this.#clock.monotonicMs();
    time.countedBy(() => this.#add());
  }

  /** What cannot be written now is added with the next step: too little time is safe, too much is not. */
  #add(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#time.add(Math.floor(nowMs - this.#lastMs));
    this.#lastMs = nowMs;
  }
}
