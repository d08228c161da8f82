/**
 * What the routes are asked with. Strict: a key that is misspelt is refused, for without it a pause of
 * one equipment would be a pause of all.
 */
import * as z from "zod";
import { JOB_STATES } from "../../queue/mod.ts";
import { REPORT_STATUSES } from "../../reports/mod.ts";

/** No system has a name with a NUL in it: asked of a disk, it is a fault and no answer. */
function pathOf(longest: number): z.ZodString {
  return z.string().min(1).max(longest).regex(/^[^\0]*$/, "has a NUL in it");
}

/** The longest path of Windows with its prefix, and more than any other system has. */
const run = pathOf(32_768);
const words = z.string().trim().min(1).max(2_000);
const person = z.string().trim().min(1).max(200);
/** As an answer gave it; longer ones are not ours. */
const cursor = z.string().min(1).max(8_192);

/** Entries in one answer unless the caller asks for more; the cap keeps an answer bounded. */
const DEFAULT_LIMIT = 200;
const LARGEST_LIMIT = 5_000;
export const limit = z.coerce.number().int().min(1).max(LARGEST_LIMIT).default(DEFAULT_LIMIT);

export const jobsQuery = z.strictObject({
  state: z.string().transform((text) => text.split(",")).pipe(z.array(z.enum(JOB_STATES)))
    .optional(),
  equipment: z.string().optional(),
  limit,
  cursor: cursor.optional(),
});
/** Days are those of this PC's zone; what each may be is said where it is none. */
export const runsQuery = z.strictObject({
  outcome: z.string().max(100).optional(),
  state: z.string().max(100).optional(),
  equipment: z.string().max(200).optional(),
  project: z.string().max(4_096).optional(),
  search: z.string().max(4_096).optional(),
  from: z.string().max(100).optional(),
  until: z.string().max(100).optional(),
  order: z.string().max(100).optional(),
  cursor: cursor.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const filesQuery = z.strictObject({
  search: z.string().max(4_096).optional(),
  /** Only what is not equal over there, or not here any more. */
  odd: z.stringbool().optional(),
  cursor: z.string().min(1).max(64 * 1024).optional(),
  limit,
});
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());
export const activityQuery = z.strictObject({
  run: run.optional(),
  equipment: z.string().max(200).optional(),
  /** Comma-separated. */
  kind: z.string().max(2_000).transform((text) => text.split(",")).optional(),
  from: moment.optional(),
  until: moment.optional(),
  cursor: cursor.optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});
export const lookupQuery = z.strictObject({ run });
export const runBody = z.strictObject({ run });
export const scopeBody = z.strictObject({ equipment: z.string().min(1).max(200).default("*") });
const acceptance = z.strictObject({
  operator: person,
  reason: words,
  /** `missing.digest` of the failure that the person read: refused when the run has failed for other files since. */
  shown: z.string().regex(/^[0-9a-f]{64}$/).exactOptional(),
});
/** Who lets a run go on without files that are lost, and why. */
export const acceptMissingBody = acceptance;
export const retryBody = z.strictObject({ accept_missing: acceptance.optional() });
export const restoreBody = z.strictObject({
  to: run.optional(),
  only: z.array(pathOf(4_096)).max(1_000).optional(),
});

export const problemsQuery = z.strictObject({ limit: z.coerce.number().int().min(0).optional() });
export const overridesQuery = z.strictObject({
  run: z.union([z.literal(""), run]).default(""),
});
export const overrideBody = z.strictObject({
  run,
  class: words,
  operator: words,
  reason: words,
  expires_at: z.string().max(100).nullish(),
});
export const revokeBody = z.strictObject({ run, id: words, operator: words, reason: words });

export const reportsQuery = z.strictObject({
  status: z.enum(REPORT_STATUSES).optional(),
  tag: z.string().max(200).optional(),
});
export const noteBody = z.strictObject({
  text: z.string().min(1).max(20_000),
  author: z.string().min(1).max(200),
  section: z.string().max(200).optional(),
  about: z.string().max(200).optional(),
  outline_version: z.number().int().optional(),
});
export const reportHistoryQuery = z.strictObject({ limit, cursor: cursor.optional() });
const version = z.coerce.number().int().min(1);
/** Without `to` the present version; without `from` the one before `to`. */
export const reportDiffQuery = z.strictObject({
  from: version.optional(),
  to: version.optional(),
});
export const revertBody = z.strictObject({
  /** The id of an action of its history, or an unambiguous beginning of four characters or more. */
  action: z.string().trim().min(4).max(200),
  author: person,
  /** Kept in the history. */
  why: words.optional(),
  outline_version: z.number().int().optional(),
});
