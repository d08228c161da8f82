/** What the pages say first: the answer, the instruments, a run's way, the local copies. */
import * as z from "zod";
import type { ProgressView, RunFilters, WayStep, Words } from "../../control/mod.ts";
import { PROOF_STRENGTHS } from "../../base/mod.ts";
import { custodyShape } from "./custody.ts";
import { jobShape } from "./job.ts";
import { sessionShape } from "./session.ts";
import { anything, count, instant, shape } from "./shapes.ts";

const tone = z.enum(["idle", "moving", "wait", "safe", "bad"]);
/** A sentence in parts: its times are instants, for each reader's own zone. */
const words = z.array(
  z.union([z.string(), z.strictObject({ at: instant })]),
) satisfies z.ZodType<Words>;

const progress = z.strictObject({
  job_id: z.uuid(),
  phase: z.string(),
  bytes_done: count,
  bytes_total: count,
  files_done: count.nullable(),
  files_total: count,
  bytes_per_second: z.number().min(0).nullable(),
  eta_seconds: z.number().min(0).nullable(),
  current_path: z.string().nullable(),
}) satisfies z.ZodType<ProgressView>;

const lane = z.strictObject({
  equipment_id: z.string(),
  label: z.string(),
  tone,
  doing: words,
  work: z.strictObject({
    job_id: z.uuid(),
    name: z.string(),
    progress: progress.nullable(),
  }).nullable(),
  destination: z.strictObject({ words: z.string(), tone, address: z.string() }),
  trouble: z.array(words),
  disk: z.strictObject({ words, tone }).nullable(),
  heard_at: instant.nullable(),
  paused: z.boolean(),
  attention: count,
  waiting: count,
});

export const homeShape = shape(
  "Home",
  z.strictObject({
    answer: z.strictObject({
      tone,
      words,
      more: z.array(words),
      next: z.strictObject({
        words: z.string(),
        show: z.enum(["attention", "not_proven", "cancelled", "storage"]).nullable(),
      }).nullable(),
    }),
    outcomes: z.strictObject({
      attention: count,
      on_the_way: count,
      safe: count,
      handed_over: count,
      not_proven: count,
      cancelled: count,
    }),
    lanes: z.array(lane),
    may_retry: z.boolean(),
  }),
);

export const filtersShape = shape(
  "Filters",
  z.strictObject({
    equipment: z.array(z.string()),
    projects: z.array(z.string()),
  }) satisfies z.ZodType<RunFilters>,
);

const step = z.strictObject({
  name: z.enum(["seen", "complete", "sealed", "sent", "proven_1", "proven_2", "let_go"]),
  words: z.string(),
  stand: z.enum(["done", "now", "next", "open", "stopped"]),
  at: instant.nullable(),
  expected: instant.nullable(),
  note: z.string().nullable(),
}) satisfies z.ZodType<WayStep>;

export const detailShape = shape(
  "Detail",
  z.strictObject({
    job: jobShape,
    name: z.string(),
    project: z.string(),
    is_test: z.boolean(),
    way: z.array(step),
    /** Null before the run is proven, after it was let go, and while the look is under way. */
    custody: custodyShape.nullable(),
    is_looking: z.boolean(),
    progress: progress.nullable(),
    generations: z.array(z.strictObject({
      generation: z.int().min(1),
      reason: z.string(),
      sealed_by: z.string(),
      sealed_at: instant,
      files: count,
      bytes: count,
      evidence: anything,
    })),
    passes: z.array(z.strictObject({
      generation: z.int().min(1),
      far_path: z.string(),
      started_at: instant,
      ended_at: instant.nullable(),
      strength: z.enum(PROOF_STRENGTHS).nullable(),
      matched: count,
      mismatched: count,
      missing: count,
      extra: count,
      notes: z.array(z.string()),
      outcome: z.enum(["open", "passed", "failed", "abandoned"]),
    })),
    session: sessionShape.nullable(),
    check_by_hand: z.string(),
  }),
);

export const copiesShape = shape(
  "Copies",
  z.strictObject({
    enabled: z.boolean(),
    proven: z.array(z.strictObject({
      job: jobShape,
      from: instant.nullable(),
      waits_for: z.string().nullable(),
    })),
    pinned: z.array(jobShape),
    went: z.array(z.strictObject({
      job: jobShape,
      at: instant.nullable(),
      bytes: count.nullable(),
    })),
  }),
);
