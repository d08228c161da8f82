/**
 * How full a disk is, how fast it fills, when it is full, and what may go until then. Pure: it is asked
 * with what was measured and what the queue knows.
 */
import { HOUR_MS } from "./counted_passes.ts";

export interface DiskFacts {
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Data sealed on this disk within the last `sinceMs`. */
  readonly sealedBytes: number;
  readonly sinceMs: number;
  /** Proven copies that nobody keeps. */
  readonly provenBytes: number;
  /** How long a new run stays at least before it may go; null where nothing is let go. */
  readonly staysMs: number | null;
  readonly now: Date;
}

export interface DiskForecast {
  readonly bytesPerDay: number;
  /** When it is full if nothing goes; null when nothing comes. */
  readonly fullAt: Date | null;
  /** More comes while a run has to stay than there is room for, proven copies counted as room. */
  readonly isOutrun: boolean;
  /** What stands out: `almost_full` now, `full_soon` within a day or before anything new may go. */
  readonly warning: "almost_full" | "full_soon" | null;
}

const DAY_MS = 24 * HOUR_MS;
/** Less than so much free is a warning; it ends when there is a little more. */
const WARN_BELOW = 0.05;
const CALM_ABOVE = 0.07;
const WARN_WITHIN_MS = DAY_MS;
const CALM_BEYOND_MS = 1.5 * DAY_MS;
/** A disk that was outrun is calm when there is so much less than room for. */
const CALM_SHARE = 0.8;
/** A first run after an hour says nothing of a day. */
const SHORTEST_SINCE_MS = DAY_MS;

export function forecast(
  { totalBytes, freeBytes, sealedBytes, sinceMs, provenBytes, staysMs, now }: DiskFacts,
  /** What was said last, so that a disk at the edge is not warned of again and again. */
  { warned }: { readonly warned: boolean },
): DiskForecast {
  const bytesPerDay = sealedBytes / (Math.max(sinceMs, SHORTEST_SINCE_MS) / DAY_MS);
  const leftMs = bytesPerDay > 0 ? freeBytes / bytesPerDay * DAY_MS : Infinity;
  const isFull = freeBytes < totalBytes * (warned ? CALM_ABOVE : WARN_BELOW);
  const roomBytes = (freeBytes + provenBytes) * (warned ? CALM_SHARE : 1);
  const isOutrun = staysMs !== null && bytesPerDay * staysMs / DAY_MS > roomBytes;
  const isSoon = isOutrun || leftMs < (warned ? CALM_BEYOND_MS : WARN_WITHIN_MS);
  return {
    bytesPerDay,
    // Beyond a century nobody plans, and calendars end.
    fullAt: leftMs < 100 * 365 * DAY_MS ? new Date(now.getTime() + leftMs) : null,
    isOutrun,
    warning: isFull ? "almost_full" : isSoon ? "full_soon" : null,
  };
}
