/** How long the event loop of this process stood still: when, in which phase, and by what. */
import type { Profiler } from "node:inspector";

export interface Stall {
  readonly phase: string;
  /** On the clock of `performance.now()`. */
  readonly fromMs: number;
  readonly ms: number;
}

/** The loop is asked so often; what it is late by is the stall. */
const EVERY_MS = 5;
/** Shorter ones are a machine's daily life. */
const LEAST_MS = 20;

export class StallMeter {
  readonly #stalls: Stall[] = [];
  #asked = performance.now();
  #timer: ReturnType<typeof setTimeout>;

  constructor(private readonly phase: () => string) {
    this.#timer = setTimeout(() => this.#turn(), EVERY_MS);
  }

  /** Longest first. */
  stop(): Stall[] {
    clearTimeout(this.#timer);
    return this.#stalls.sort((a, b) => b.ms - a.ms);
  }

  #turn(): void {
    const now = performance.now();
    const ms = now - this.#asked - EVERY_MS;
    if (ms >= LEAST_MS) this.#stalls.push({ phase: this.phase(), fromMs: this.#asked, ms });
    this.#asked = now;
    this.#timer = setTimeout(() => this.#turn(), EVERY_MS);
  }
}

/** The functions that took the most of a stall, with the way to each, as a CPU profile has them. */
export function stacksIn(
  profile: Profiler.Profile & { readonly startedMs: number },
  { fromMs, ms }: Stall,
): string[] {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map<number, number>();
  for (const { id, children } of profile.nodes) {
    for (const child of children ?? []) parents.set(child, id);
  }
  const counts = new Map<number, number>();
  let atMs = profile.startedMs;
  for (const [i, id] of profile.samples!.entries()) {
    atMs += profile.timeDeltas![i]! / 1000;
    if (atMs >= fromMs && atMs <= fromMs + ms + EVERY_MS) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const wayTo = (id: number) => {
    const way: string[] = [];
    for (
      let at: number | undefined = id;
      at !== undefined && way.length < 6;
      at = parents.get(at)
    ) {
      const { functionName, url, lineNumber } = nodes.get(at)!.callFrame;
      way.push(`${functionName || "?"} ${url.split("/").at(-1)}:${lineNumber + 1}`);
    }
    return way.join(" < ");
  };
  return [...counts].sort(([, a], [, b]) => b - a).slice(0, 4)
    .map(([id, count]) => `${Math.round(100 * count / total)} % ${wayTo(id)}`);
}
