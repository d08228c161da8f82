/**
 * Time the service has itself seen go by, in the queue: deletion needs it beside the wall clock,
 * because a clock that jumps must not delete data (`sync.md` §6).
 */
import type { Clock } from "../base/mod.ts";
import { LabferryError } from "../base/mod.ts";
import type { Queue } from "../queue/mod.ts";

/** At most so much is lost by a crash; and the disk is written once in so long. */
const STEP_MS = 60_000;

export class ObservedTime implements Disposable {
  #lastMs: number;
  #timer: ReturnType<typeof setInterval>;

  constructor(private readonly queue: Queue, private readonly clock: Clock) {
    this.#lastMs = clock.monotonicMs();
    this.#timer = setInterval(() => this.#add(), STEP_MS);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#add();
  }

  /** What cannot be written now is added with the next step: too little time is safe, too much is not. */
  #add(): void {
    const nowMs = this.clock.monotonicMs();
    try {
      this.queue.addObserved(Math.floor(nowMs - this.#lastMs));
      this.#lastMs = nowMs;
    } catch (error) {
      if (!(error instanceof LabferryError)) throw error;
    }
  }
}
