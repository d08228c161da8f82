/** What is read a page at a time: runs, files, what happened; the disks; the configuration. */
import * as z from "zod";
import type { FileView, PaceView, RunListView, ShownSetting } from "../../control/mod.ts";
import { eventShape, jobShape, next } from "./job.ts";
import { count, instant, shape } from "./shapes.ts";
import { diskShape } from "./status.ts";

export const runsShape = shape(
  "Runs",
  z.strictObject({
    runs: z.array(jobShape),
    total: count,
    previous: next,
    next,
  }) satisfies z.ZodType<RunListView>,
);

const file = shape(
  "File",
  z.strictObject({
    path: z.string(),
    bytes: count,
    modified_at: instant,
    sha256: z.string().regex(/^[0-9a-f]{64}$/).nullable(),
    local: z.enum(["here", "gone"]),
    proven: z.boolean(),
    generation: z.int().min(1),
  }) satisfies z.ZodType<FileView>,
);

export const filesShape = shape(
  "Files",
  z.strictObject({ files: z.array(file), next, is_cut_short: z.boolean() }),
);

export const activityShape = shape(
  "Activity",
  z.strictObject({
    events: z.array(eventShape.extend({
      job_id: z.uuid(),
      run_path: z.string(),
      equipment_id: z.string(),
    })),
    next,
  }),
);

export const storageShape = shape(
  "Storage",
  z.strictObject({ disks: z.array(diskShape), went: z.array(jobShape) }),
);

const seconds = z.number().min(0);

export const paceShape = shape(
  "Pace",
  z.strictObject({
    days: z.array(z.strictObject({
      day: z.iso.date(),
      bytes: count,
      runs: z.strictObject({
        attention: count,
        on_the_way: count,
        safe: count,
        handed_over: count,
        not_proven: count,
        cancelled: count,
      }),
    })),
    hours: z.array(z.strictObject({ from: instant, sent_bytes: count, waiting: count })),
    time_to_safe: z.strictObject({
      days: count,
      runs: count,
      half_seconds: seconds.nullable(),
      most_seconds: seconds.nullable(),
      bounds: z.array(count),
      counts: z.array(count),
    }),
  }) satisfies z.ZodType<PaceView>,
);

const setting = z.strictObject({
  key: z.string(),
  value: z.unknown(),
  origin: z.enum(["default", "file"]),
  file: z.string().optional(),
  line: z.int().min(1).nullable(),
}) satisfies z.ZodType<ShownSetting>;

export const settingsShape = shape(
  "Settings",
  z.strictObject({
    path: z.string(),
    settings: z.array(setting),
    changed_since_start: z.boolean(),
    problems: z.array(z.string()),
    notices: z.array(z.string()),
    warnings: z.array(z.string()),
  }),
);
