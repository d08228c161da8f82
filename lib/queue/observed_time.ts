/**
 * Time the service has itself lived through, added up over restarts by a monotonic clock. A wall
 * clock that jumps a day ahead must not let data be deleted a day early (sync.md §6.2).
 */
import type { Connection } from "./connection.ts";

const KEY = "observed_ms";

export function observedMs(connection: Connection): number {
  const row = connection.get<{ value: string }>("SELECT value FROM meta WHERE key = ?", [KEY]);
  return Number(row?.value ?? 0);
}

/** Milliseconds. */
export class ObservedTimes {
  readonly #connection: Connection;
  #count: () => void = () => {};

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Adds `elapsedMs` and returns the sum. */
  add(elapsedMs: number): number {
    if (!(elapsedMs >= 0 && elapsedMs < Infinity)) {
      throw new RangeError(`observed time cannot be ${elapsedMs} ms`);
    }
    return this.#connection.transaction(() => {
      const sum = observedMs(this.#connection) + Math.floor(elapsedMs);
      this.#connection.run(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
        [KEY, String(sum)],
      );
      return sum;
    });
  }

  ms(): number {
    return observedMs(this.#connection);
  }

  /** Whoever counts adds what has gone by whenever it is asked to. */
  countedBy(count: () => void): void {
    this.#count = count;
  }

  /**
   * The sum with what has gone by until now. Written beside a pass, it must not lag: after a freeze the
   * hours before the pass would be counted as if they had come after it.
   */
  now(): number {
    this.#count();
    return this.ms();
  }
}
