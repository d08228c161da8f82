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
  /** False where all of its files have one time, as a copy has or a single file: no pause can be seen. */
  readonly hasPauses: boolean;
  /** What may say that it is over: see `endMarks`. */
  readonly newest: readonly string[];
}

/** File systems and clocks of instruments count in seconds, some in two. */
export const MOMENT_MS = 2_000;
/** So many times tell a run's pauses; of more, every so-manieth. */
const MOST_TIMES = 20_000;
const MOST_NEWEST = 20;
/** What says that a run is over is a word, or a list of its files; what is larger is data. */
const LARGEST_MARK_BYTES = 1024 * 1024;

interface Newest {
  readonly path: string;
  readonly ms: number;
  readonly sizeBytes: number;
}

export class Tracer {
  #files = 0;
  #bytes = 0;
  #times: number[] = [];
  #step = 1;
  #newest: Newest[] = [];
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
      return {
        files: 0,
        bytes: 0,
        firstMs: 0,
        lastMs: 0,
        longestPauseMs: 0,
        hasPauses: false,
        newest: [],
      };
    }
    const times = [...this.#times, this.#firstMs, this.#lastMs].sort((a, b) => a - b);
    const pauses = times.slice(1).map((ms, i) => ms - times[i]!);
    return {
      files: this.#files,
      bytes: this.#bytes,
      firstMs: this.#firstMs,
      lastMs: this.#lastMs,
      longestPauseMs: pauses.reduce((most, one) => Math.max(most, one), 0),
      hasPauses: this.#lastMs - this.#firstMs > MOMENT_MS,
      newest: endMarks(this.#newest, { firstMs: this.#firstMs, lastMs: this.#lastMs }),
    };
  }

  /** Half of them: a pause between two that are kept is never shorter than a real one inside it. */
  #thin(): void {
    this.#times = this.#times.filter((_, i) => i % 2 === 0);
    this.#step *= 2;
  }

  #keepNewest({ path, mtimeMs, sizeBytes }: WalkedEntry): void {
    if (mtimeMs < this.#lastMs - MOMENT_MS) return;
    this.#lastMs = Math.max(this.#lastMs, mtimeMs);
    this.#newest.push({ path, ms: mtimeMs, sizeBytes });
    this.#newest = this.#newest.filter(({ ms }) => ms >= this.#lastMs - MOMENT_MS)
      .sort((a, b) => b.ms - a.ms).slice(0, MOST_NEWEST);
  }
}

/**
 * Files that came last, within a moment. A file of data that is written to until the end has such a time
 * too, and is there from the beginning: where it cannot be told from a mark, nothing is one. The very
 * last by its time is; of several, the one that is smaller than all others that came with it.
 */
function endMarks(
  newest: readonly Newest[],
  { firstMs, lastMs }: { readonly firstMs: number; readonly lastMs: number },
): string[] {
  // Times that a copy has set say nothing of what came last.
  if (lastMs - firstMs <= MOMENT_MS) return [];
  const bySize = newest.toSorted((a, b) => a.sizeBytes - b.sizeBytes);
  const last = newest.filter(({ ms }) => ms === lastMs);
  const isWhole = newest.length < MOST_NEWEST;
  const isAlone = isWhole && bySize[0]!.sizeBytes < (bySize[1]?.sizeBytes ?? Infinity);
  const marks = last.length === 1 ? last : isAlone ? [bySize[0]!] : [];
  return marks.filter(({ sizeBytes }) => sizeBytes <= LARGEST_MARK_BYTES).map(({ path }) => path);
}
