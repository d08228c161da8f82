/** The result of a whole audit: as data for scripts, and grouped for people. */
import { AuditTally } from "./audit_tally.ts";
import { compareFindings, type Finding } from "./finding.ts";
import { explainRule, type Rule, type RuleExplanation, RULES } from "./rules/mod.ts";
import type { Tier } from "./rules/rule.ts";
import type { Problem } from "./look.ts";
import type { PlaceAudit } from "./place_audit.ts";
import { unmaskedHard } from "./verdict.ts";

/** What `audit --json` prints. */
export interface AuditResult {
  readonly findings: readonly Finding[];
  /** Places that could not be judged. */
  readonly problems: readonly Problem[];
  readonly runs: number;
  readonly elapsed_ms: number;
}

/** Gathers the places of an audit. Faults above a run are listed once where the tree has them. */
export async function gatherAudit(
  places: AsyncIterable<PlaceAudit> | Iterable<PlaceAudit>,
): Promise<AuditResult> {
  const startedMs = performance.now();
  const tally = new AuditTally();
  const listed = new Set<string>();
  const above: Finding[] = [];
  for await (const place of places) {
    tally.add(place);
    if (place.kind !== "run") { for (const finding of place.findings) listed.add(keyOf(finding)); }
    for (const finding of place.above) above.push(finding);
  }
  const { problems, runs } = tally;
  const findings = [
    ...tally.findings,
    ...above.filter((finding) => !listed.has(keyOf(finding))),
  ].sort(compareFindings);
  return { findings, problems, runs, elapsed_ms: Math.round(performance.now() - startedMs) };
}

function keyOf(finding: Finding): string {
  return `${finding.rule}\n${finding.offending_path}`;
}

/** Whether anything holds a run back: `audit` then ends with exit code 3. */
export function holdsRunsBack(result: AuditResult): boolean {
  return unmaskedHard(result.findings).length > 0;
}

export interface FindingGroup extends RuleExplanation {
  readonly rule: Rule;
  readonly tier: Tier;
  readonly count: number;
  /** Of those, covered by an override. */
  readonly overridden: number;
  readonly runs: number;
  /** The first ones, as examples. */
  readonly examples: readonly Finding[];
}

/** Findings by tier and rule, hard first, each group with its fix in words. */
export function groupFindings(findings: readonly Finding[], examples = 5): FindingGroup[] {
  const groups: FindingGroup[] = [];
  for (const tier of ["hard", "soft"] as const) {
    for (const rule of RULES) {
      const found = findings.filter((finding) => finding.tier === tier && finding.rule === rule);
      if (found.length === 0) continue;
      groups.push({
        rule,
        tier,
        ...explainRule(rule),
        count: found.length,
        overridden: found.filter((finding) => finding.override_active).length,
        runs: new Set(found.map((finding) => finding.run_path)).size,
        examples: found.slice(0, examples),
      });
    }
  }
  return groups;
}

/** The audit as lines for a terminal; names are made harmless by `printable`. */
export function auditSummary(result: AuditResult): string[] {
  const lines: string[] = [];
  for (const group of groupFindings(result.findings)) {
    const overridden = group.overridden > 0 ? `, ${group.overridden} overridden` : "";
    lines.push(
      `${group.tier.toUpperCase()}  ${group.title} (${group.rule}): ${group.count}${overridden}`,
    );
    for (const finding of group.examples) {
      lines.push(`  ${printable(finding.offending_path)}`);
      lines.push(`    ${printable(finding.matched_token)}: ${printable(finding.rule_detail)}`);
    }
    if (group.count > group.examples.length) {
      lines.push(`  and ${group.count - group.examples.length} more`);
    }
    lines.push(`  why: ${group.why}`, `  fix: ${group.fix}`, "");
  }
  for (const problem of result.problems) {
    lines.push(`NOT JUDGED  ${printable(problem.path)}: ${problem.message}`);
  }
  const held = unmaskedHard(result.findings).length;
  const counts = `${result.runs} ${result.runs === 1 ? "run" : "runs"} in ${result.elapsed_ms} ms`;
  const total = result.findings.length === 0 ? "no findings" : `${result.findings.length} findings`;
  lines.push(`${counts}: ${total}${held > 0 ? `, ${held} of them hold runs back` : ""}`);
  return lines;
}

/** Control characters and direction marks shown as escapes: a name must not steer a terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}
