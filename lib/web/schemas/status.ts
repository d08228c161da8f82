/** How things stand (`StatusView`): what the page begins with and `labferry status` prints. */
import * as z from "zod";
import type {
  AcquiringView,
  DestinationView,
  NotLookedAfterView,
  RootView,
  StatusView,
  StorageView,
} from "../../control/mod.ts";
import { type HeldRuns, HOLDS, JOB_STATES } from "../../queue/mod.ts";
import { jobShape } from "./job.ts";
import { sessionShape } from "./session.ts";
import { count, instant, shape } from "./shapes.ts";

const destination = shape(
  "Destination",
  z.strictObject({
    name: z.string(),
    address: z.string(),
    state: z.enum(["up", "down", "unknown"]),
    code: z.string().nullable(),
    reason: z.string().nullable(),
    hint: z.string().nullable(),
    next_probe_at: instant.nullable(),
    closed_until: instant.nullable(),
  }) satisfies z.ZodType<DestinationView>,
);

const held = z.strictObject({
  state: z.enum(JOB_STATES),
  hold: z.enum(HOLDS),
  runs: count,
}) satisfies z.ZodType<HeldRuns>;

export const acquiringShape = shape(
  "Acquiring",
  z.strictObject({
    run_path: z.string(),
    data_path: z.string(),
    equipment_id: z.string(),
    phase: z.enum(["acquiring", "odd"]),
    since: instant,
    changed_at: instant,
    files: count,
    bytes: count,
    waits_for: z.string(),
    dismissed: z.strictObject({ by: z.string(), at: instant }).nullable(),
    existing: z.boolean(),
    ahead: z.strictObject({ files: count, bytes: count, waits_for: z.string().nullable() })
      .nullable(),
  }) satisfies z.ZodType<AcquiringView>,
);

const notLookedAfter = z.strictObject({
  equipment_id: z.string(),
  runs: count,
  bytes: count,
}) satisfies z.ZodType<NotLookedAfterView>;

const root = z.strictObject({
  equipment_id: z.string(),
  path: z.string(),
  fault: z.string().nullable(),
  since: instant,
}) satisfies z.ZodType<RootView>;

export const diskShape = shape(
  "Disk",
  z.strictObject({
    roots: z.array(z.string()),
    equipment: z.array(z.string()),
    total_bytes: count,
    free_bytes: count,
    bytes_per_day: count,
    full_at: instant.nullable(),
    proven_bytes: count,
    warning: z.enum(["almost_full", "full_soon"]).nullable(),
    no_space_gained: z.boolean(),
  }) satisfies z.ZodType<StorageView>,
);

export const statusShape = shape(
  "Status",
  z.strictObject({
    daemon: z.strictObject({
      pid: count,
      version: z.string(),
      started_at: instant,
      url: z.string(),
    }).nullable(),
    counts: z.record(z.string(), count),
    held: z.array(held),
    not_proven: count,
    alarmed: count,
    handed_over: count,
    destinations: z.array(destination),
    acquiring: z.array(acquiringShape),
    not_looked_after: z.array(notLookedAfter),
    roots: z.array(root),
    queue_fault: z.strictObject({
      code: z.string(),
      message: z.string(),
      hint: z.string().nullable(),
      since: instant,
    }).nullable(),
    overdue_passes: z.strictObject({ runs: count, since: instant.nullable() }),
    broken_trails: z.array(z.strictObject({
      equipment_id: z.string(),
      at: instant,
      path: z.string(),
      into: z.string(),
    })),
    sessions: z.array(sessionShape),
    storage: z.array(diskShape),
    paused: z.array(z.string()),
    pauses: z.array(z.strictObject({
      scope: z.string(),
      since: instant,
      by: z.string(),
      reason: z.string().nullable(),
    })),
    yielding: z.strictObject({
      waits_for: z.string().nullable(),
      since: instant.nullable(),
      unknown: z.string().nullable(),
    }).nullable(),
    jobs: z.array(jobShape),
    jobs_total: count,
  }) satisfies z.ZodType<StatusView>,
);

/** The path of a link that works once, within a minute. */
export const sessionLinkShape = shape("SessionLink", z.strictObject({ path: z.string() }));

export const stoppingShape = shape("Stopping", z.strictObject({ stopping: z.literal(true) }));
