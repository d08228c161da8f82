/** A bell for a loop that sleeps: it can be rung any number of times, and no ring is lost. */
import type { Clock } from "./clock.ts";

/** One for all rings: without a reason each would make an error with its stack, which nobody reads. */
const RUNG = new Error("the bell was rung");

export class Wake {
  #rung = false;
  #sleeper: AbortController | null = null;

  constructor(private readonly clock: Clock) {}

  ring(): void {
    this.#rung = true;
    this.#sleeper?.abort(RUNG);
  }

  /** Forgets that it was rung. */
  hush(): void {
    this.#rung = false;
  }

  /** Returns after `ms`, when the bell rings, or when `signal` aborts; at once if it has rung. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      const sleeper = new AbortController();
      const stop = () => sleeper.abort(signal.reason);
      this.#sleeper = sleeper;
      signal.addEventListener("abort", stop, { once: true });
      try {
        await this.clock.sleep(ms, sleeper.signal);
      } catch (error) {
        if (!sleeper.signal.aborted) throw error;
      } finally {
        signal.removeEventListener("abort", stop);
        this.#sleeper = null;
      }
    }
    this.#rung = false;
  }
}
