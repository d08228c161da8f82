/**
 * News for the page: `job`, `progress`, `destination`, `finding`. A slow reader loses the oldest
 * news, never the service's memory: each has a short queue, and the page reads the whole state again
 * when it is told that something was dropped.
 */
export type NewsKind = "job" | "progress" | "destination" | "finding" | "report";

export interface News {
  readonly kind: NewsKind | "missed";
  readonly data: unknown;
}

/** News kept for one reader; beyond it the oldest goes and `missed` is said. */
const LONGEST_QUEUE = 256;
/** Readers at once; a page left open in many tabs must not exhaust the service. */
const MOST_READERS = 64;

export class NewsHub {
  #readers = new Set<Reader>();

  publish(kind: NewsKind, data: unknown): void {
    for (const reader of this.#readers) reader.put({ kind, data });
  }

  /** A reader that ends when `signal` aborts; null when there are too many already. */
  subscribe(signal: AbortSignal): AsyncIterable<News> | null {
    if (this.#readers.size >= MOST_READERS) return null;
    const reader = new Reader(signal, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    return reader;
  }

  get readers(): number {
    return this.#readers.size;
  }
}

class Reader implements AsyncIterable<News> {
  #queue: News[] = [];
  #wake: (() => void) | null = null;

  constructor(private readonly signal: AbortSignal, private readonly leave: () => void) {
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  put(news: News): void {
    if (this.#queue.length >= LONGEST_QUEUE) this.#queue = [{ kind: "missed", data: {} }];
    this.#queue.push(news);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<News> {
    try {
      while (!this.signal.aborted) {
        const news = this.#queue.shift();
        if (news) {
          yield news;
          continue;
        }
        await new Promise<void>((resolve) => this.#wake = resolve);
        this.#wake = null;
      }
    } finally {
      this.leave();
    }
  }
}
