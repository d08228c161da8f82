/** Two quiet weeks, and a day on which something was sent. */
import type { PaceDay, PaceView } from "../../lib/control/mod.ts";

const NO_RUNS: PaceDay["runs"] = {
  attention: 0,
  on_the_way: 0,
  safe: 0,
  handed_over: 0,
  not_proven: 0,
  cancelled: 0,
};

/** `days` back from 26 November 2026, a Thursday. */
export function dayOf(days: number, more: Partial<Omit<PaceDay, "day">> = {}): PaceDay {
  const day = new Date(Date.UTC(2026, 10, 26 - days)).toISOString().slice(0, 10);
  return { day, bytes: 0, ...more, runs: { ...NO_RUNS, ...more.runs } };
}

export const PACE: PaceView = {
  days: [
    ...Array.from({ length: 83 }, (_, i) => dayOf(83 - i)),
    dayOf(0, { bytes: 4_200_000_000, runs: { ...NO_RUNS, safe: 3, attention: 1 } }),
  ],
  hours: Array.from({ length: 24 }, (_, i) => ({
    from: new Date(Date.UTC(2026, 10, 26, i)).toISOString(),
    sent_bytes: i === 9 ? 4_200_000_000 : 0,
    waiting: i === 9 ? 4 : 0,
  })),
  time_to_safe: {
    days: 7,
    runs: 3,
    half_seconds: 240,
    most_seconds: 600,
    bounds: [60, 300, 900, 3_600, 14_400, 43_200, 86_400],
    counts: [0, 2, 1, 0, 0, 0, 0, 0],
  },
};

/** Before the first run. */
export const NO_PACE: PaceView = {
  days: Array.from({ length: 84 }, (_, i) => dayOf(83 - i)),
  hours: PACE.hours.map((hour) => ({ ...hour, sent_bytes: 0, waiting: 0 })),
  time_to_safe: {
    ...PACE.time_to_safe,
    runs: 0,
    half_seconds: null,
    most_seconds: null,
    counts: PACE.time_to_safe.counts.map(() => 0),
  },
};
