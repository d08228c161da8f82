/**
 * A finding: one thing in a tree that would make the data unusable or unfindable later. Its shape
 * is a contract (`docs/gate.md`, "What a finding says"); its keys stand in a fixed order so that the
 * same tree gives the same bytes.
 */
import { normalize } from "node:path";
import { compareUtf8 } from "../base/mod.ts";
import type { Hit } from "./judgements.ts";
import type { Rule } from "./rules/mod.ts";
import type { Tier } from "./rules/rule.ts";

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

/** Where hits were found. */
export interface FoundAt {
  readonly runPath: string;
  readonly path: string;
  readonly kind: OffendingKind;
}

/** Findings from hits, not yet compared with overrides (`maskFindings` does that). */
export function findingsAt(at: FoundAt, hits: readonly Hit[]): Finding[] {
  return hits.map((hit) => ({
    rule: hit.rule,
    tier: hit.tier,
    run_path: asShown(at.runPath),
    offending_path: asShown(at.path),
    offending_kind: at.kind,
    matched_token: hit.token,
    rule_detail: hit.detail,
    synced_under_prior_policy: false,
    override_active: false,
  }));
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
