/** What one folder shows that may be a run: when it was written, in which pauses, and what came last. */
import type { WalkedEntry, WalkEntry } from "../disk/mod.ts";
import { isLitter, isRecordPath } from "../records/mod.ts";

export interface Trace {
  readonly files: number;
  readonly bytes: number;
  /** Time of the oldest and newest file; 0 without one. */
  readonly firstMs: number;
  readonly lastMs: number;
  readonly longestPauseMs: number;
  /** Files (below the run) written within a moment of the last; the first few. */
  readonly newest: readonly string[];
}

/** File systems and clocks of instruments count in seconds, some in two. */
const MOMENT_MS = 2_000;
/** So many times tell a run's pauses; of more, every so-manieth. */
const MOST_TIMES = 20_000;
const MOST_NEWEST = 20;

export class Tracer {
  #files = 0;
  #bytes = 0;
  #times: number[] = [];
  #step = 1;
  #newest: { readonly path: string; readonly ms: number }[] = [];
  #firstMs = Infinity;
  #lastMs = -Infinity;

  see(entry: WalkEntry): void {
    if (entry.kind !== "file" || isRecordPath(entry.path) || isLitter(entry.path)) return;
    this.#files++;
    this.#bytes += entry.sizeBytes;
    this.#firstMs = Math.min(this.#firstMs, entry.mtimeMs);
    if (this.#files % this.#step === 0) this.#times.push(entry.mtimeMs);
    if (this.#times.length > MOST_TIMES) this.#thin();
    this.#keepNewest(entry);
  }

  end(): Trace {
    if (this.#files === 0) {
      return { files: 0, bytes: 0, firstMs: 0, lastMs: 0, longestPauseMs: 0, newest: [] };
    }
    const times = [...this.#times, this.#firstMs, this.#lastMs].sort((a, b) => a - b);
    const pauses = times.slice(1).map((ms, i) => ms - times[i]!);
    return {
      files: this.#files,
      bytes: this.#bytes,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
      longestPauseMs: pauses.reduce((most, one) => Math.max(most, one), 0),
      newest: this.#newest.map(({ path }) => path).sort(),
    };
  }

  /** Half of them: a pause between two that are kept is never shorter than a real one inside it. */
  #thin(): void {
    this.#times = this.#times.filter((_, i) => i % 2 === 0);
    this.#step *= 2;
  }

  #keepNewest({ path, mtimeMs }: WalkedEntry): void {
    if (mtimeMs < this.#lastMs - MOMENT_MS) return;
    this.#lastMs = Math.max(this.#lastMs, mtimeMs);
    this.#newest.push({ path, ms: mtimeMs });
    this.#newest = this.#newest.filter(({ ms }) => ms >= this.#lastMs - MOMENT_MS)
      .slice(-MOST_NEWEST);
  }
}
