/** A clock that a test turns by hand; it counts who slept, and how long they meant to. */
import type { Clock } from "../../lib/base/mod.ts";

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

export class HandClock implements Clock {
  /** Every sleep so far, in milliseconds, oldest first. */
  readonly sleeps: number[] = [];
  #ms: number;
  #sleepers = new Set<Sleeper>();

  constructor(at = "2026-04-17T14:32:00.000Z") {
    this.#ms = Date.parse(at);
  }

  now(): Date {
    return new Date(this.#ms);
  }

  monotonicMs(): number {
    return this.#ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.sleeps.push(ms);
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = {
        dueMs: this.#ms + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#sleepers.delete(sleeper);
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** How many sleep now. */
  get asleep(): number {
    return this.#sleepers.size;
  }

  turn(ms: number): void {
    this.#ms += ms;
    for (const sleeper of [...this.#sleepers]) if (sleeper.dueMs <= this.#ms) sleeper.wake();
  }
}
