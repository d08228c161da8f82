/** What findings mean for a run, once its overrides have been asked. */
import type { OverrideEntry } from "../records/mod.ts";
import { compareFindings, type Finding } from "./finding.ts";
import type { Problem } from "./look.ts";
import { evaluateOverrides } from "./override_warnings.ts";

/** A run may pass, or it is held, and by what. */
export type GateVerdict =
  | { readonly kind: "pass" }
  | {
    readonly kind: "blocked";
    /** Hard findings that no active override covers. */
    readonly findings: readonly Finding[];
    /** Places that could not be judged: a check that could not run is not a pass. */
    readonly problems: readonly Problem[];
    /** One sentence for the job's `hold_reason`. */
    readonly reason: string;
  };

export interface VerdictOptions {
  /** The run's `validation_overrides`, as its record holds them. */
  readonly overrides: readonly OverrideEntry[];
  readonly now: Date;
  readonly problems?: readonly Problem[];
}

/**
 * Decides anew from the overrides and the time given, whatever `override_active` the findings were
 * written with: an override may have expired or been revoked since.
 */
export function gateVerdict(findings: readonly Finding[], options: VerdictOptions): GateVerdict {
  const { overrides, now, problems = [] } = options;
  const active = activeClasses(overrides, now);
  const blocking = findings
    .filter((finding) => finding.tier === "hard" && !active.has(finding.rule))
    .map((finding) => ({ ...finding, override_active: false }))
    .sort(compareFindings);
  if (blocking.length === 0 && problems.length === 0) return { kind: "pass" };
  return { kind: "blocked", findings: blocking, problems, reason: reasonOf(blocking, problems) };
}

/** The problem classes that an override covers at `now`. */
export function activeClasses(overrides: readonly OverrideEntry[], now: Date): ReadonlySet<string> {
  if (overrides.length === 0) return NONE;
  return new Set(evaluateOverrides(overrides, now).active.map((override) => override.problemClass));
}

const NONE: ReadonlySet<string> = new Set();

function reasonOf(findings: readonly Finding[], problems: readonly Problem[]): string {
  const rules = [...new Set(findings.map((finding) => finding.rule))].sort();
  const parts: string[] = [];
  if (findings.length > 0) {
    parts.push(
      `${findings.length} hard ${plural("finding", findings.length)} (${rules.join(", ")})`,
    );
  }
  if (problems.length > 0) {
    const first = problems[0]!;
    const places = `${problems.length} ${plural("place", problems.length)} could not be judged`;
    parts.push(`${places} (${first.path}: ${first.message})`);
  }
  return parts.join("; ");
}

function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}

/** States in which the run's data is on the NAS already. */
const ARRIVED: ReadonlySet<string> = new Set(["synced", "cleaned"]);

export interface MaskOptions {
  readonly active: ReadonlySet<string>;
  readonly syncStatus: string | null;
}

/** The findings, sorted, each with what the overrides and the record's status say of it. */
export function maskFindings(findings: readonly Finding[], options: MaskOptions): Finding[] {
  const { active, syncStatus } = options;
  const arrived = syncStatus !== null && ARRIVED.has(syncStatus);
  return findings.map((finding) => ({
    ...finding,
    synced_under_prior_policy: arrived && finding.tier === "hard",
    override_active: active.has(finding.rule),
  })).sort(compareFindings);
}

/** Hard findings that hold something back; with any of them `audit` ends with exit code 3. */
export function unmaskedHard(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.tier === "hard" && !finding.override_active);
}
