/**
 * The ceiling that holds at an instant, and when it changes. Windows are a matter of the clock on
 * the wall: the ceiling holds whenever that clock shows a time inside one. So an hour that comes
 * twice in autumn is limited twice, one that spring skips is not missed, and no arithmetic on UTC
 * offsets is needed.
 */
import type { Bandwidth, BandwidthWindow } from "./config.ts";
import { WEEKDAYS } from "./config.ts";

export interface Ceiling {
  /** Megabits (10^6 bits) per second; null: no limit; 0: paused. */
  readonly uploadMbps: number | null;
  /** The first instant after the asked one at which `uploadMbps` is another; null: never. */
  readonly changesAt: Date | null;
}

export interface CeilingOptions {
  /** IANA time zone. @default {the machine's} */
  readonly timeZone?: string;
}

/** Only the ceiling: some microseconds instead of the third of a millisecond the change costs. */
export function uploadMbpsAt(
  { uploadMbps, windows }: Bandwidth,
  at: Date,
  options: CeilingOptions = {},
): number | null {
  if (uploadMbps === null || windows.length === 0) return uploadMbps;
  return isInside(windows, zonedTime(at, options)) ? uploadMbps : null;
}

/** True when the clock on the wall shows a time inside one of the windows. */
export function isInWindows(windows: readonly BandwidthWindow[], at: Date): boolean {
  return isInside(windows, zonedTime(at, {}));
}

function zonedTime(at: Date, { timeZone }: CeilingOptions): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at.getTime())
    .toZonedDateTimeISO(timeZone ?? Temporal.Now.timeZoneId());
}

/** A week, the day that began before it, and one more for a clock that is put back. */
const DAYS_AHEAD = 9;

export function ceilingAt(
  bandwidth: Bandwidth,
  at: Date,
  options: CeilingOptions = {},
): Ceiling {
  const { uploadMbps, windows } = bandwidth;
  if (uploadMbps === null || windows.length === 0) return { uploadMbps, changesAt: null };
  const now = zonedTime(at, options);
  const holdsNow = isInside(windows, now);
  const change = edgesAfter(windows, now).find((edge) => isInside(windows, edge) !== holdsNow);
  return {
    uploadMbps: holdsNow ? uploadMbps : null,
    changesAt: change === undefined ? null : new Date(change.epochMilliseconds),
  };
}

function isInside(windows: readonly BandwidthWindow[], at: Temporal.ZonedDateTime): boolean {
  const minute = at.hour * 60 + at.minute;
  const today = WEEKDAYS[at.dayOfWeek - 1]!;
  const yesterday = WEEKDAYS[(at.dayOfWeek + 5) % 7]!;
  return windows.some(({ days, fromMinute, toMinute }) => {
    if (fromMinute < toMinute) {
      return days.includes(today) && fromMinute <= minute && minute < toMinute;
    }
    return (days.includes(today) && minute >= fromMinute) ||
      (days.includes(yesterday) && minute < toMinute);
  });
}

/**
 * Every instant after `now` at which the answer could change: the windows' edges on each of the
 * coming days (both of them where the clock shows the time twice), and the moments at which the
 * clock itself jumps.
 */
function edgesAfter(
  windows: readonly BandwidthWindow[],
  now: Temporal.ZonedDateTime,
): Temporal.ZonedDateTime[] {
  const edges: Temporal.ZonedDateTime[] = [];
  const minutes = new Set(windows.flatMap((w) => [w.fromMinute, w.toMinute % 1440]));
  const today = now.toPlainDate();
  for (let day = 0; day <= DAYS_AHEAD; day++) {
    const date = today.add({ days: day });
    for (const minute of minutes) {
      const time = { hour: Math.floor(minute / 60), minute: minute % 60 };
      const local = date.toPlainDateTime(time);
      edges.push(local.toZonedDateTime(now.timeZoneId, { disambiguation: "earlier" }));
      edges.push(local.toZonedDateTime(now.timeZoneId, { disambiguation: "later" }));
    }
  }
  const end = now.add({ days: DAYS_AHEAD }).epochMilliseconds;
  let jump = now.getTimeZoneTransition("next");
  while (jump !== null && jump.epochMilliseconds < end) {
    edges.push(jump);
    jump = jump.getTimeZoneTransition("next");
  }
  return edges
    .filter((edge) => edge.epochMilliseconds > now.epochMilliseconds)
    .sort((a, b) => a.epochMilliseconds - b.epochMilliseconds);
}
