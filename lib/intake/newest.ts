/**
 * The newest times of a run's files: what is too young may change again without looking different. A
 * time that counts in whole seconds hides a second change within it; one that counts finer does not.
 */
import type { WalkedEntry } from "../disk/mod.ts";

export interface Newest {
  /** Of times as exact as milliseconds; null without one. */
  readonly exactMs: number | null;
  /** Of times that count in seconds, taken at their end; null without one. */
  readonly coarseMs: number | null;
}

/** Times are compared with a clock that may be that of another computer. */
const FUTURE_MS = 2_000;

export class NewestTimes {
  #exactMs = -Infinity;
  #coarseMs = -Infinity;

  /** `nowMs`: the wall clock; later times are a clock's that was wrong, and are passed over. */
  see({ mtimeMs, ctimeS }: WalkedEntry, nowMs: number): void {
    const latest = nowMs + FUTURE_MS;
    // Changed in any way in the second it was written in: then the finer of the two times says when.
    const isExact = mtimeMs % 1000 !== 0 && Math.floor(mtimeMs / 1000) === ctimeS;
    if (isExact) this.#exactMs = newer(mtimeMs, { than: this.#exactMs, latest });
    else {
      for (const ms of [mtimeMs, ctimeS * 1000 + 999]) {
        this.#coarseMs = newer(ms, { than: this.#coarseMs, latest });
      }
    }
  }

  get found(): Newest {
    return { exactMs: finite(this.#exactMs), coarseMs: finite(this.#coarseMs) };
  }
}

function newer(
  ms: number,
  { than, latest }: { readonly than: number; readonly latest: number },
): number {
  return ms > than && ms <= latest ? ms : than;
}

function finite(ms: number): number | null {
  return ms === -Infinity ? null : ms;
}
