/**
 * Time of a life. True time only goes on; the computer's wall clock is true time and whatever somebody
 * set it off by. Each process has a clock of its own, which sleeps no more when it dies.
 */
import type { Clock } from "../../lib/base/mod.ts";

export class SimTime {
  /** True time since the life began. */
  trueMs = 0;
  /** How far the wall clock is off. */
  offsetMs = 0;
  /** Anything happened: a sleep was begun, a file touched, a far call made. */
  activity = 0;

  /** What the computer's wall clock says. */
  get wallMs(): number {
    return BIRTH_MS + this.trueMs + this.offsetMs;
  }
}

const BIRTH_MS = Date.parse("2026-04-17T08:00:00.000Z");

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

export class SimClock implements Clock {
  readonly #time: SimTime;
  #sleepers = new Set<Sleeper>();

  constructor(time: SimTime) {
    this.#time = time;
  }

  now(): Date {
    return new Date(this.#time.wallMs);
  }

  monotonicMs(): number {
    return this.#time.trueMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.#time.activity++;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = {
        dueMs: this.#time.trueMs + ms,
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener("abort", onAbort);
          this.#time.activity++;
          resolve();
        },
      };
      const onAbort = () => {
        this.#sleepers.delete(sleeper);
        this.#time.activity++;
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Wakes whoever has slept long enough; false when nobody has. */
  wakeDue(): boolean {
    const due = [...this.#sleepers].filter(({ dueMs }) => dueMs <= this.#time.trueMs);
    due.sort((a, b) => a.dueMs - b.dueMs);
    for (const { wake } of due) wake();
    return due.length > 0;
  }

  /** When the next sleeper is due, in true time; null when nobody sleeps. */
  nextMs(): number | null {
    let next: number | null = null;
    for (const { dueMs } of this.#sleepers) if (next === null || dueMs < next) next = dueMs;
    return next;
  }

  /** Nobody wakes any more: the process is gone. */
  stop(): void {
    this.#sleepers.clear();
  }
}
