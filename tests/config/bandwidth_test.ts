/** Ceilings by the clock on the wall. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Bandwidth,
  type BandwidthWindow,
  ceilingAt,
  uploadMbpsAt,
  WEEKDAYS,
} from "../../lib/config/mod.ts";

const BERLIN = "Europe/Berlin";
const workdays = WEEKDAYS.slice(0, 5);

function office(uploadMbps: number | null = 50): Bandwidth {
  return { uploadMbps, windows: [{ days: workdays, fromMinute: 480, toMinute: 1080 }] };
}

/** The ceiling at a local time, and the local time of its next change. */
function at(bandwidth: Bandwidth, local: string, timeZone = BERLIN): [number | null, string] {
  const zoned = Temporal.ZonedDateTime.from(`${local}[${timeZone}]`);
  const { uploadMbps, changesAt } = ceilingAt(bandwidth, new Date(zoned.epochMilliseconds), {
    timeZone,
  });
  if (changesAt === null) return [uploadMbps, "never"];
  const next = Temporal.Instant.fromEpochMilliseconds(changesAt.getTime())
    .toZonedDateTimeISO(timeZone);
  return [uploadMbps, next.toString({ timeZoneName: "never", smallestUnit: "minute" })];
}

Deno.test("ceilingAt holds inside a window and lifts outside it", () => {
  // 2026-03-02 is a Monday.
  assert.deepEqual(at(office(), "2026-03-02T07:59:59"), [null, "2026-03-02T08:00+01:00"]);
  assert.deepEqual(at(office(), "2026-03-02T08:00:00"), [50, "2026-03-02T18:00+01:00"]);
  assert.deepEqual(at(office(), "2026-03-02T17:59:59"), [50, "2026-03-02T18:00+01:00"]);
  assert.deepEqual(at(office(), "2026-03-02T18:00:00"), [null, "2026-03-03T08:00+01:00"]);
  assert.deepEqual(at(office(), "2026-03-06T18:00:00"), [null, "2026-03-09T08:00+01:00"]);
  assert.deepEqual(at(office(0), "2026-03-02T12:00:00"), [0, "2026-03-02T18:00+01:00"]);
});

Deno.test("ceilingAt without a schedule, or without a ceiling, never changes", () => {
  assert.deepEqual(at({ uploadMbps: 5, windows: [] }, "2026-03-02T12:00"), [5, "never"]);
  assert.deepEqual(at(office(null), "2026-03-02T12:00"), [null, "never"]);
  const always = { uploadMbps: 5, windows: [{ days: WEEKDAYS, fromMinute: 0, toMinute: 1440 }] };
  assert.deepEqual(at(always, "2026-03-02T00:00"), [5, "never"]);
});

Deno.test("ceilingAt lets a window cross midnight into a day it does not name", () => {
  const night: Bandwidth = {
    uploadMbps: 5,
    windows: [{ days: ["fri"], fromMinute: 1320, toMinute: 360 }],
  };
  assert.deepEqual(at(night, "2026-03-06T21:59"), [null, "2026-03-06T22:00+01:00"]);
  assert.deepEqual(at(night, "2026-03-07T05:59"), [5, "2026-03-07T06:00+01:00"]);
  assert.deepEqual(at(night, "2026-03-07T06:00"), [null, "2026-03-13T22:00+01:00"]);
  assert.deepEqual(at(night, "2026-03-06T05:00")[0], null, "Thursday's night is free");
});

Deno.test("ceilingAt lets a window end at midnight, and another go on from there", () => {
  const evening: BandwidthWindow = { days: ["mon"], fromMinute: 1200, toMinute: 1440 };
  const morning: BandwidthWindow = { days: ["tue"], fromMinute: 0, toMinute: 60 };
  const one = { uploadMbps: 5, windows: [evening] };
  const both = { uploadMbps: 5, windows: [evening, morning] };
  assert.deepEqual(at(one, "2026-03-02T23:00"), [5, "2026-03-03T00:00+01:00"]);
  assert.deepEqual(at(both, "2026-03-02T23:00"), [5, "2026-03-03T01:00+01:00"]);
});

Deno.test("ceilingAt keeps to the wall clock over both changes of summer time", () => {
  const days = WEEKDAYS;
  const early: Bandwidth = { uploadMbps: 5, windows: [{ days, fromMinute: 60, toMinute: 150 }] };
  // 2026-03-29: 02:00 becomes 03:00, so 02:30 never comes and the window ends with the jump.
  assert.deepEqual(at(early, "2026-03-29T01:30"), [5, "2026-03-29T03:00+02:00"]);
  const skipped: Bandwidth = { uploadMbps: 5, windows: [{ days, fromMinute: 150, toMinute: 240 }] };
  assert.deepEqual(at(skipped, "2026-03-29T01:30"), [null, "2026-03-29T03:00+02:00"]);
  // 2026-10-25: 03:00 becomes 02:00; the clock shows 02:00 to 02:30 twice, and is obeyed twice.
  assert.deepEqual(at(early, "2026-10-25T02:10:00+02:00"), [5, "2026-10-25T02:30+02:00"]);
  assert.deepEqual(at(early, "2026-10-25T02:40:00+02:00"), [null, "2026-10-25T02:00+01:00"]);
  assert.deepEqual(at(early, "2026-10-25T02:10:00+01:00"), [5, "2026-10-25T02:30+01:00"]);
  // A day of 25 hours does not move the office hours.
  assert.deepEqual(at(office(), "2026-10-23T19:00"), [null, "2026-10-26T08:00+01:00"]);
});

Deno.test("ceilingAt agrees with looking at every minute of the clock", () => {
  const window = fc.record({
    days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    fromMinute: fc.integer({ min: 0, max: 1439 }),
    toMinute: fc.integer({ min: 1, max: 1440 }),
  }).filter((w) => w.fromMinute !== w.toMinute);
  const zones = [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"];
  const start = Date.UTC(2026, 0, 1) / 60_000;
  fc.assert(
    fc.property(
      fc.array(window, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...zones),
      fc.integer({ min: start, max: start + 366 * 1440 }),
      (windows, timeZone, minute) => {
        const bandwidth = { uploadMbps: 7, windows };
        const now = ceilingAt(bandwidth, new Date(minute * 60_000), { timeZone });
        assert.equal(now.uploadMbps, civil(windows, minute, timeZone) ? 7 : null);
        const only = uploadMbpsAt(bandwidth, new Date(minute * 60_000), { timeZone });
        assert.equal(only, now.uploadMbps);
        if (now.changesAt === null) return;
        const change = now.changesAt.getTime() / 60_000;
        assert.ok(change > minute);
        const then = ceilingAt(bandwidth, now.changesAt, { timeZone });
        assert.notEqual(then.uploadMbps, now.uploadMbps);
        for (let m = minute; m < Math.min(change, minute + 600); m += 7) {
          assert.equal(civil(windows, m, timeZone), now.uploadMbps === 7);
        }
        assert.equal(civil(windows, change - 1, timeZone), now.uploadMbps === 7);
      },
    ),
    { numRuns: 150 },
  );
});

const formats = new Map<string, Intl.DateTimeFormat>();

/** The same question asked of `Intl`, which knows nothing of our arithmetic. */
function civil(windows: readonly BandwidthWindow[], epochMinute: number, timeZone: string) {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  formats.set(timeZone, format);
  const parts = Object.fromEntries(
    format.formatToParts(new Date(epochMinute * 60_000)).map(({ type, value }) => [type, value]),
  );
  const day = WEEKDAYS.indexOf(parts.weekday!.toLowerCase() as typeof WEEKDAYS[number]);
  const minute = Number(parts.hour) * 60 + Number(parts.minute);
  return windows.some(({ days, fromMinute, toMinute }) => {
    const begins = (index: number) => days.includes(WEEKDAYS[(index + 7) % 7]!);
    const length = (toMinute - fromMinute + 1440) % 1440 || 1440;
    return (begins(day) && minute >= fromMinute && minute < fromMinute + length) ||
      (begins(day - 1) && minute + 1440 < fromMinute + length);
  });
}
