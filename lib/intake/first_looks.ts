/**
 * What was written into taken runs while no service ran was told to nobody. So after a start each is
 * looked at once, the one that changed last first, beside the other work: for a while, then a rest
 * several times as long, so that very many runs, or very large ones, take a small part of the time.
 */
/** So long it looks at one run after the other. */
const SLICE_MS = 200;
/** A fifth of the time. */
const REST_PER_SLICE = 4;

export class FirstLooks {
  /** In the order in which they are looked at. */
  readonly #left: Set<string>;
  readonly #nowMs: () => number;
  #atMs = -Infinity;

  /** `nowMs` is monotonic. */
  constructor(runs: Iterable<string>, nowMs: () => number) {
    this.#left = new Set(runs);
    this.#nowMs = nowMs;
  }

  /** When it goes on; `Infinity` once all of them were looked at. */
  get nextMs(): number {
    return this.#left.size > 0 ? this.#atMs : Infinity;
  }

  /** It was looked at, whoever asked for it, or is gone. */
  settle(runPath: string): void {
    this.#left.delete(runPath);
  }

  /** Looks for a while, when it is time. */
  async goOn(look: (runPath: string) => Promise<void>, signal: AbortSignal): Promise<void> {
    const startedMs = this.#nowMs();
    if (startedMs < this.nextMs) return;
    for (const runPath of this.#left) {
      if (signal.aborted || this.#nowMs() - startedMs >= SLICE_MS) break;
      this.#left.delete(runPath);
      await look(runPath);
    }
    this.#atMs = this.#nowMs() + REST_PER_SLICE * (this.#nowMs() - startedMs);
  }
}
