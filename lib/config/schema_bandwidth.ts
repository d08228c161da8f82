/** The schema of `bandwidth`, as written in the file. */
import * as z from "zod";
import { type Bandwidth, type BandwidthWindow, WEEKDAYS } from "./config.ts";
import { MIN_UPLOAD_MBPS } from "./defaults.ts";

const clockTime = (end: boolean) =>
  z.string().regex(
    end ? /^(([01]?\d|2[0-3]):[0-5]\d|24:00)$/ : /^([01]?\d|2[0-3]):[0-5]\d$/,
    `must be a time of day in quotes, like ${end ? '"18:00" (or "24:00")' : '"08:00"'}`,
  );

/** Hours of the week by the clock on the wall. */
export const windowSchema = z.strictObject({
  days: z.array(z.enum(WEEKDAYS)).min(1).default([...WEEKDAYS])
    .describe("Days on which the window begins; every day when missing."),
  from: clockTime(false).describe('Local time at which the window begins, e.g. "08:00".'),
  to: clockTime(true).describe(
    "Local time at which it ends; earlier than `from`: on the next day.",
  ),
}).refine((w) => minuteOf(w.from) !== minuteOf(w.to), {
  path: ["to"],
  error: 'must differ from `from`; for the whole day write from "00:00" to "24:00"',
});

/** Minutes after midnight of `8:30`. */
function minuteOf(time: string): number {
  const [hour, minute] = time.split(":").map(Number);
  return hour! * 60 + minute!;
}

export const bandwidthSchema = z.strictObject({
  upload_mbps: z.number().min(0).max(1_000_000).refine(
    (mbps) => mbps === 0 || mbps >= MIN_UPLOAD_MBPS,
    `must be 0 (pause) or at least ${MIN_UPLOAD_MBPS}`,
  ).nullable().default(null).describe(
    "Ceiling in megabits (10^6 bits) per second. 0 pauses; null or missing is no limit.",
  ),
  schedule: z.array(windowSchema).max(100).default([])
    .describe("When the ceiling holds; outside there is no limit. Empty or missing: always."),
});

export const bandwidth = bandwidthSchema.prefault({}).describe("How fast runs may be sent.");

export type BandwidthEntry = z.output<typeof bandwidthSchema>;

/** A ceiling and its windows as the rooms use them. */
export function resolveBandwidth(entry: BandwidthEntry): Bandwidth {
  return {
    uploadMbps: entry.upload_mbps,
    windows: entry.schedule.map(resolveWindow),
  };
}

export function resolveWindow(window: z.output<typeof windowSchema>): BandwidthWindow {
  return {
    days: window.days,
    fromMinute: minuteOf(window.from),
    toMinute: minuteOf(window.to),
  };
}
