/**
 * How much of a tool's error output is listened to: a burst, and a rate for tools that talk for days.
 * A broken tool can say a gigabyte in a few seconds; each of its lines would be decoded, classified
 * and logged.
 */
import { type Clock, systemClock } from "../base/mod.ts";

const BURST_BYTES = 16 * 1024 * 1024;
const BYTES_PER_SECOND = 256 * 1024;

export class TalkBudget {
  readonly #clock: Clock;
  #left = BURST_BYTES;
  #filledAtMs: number;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Takes that much from the budget; false when it is used up. */
  allows(bytes: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    const refill = (nowMs - this.#filledAtMs) / 1000 * BYTES_PER_SECOND;
    this.#left = Math.min(BURST_BYTES, this.#left + refill);
    this.#filledAtMs = nowMs;
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}
