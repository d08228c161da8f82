/**
 * By when what a connection waits for has to be there. A timer set and cleared for each read and write
 * costs more than a small answer, and a hundred readers of events are written to several times a second:
 * so one timer stays, looks when it rings whether anything is late, and rings again when it may be.
 */
export class Deadline {
  readonly #onLate: () => void;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** On the clock of `performance.now()`. */
  #ringsAtMs = Infinity;
  #endsAtMs = Infinity;
  #isOver = false;
  /** What was waited for last was late. */
  isPast = false;

  constructor(onLate: () => void) {
    this.#onLate = onLate;
  }

  /** Something is waited for, so long and no longer. */
  set(limitMs: number): void {
    this.isPast = false;
    this.#endsAtMs = performance.now() + limitMs;
    if (!this.#isOver && this.#ringsAtMs > this.#endsAtMs) this.#ringAt(this.#endsAtMs);
  }

  /** It is there. */
  lift(): void {
    this.#endsAtMs = Infinity;
  }

  /** Nothing is waited for any more, whatever is asked later. */
  end(): void {
    this.#isOver = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #ringAt(atMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#ringsAtMs = atMs;
    this.#timer = setTimeout(() => this.#ring(), Math.max(0, atMs - performance.now()));
  }

  #ring(): void {
    this.#timer = null;
    this.#ringsAtMs = Infinity;
    if (this.#endsAtMs === Infinity) return;
    if (performance.now() < this.#endsAtMs) return this.#ringAt(this.#endsAtMs);
    this.isPast = true;
    this.#onLate();
  }
}
