/** What stands between a run and the deletion of its local copy, and what went or came back. */
import * as z from "zod";
import type { CleanedView, CustodyView, RestoredView, StagedView } from "../../control/mod.ts";
import { INGEST_STATES } from "../../records/mod.ts";
import { jobShape } from "./job.ts";
import { anything, count, instant, shape } from "./shapes.ts";

const amount = z.strictObject({ files: count, bytes: count });

export const custodyShape = shape(
  "Custody",
  z.strictObject({
    job: jobShape,
    enabled: z.boolean(),
    may_go: z.boolean(),
    deletable_from: instant.nullable(),
    reason: z.string().nullable(),
    interlocks: z.array(z.strictObject({
      name: z.string(),
      stand: z.enum(["holds", "waits", "blocks"]),
      sentence: z.string(),
      from: instant.nullable(),
      evidence: anything,
    })),
    next_pass_at: instant.nullable(),
    observed_hours: z.number().min(0),
    local: amount,
  }) satisfies z.ZodType<CustodyView>,
);

export const deletableShape = shape(
  "Deletable",
  z.strictObject({ runs: z.array(custodyShape) }),
);

export const cleanedShape = shape(
  "Cleaned",
  z.strictObject({
    job: jobShape,
    outcome: z.enum(["cleaned", "kept"]),
    reason: z.string().nullable(),
    files: count,
    bytes: count,
  }) satisfies z.ZodType<CleanedView>,
);

const names = z.strictObject({ count, names: z.array(z.string()) });

export const restoredShape = shape(
  "Restored",
  z.strictObject({
    job: jobShape,
    to: z.string(),
    files: count,
    bytes: count,
    already_here: amount,
    different: names,
    missing: names,
    damaged: names,
    records: count,
  }) satisfies z.ZodType<RestoredView>,
);

const staged = z.strictObject({
  run_path: z.string(),
  equipment_id: z.string(),
  state: z.enum(INGEST_STATES),
  files: count,
  bytes: count,
  since: instant,
  waits_for: z.string().nullable(),
  job: jobShape.nullable(),
}) satisfies z.ZodType<StagedView>;

export const stagingShape = shape("Staging", z.strictObject({ runs: z.array(staged) }));

export const movedShape = shape("Moved", z.strictObject({ runs: count }));
