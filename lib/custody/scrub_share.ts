/** How much the scrub may still read today, kept with the queue so that a restart gives no second share. */
import type { Clock } from "../base/mod.ts";
import type { Queue } from "../queue/mod.ts";

const KEY = "scrubbed";
const GIB = 1024 ** 3;

export class ScrubShare {
  readonly #queue: Queue;
  readonly #clock: Clock;
  readonly #maxBytes: number | null;

  constructor(
    { queue, clock, maxGibPerDay }: {
      readonly queue: Queue;
      readonly clock: Clock;
      readonly maxGibPerDay: number | null;
    },
  ) {
    this.#queue = queue;
    this.#clock = clock;
    this.#maxBytes = maxGibPerDay === null ? null : maxGibPerDay * GIB;
  }

  /**
   * A run that is larger than the share goes when the day has read nothing yet: else it would never be
   * read again.
   */
  allows(bytes: number): boolean {
    const read = this.#readToday();
    return this.#maxBytes === null || read === 0 || read + bytes <= this.#maxBytes;
  }

  take(bytes: number): void {
    this.#queue.meta.set(KEY, `${this.#today()} ${this.#readToday() + bytes}`);
  }

  /** The beginning of the next day, UTC: when there is a new share. */
  nextAt(): Date {
    return new Date(Date.parse(`${this.#today()}T00:00:00Z`) + 24 * 3_600_000);
  }

  #readToday(): number {
    const [day, bytes] = (this.#queue.meta.get(KEY) ?? "").split(" ");
    return day === this.#today() ? Number(bytes) : 0;
  }

  #today(): string {
    return this.#clock.now().toISOString().slice(0, 10);
  }
}
