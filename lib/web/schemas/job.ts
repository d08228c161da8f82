/** A job as every answer shows it (`JobView`), its verification, its timeline. */
import * as z from "zod";
import { PROOF_STRENGTHS } from "../../base/mod.ts";
import type { EventView, JobView } from "../../control/mod.ts";
import { HOLDS, JOB_STATES, type Verification } from "../../queue/mod.ts";
import { anything, count, instant, shape } from "./shapes.ts";

const names = z.array(z.string());
const cappedNames = z.strictObject({ count, names });

const verification = shape(
  "Verification",
  z.strictObject({
    strength: z.enum(PROOF_STRENGTHS),
    matched: count,
    mismatched: names,
    missing: names,
    extra: names,
    skipped: names,
    notes: names,
    at: instant.exactOptional(),
    origin: z.strictObject({ matched: count, differs: count, not_stated: count }).exactOptional(),
    account: z.strictObject({
      set_aside: cappedNames.extend({ into: names }),
      kept: cappedNames,
      left_out: cappedNames.extend({
        operator: z.string(),
        reason: z.string(),
        differing: cappedNames.exactOptional(),
      }).nullable(),
      litter: cappedNames,
    }).exactOptional(),
  }) satisfies z.ZodType<Verification>,
);

export const jobShape = shape(
  "Job",
  z.strictObject({
    id: z.uuid(),
    run_path: z.string(),
    data_path: z.string(),
    equipment_id: z.string(),
    state: z.enum(JOB_STATES),
    destination: z.string(),
    far_path: z.string(),
    files: count,
    bytes: count,
    hold: z.enum(HOLDS).nullable(),
    hold_reason: z.string().nullable(),
    hold_hint: z.string().nullable(),
    generation: z.int().min(1),
    attempts: count,
    verify_passes: count,
    verified_at: instant.nullable(),
    enqueued_at: instant,
    next_attempt_at: instant.nullable(),
    last_error: z.strictObject({
      code: z.string(),
      message: z.string(),
      hint: z.string().exactOptional(),
    }).nullable(),
    pinned: z.boolean(),
    alarm: z.strictObject({ code: z.string(), since: instant, files: count }).nullable(),
    handed_over: z.boolean(),
    verification: verification.nullable(),
  }) satisfies z.ZodType<JobView>,
);

/** Opaque: the way to the next page; null when there is none. */
export const next = z.string().nullable();

export const jobsShape = shape("Jobs", z.strictObject({ jobs: z.array(jobShape), next }));

export const eventShape = shape(
  "Event",
  z.strictObject({
    seq: count,
    at: instant,
    kind: z.string(),
    from_state: z.enum(JOB_STATES).nullable(),
    to_state: z.enum(JOB_STATES),
    generation: z.int().min(1),
    detail: anything,
  }) satisfies z.ZodType<EventView>,
);

export const historyShape = shape(
  "History",
  z.strictObject({ events: z.array(eventShape) }),
);

export const enqueuedShape = shape(
  "Enqueued",
  z.strictObject({ job: jobShape, created: z.boolean() }),
);

export const completedShape = shape(
  "Completed",
  z.strictObject({
    job: jobShape.nullable(),
    created: z.boolean(),
    settle_seconds: z.number().min(0),
  }),
);

export const retriedAllShape = shape(
  "RetriedAll",
  z.strictObject({ jobs: z.array(jobShape), skipped: z.array(jobShape) }),
);
