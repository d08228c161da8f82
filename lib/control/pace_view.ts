/** How much came, went and waited over time, as pictures and scripts are given it. */
import { RUN_OUTCOMES, type RunOutcome } from "../queue/mod.ts";

export interface PaceView {
  /** Days of this PC's zone, oldest first; the last is today. */
  readonly days: readonly PaceDay[];
  /** Of the last day, oldest first; the last is the one that runs. */
  readonly hours: readonly PaceHour[];
  readonly time_to_safe: TimeToSafe;
}

export interface PaceDay {
  /** `2026-11-26`. */
  readonly day: string;
  /** Data of runs that were sealed for the first time on that day. */
  readonly bytes: number;
  /** Runs that came on that day, by what they come to now. */
  readonly runs: Readonly<Record<RunOutcome, number>>;
}

export interface PaceHour {
  readonly from: string;
  /** Brought over, counted when a push is whole and spread over the time it took. */
  readonly sent_bytes: number;
  /** Runs in the queue that were not safe: the most at any time of the hour. */
  readonly waiting: number;
}

/** Of runs that became safe for the first time in the days looked back, from when they came. */
export interface TimeToSafe {
  readonly days: number;
  readonly runs: number;
  /** Half of the runs, and nine of ten, were safe within so many seconds; null without runs. */
  readonly half_seconds: number | null;
  readonly most_seconds: number | null;
  /** Upper bounds in seconds, ascending, and how many runs lie in each; the last count is of those beyond. */
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

export function noRuns(): Record<RunOutcome, number> {
  return Object.fromEntries(RUN_OUTCOMES.map((outcome) => [outcome, 0])) as Record<
    RunOutcome,
    number
  >;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const BOUNDS = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR] as const;

/** `seconds` of each run. */
export function timeToSafe(seconds: readonly number[], days: number): TimeToSafe {
  const sorted = seconds.toSorted((a, b) => a - b);
  const counts = [...BOUNDS, Infinity].map((bound, i) => {
    const above = BOUNDS[i - 1] ?? -1;
    return sorted.filter((one) => one > above && one <= bound).length;
  });
  return {
    days,
    runs: sorted.length,
    half_seconds: partOf(sorted, 0.5),
    most_seconds: partOf(sorted, 0.9),
    bounds: BOUNDS,
    counts,
  };
}

/** The smallest that so great a part of them does not exceed. */
function partOf(sorted: readonly number[], part: number): number | null {
  return sorted[Math.ceil(sorted.length * part) - 1] ?? null;
}
