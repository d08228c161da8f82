/**
 * News for the page: `job`, `progress`, `acquiring` (what is not in the queue yet looks different),
 * `destination`, `finding`, `report`. A slow reader loses
 * news, never the service's memory: each has a short queue, and the page reads the whole state again
 * when it is told that it missed something.
 */
import { Deadline } from "./http/deadline.ts";

export const NEWS_KINDS = [
  "job",
  "progress",
  "acquiring",
  "destination",
  "finding",
  "report",
] as const;
export type NewsKind = typeof NEWS_KINDS[number];

export interface News {
  readonly kind: NewsKind | "missed";
  readonly data: unknown;
}

/** News kept for one reader; when they are too many all of them go and `missed` is said. */
const LONGEST_QUEUE = 256;
/** Readers at once; a page left open in many tabs must not exhaust the service. */
const MOST_READERS = 128;

export class NewsHub {
  #readers = new Set<NewsReader>();

  /** One value for all readers: it is written out once. */
  publish(kind: NewsKind, data: unknown): void {
    const news = { kind, data };
    for (const reader of this.#readers) reader.put(news);
  }

  /** A reader until it leaves or `signal` aborts; null when there are too many already. */
  subscribe(signal: AbortSignal): NewsReader | null {
    if (this.#readers.size >= MOST_READERS) return null;
    const reader = new NewsReader(() => this.#readers.delete(reader));
    this.#readers.add(reader);
    if (signal.aborted) reader.leave();
    signal.addEventListener("abort", () => reader.leave(), { once: true, signal: reader.left });
    return reader;
  }

  get readers(): number {
    return this.#readers.size;
  }
}

export class NewsReader {
  #queue: News[] = [];
  #wake: (() => void) | null = null;
  readonly #quiet = new Deadline(() => this.#wake?.());
  #left = new AbortController();

  constructor(private readonly onLeave: () => void) {}

  /** Aborts when the reader has left. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  put(news: News): void {
    if (this.#queue.length >= LONGEST_QUEUE) this.#queue = [{ kind: "missed", data: {} }];
    this.#queue.push(news);
    this.#wake?.();
  }

  leave(): void {
    this.#queue = [];
    this.#left.abort();
    this.#quiet.end();
    this.onLeave();
    this.#wake?.();
  }

  /** The next news; "quiet" when there was none for so long; null when the reader has left. */
  async next(quietMs: number): Promise<News | "quiet" | null> {
    if (!this.left.aborted && this.#queue.length === 0) await this.#something(quietMs);
    if (this.left.aborted) return null;
    return this.#queue.shift() ?? "quiet";
  }

  #something(quietMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#quiet.lift();
        this.#wake = null;
        resolve();
      };
      this.#quiet.set(quietMs);
    });
  }
}
