/** Living reports. An outline may hold keys of other programs: it is the one shape that is open. */
import * as z from "zod";
import { type Difference, type IndexEntry, REPORT_STATUSES } from "../../reports/mod.ts";
import { anything, count, shape } from "./shapes.ts";

const status = z.enum(REPORT_STATUSES);
const notices = z.array(z.string());

const entry = z.strictObject({
  report_id: z.uuid(),
  current_title: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  tags: z.array(z.string()),
  status,
  path: z.string(),
}) satisfies z.ZodType<IndexEntry>;

export const reportsShape = shape(
  "Reports",
  z.strictObject({ reports: z.array(entry), notices }),
);

const outline = shape(
  "Outline",
  z.looseObject({
    report_id: z.uuid(),
    title: z.string(),
    created_at: z.string(),
    updated_at: z.string(),
    version: z.string(),
    outline_version: z.int().min(1),
    sections: z.array(z.looseObject({ section_id: z.string(), title: z.string() })),
    insights: z.array(z.looseObject({ insight_id: z.string(), summary: z.string() })),
    metadata: anything,
  }),
);

export const reportShape = shape(
  "Report",
  z.strictObject({
    report: outline,
    status,
    chain: z.strictObject({ report_id: z.uuid(), seq: count, hash: z.string() }),
    notices,
  }),
);

export const reportChangedShape = shape(
  "ReportChanged",
  z.strictObject({
    report_id: z.uuid(),
    outline_version: z.int().min(1),
    action_id: z.string().nullable(),
    warnings: notices,
  }),
);

export const reportHistoryShape = shape(
  "ReportHistory",
  z.strictObject({
    events: z.array(z.strictObject({
      line: z.int().min(1),
      action_id: z.string().nullable(),
      at: z.string().nullable(),
      who: z.string().nullable(),
      /** What was done, in words. */
      words: z.string().nullable(),
      /** The version it led to; null when it changed nothing of the outline. */
      version: z.int().nullable(),
      /** What is wrong with the line; null when nothing is. */
      fault: z.string().nullable(),
    })),
    next: z.string().nullable(),
  }),
);

export const reportDiffShape = shape(
  "ReportDiff",
  z.strictObject({
    from: z.int().min(1),
    to: z.int().min(1),
    differences: z.array(
      z.strictObject({
        kind: z.enum(["added", "removed", "changed"]),
        what: z.string(),
      }) satisfies z.ZodType<Difference>,
    ),
  }),
);
