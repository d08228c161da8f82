/**
 * A finding: one thing in a tree that would make the data unusable or unfindable later. Its shape
 * is a contract (`docs/gate.md`, "What a finding says"); its keys stand in a fixed order so that the
 * same tree gives the same bytes.
 */
import { normalize } from "node:path";
import { compareUtf8 } from "../base/mod.ts";

/** Every rule, in the order the documentation lists them. */
export const RULES = [
  "unresolved_placeholder_token",
  "leftover_jinja_marker",
  "illegal_filesystem_character",
  "reserved_filesystem_name",
  "mode_prefix_mismatch",
  "unsafe_project_name",
  "case_collision",
  "unsupported_file_type",
  "invalid_utf8_name",
  "path_too_long",
  "orphan",
  "missing_required_field",
  "malformed_record",
  "malformed_yaml_front_matter",
] as const;
export type Rule = typeof RULES[number];

/** Rules that can be hard somewhere, and so can be overridden. */
export const HARD_RULES = [
  "unresolved_placeholder_token",
  "leftover_jinja_marker",
  "illegal_filesystem_character",
  "reserved_filesystem_name",
  "mode_prefix_mismatch",
  "unsafe_project_name",
  "case_collision",
  "unsupported_file_type",
  "invalid_utf8_name",
] as const satisfies readonly Rule[];

/** `hard` holds a run back until it is fixed or overridden; `soft` is only shown. */
export type Tier = "hard" | "soft";

export type OffendingKind = "directory_segment" | "file_name" | "file_content";

export interface Finding {
  readonly rule: Rule;
  readonly tier: Tier;
  /** Absolute path of the run; of the project or equipment when the fault is in no run. */
  readonly run_path: string;
  /** Absolute path of the file or folder that is at fault. */
  readonly offending_path: string;
  readonly offending_kind: OffendingKind;
  /** The very text that is at fault, as it stands in the name or in the content. */
  readonly matched_token: string;
  /** One sentence for people: what is wrong with the token, and where in the file it is. */
  readonly rule_detail: string;
  /** A hard finding on a run that was synced before the rule found it; nothing is unsynced. */
  readonly synced_under_prior_policy: boolean;
  /** An override of this rule is active, so the finding does not hold the run back. */
  readonly override_active: boolean;
}

/** What a rule says about one name or one content; the engine adds where it was. */
export interface Hit {
  readonly rule: Rule;
  readonly tier: Tier;
  readonly token: string;
  readonly detail: string;
}

/** Where a hit was found. */
export interface Place {
  readonly runPath: string;
  readonly path: string;
  readonly kind: OffendingKind;
}

/** A finding from a hit, not yet compared with overrides (`maskFindings` does that). */
export function findingAt(place: Place, hit: Hit): Finding {
  return {
    rule: hit.rule,
    tier: hit.tier,
    run_path: asShown(place.runPath),
    offending_path: asShown(place.path),
    offending_kind: place.kind,
    matched_token: hit.token,
    rule_detail: hit.detail,
    synced_under_prior_policy: false,
    override_active: false,
  };
}

/** Inside the gate paths are joined with `/`; people on Windows see their own separator. */
export function asShown(path: string): string {
  return Deno.build.os === "windows" ? normalize(path) : path;
}

/** Hard first, then by the bytes of run path, offending path and rule; ties by token and detail. */
export function compareFindings(a: Finding, b: Finding): number {
  return rank(a.tier) - rank(b.tier) ||
    compareUtf8(a.run_path, b.run_path) ||
    compareUtf8(a.offending_path, b.offending_path) ||
    compareUtf8(a.rule, b.rule) ||
    compareUtf8(a.matched_token, b.matched_token) ||
    compareUtf8(a.rule_detail, b.rule_detail);
}

function rank(tier: Tier): number {
  return tier === "hard" ? 0 : 1;
}

export function isRule(text: string): text is Rule {
  return (RULES as readonly string[]).includes(text);
}

export function isHardRule(text: string): text is typeof HARD_RULES[number] {
  return (HARD_RULES as readonly string[]).includes(text);
}
