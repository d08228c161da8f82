/** What the gate found, in its own words, and who let what pass. */
import * as z from "zod";
import { type Finding, type ListedOverride, type Problem, RULES } from "../../gate/mod.ts";
import { count, instant, shape } from "./shapes.ts";

const rule = z.enum(RULES);
const tier = z.enum(["hard", "soft"]);

const finding = shape(
  "Finding",
  z.strictObject({
    rule,
    tier,
    run_path: z.string(),
    offending_path: z.string(),
    offending_kind: z.enum(["directory_segment", "file_name", "file_content"]),
    matched_token: z.string(),
    rule_detail: z.string(),
    synced_under_prior_policy: z.boolean(),
    override_active: z.boolean(),
  }) satisfies z.ZodType<Finding>,
);

const unjudged = z.strictObject({
  path: z.string(),
  code: z.enum(["unreadable", "vanished", "too_deep", "no_place"]),
  message: z.string(),
}) satisfies z.ZodType<Problem>;

export const problemsShape = shape(
  "Problems",
  z.strictObject({
    audited_at: instant.nullable(),
    runs: count,
    hard: count,
    soft: count,
    findings: z.array(finding),
    problems: z.array(unjudged),
    overridden: z.array(z.string()),
    groups: z.array(z.strictObject({ rule, tier, count, overridden: count, runs: count })),
    explanations: z.record(
      z.string(),
      z.strictObject({ title: z.string(), why: z.string(), fix: z.string() }),
    ),
  }),
);

const override = z.strictObject({
  id: z.string(),
  problem_class: z.string().nullable(),
  operator: z.string().nullable(),
  recorded_at: z.string().nullable(),
  reason: z.string().nullable(),
  expires_at: z.string().nullable(),
  state: z.enum(["active", "expired", "revoked", "tombstone", "unusable"]),
  revokes: z.string().nullable(),
  revoked_by: z.string().nullable(),
}) satisfies z.ZodType<ListedOverride>;

export const overridesShape = shape(
  "Overrides",
  z.strictObject({ overrides: z.array(override) }),
);
