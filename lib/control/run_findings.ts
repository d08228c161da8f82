/** What the gate says of one run: what holds it back, by rule, and what people let pass. */
import {
  explainRule,
  type Finding,
  type ListedOverride,
  type Problem,
  type Rule,
  RULES,
} from "../gate/mod.ts";
import type { ProblemsView } from "./gate_control.ts";
import { lastPart } from "./run_names.ts";
import type { EventView, JobView } from "./views.ts";

/** One rule's findings at a run. */
export interface RuleFindings {
  readonly rule: string;
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  readonly found: readonly ShownFinding[];
  readonly more: number;
}

export interface ShownFinding {
  /** As it lies in the run; of the run itself, or of a folder above it, its last part. */
  readonly place: string;
  readonly detail: string;
}

export interface RunFindings {
  readonly groups: readonly RuleFindings[];
  /** Places that could not be judged: a check that could not run is no pass. */
  readonly unjudged: readonly { readonly place: string; readonly message: string }[];
  readonly overrides: readonly ListedOverride[];
}

type Found = Pick<Finding, "offending_path" | "rule_detail"> & { readonly rule: string };

/** Names shown of one rule; `labferry audit` lists them all. */
const MOST_NAMES = 10;

export function runFindings(
  { job, problems, overrides, events }: {
    readonly job: Pick<JobView, "run_path" | "hold">;
    readonly problems: Pick<ProblemsView, "findings" | "problems">;
    readonly overrides: readonly ListedOverride[];
    readonly events: readonly EventView[];
  },
): RunFindings {
  const shown = overrides.filter(({ state }) => state !== "revoked" && state !== "tombstone");
  if (job.hold !== "gate") return { groups: [], unjudged: [], overrides: shown };
  const blocking = blockingFindings(job, { findings: problems.findings, overrides });
  // What the last audit has not seen yet stands in the timeline.
  const found: readonly Found[] = blocking.length > 0 ? blocking : findingsOfHold(events);
  return {
    groups: [...Map.groupBy(found, ({ rule }) => rule)].map(([rule, all]) => ({
      ...explained(rule),
      found: all.slice(0, MOST_NAMES).map(({ offending_path, rule_detail }) => ({
        place: placeIn(job.run_path, offending_path),
        detail: rule_detail,
      })),
      more: Math.max(0, all.length - MOST_NAMES),
    })),
    unjudged: problems.problems.filter(({ path }) => isWithin(path, job.run_path))
      .slice(0, MOST_NAMES).map((problem: Problem) => ({
        place: placeIn(job.run_path, problem.path),
        message: problem.message,
      })),
    overrides: shown,
  };
}

/** Hard findings of the run and of the folders above it that none of its overrides covers. */
export function blockingFindings(
  { run_path }: Pick<JobView, "run_path">,
  { findings, overrides }: {
    readonly findings: readonly Finding[];
    readonly overrides: readonly ListedOverride[];
  },
): Finding[] {
  const passed = new Set(
    overrides.filter(({ state }) => state === "active").map((one) => one.problem_class),
  );
  return findings.filter((finding) =>
    finding.tier === "hard" && !finding.override_active && !passed.has(finding.rule) &&
    isWithin(run_path, finding.run_path)
  );
}

/** What the gate noted when it last held the run. */
export function findingsOfHold(events: readonly Pick<EventView, "kind" | "detail">[]): Found[] {
  const held = events.findLast(({ kind, detail }) =>
    kind === "held" && Array.isArray(detail["findings"])
  );
  const noted = (held?.detail["findings"] ?? []) as readonly Record<string, unknown>[];
  return noted.map(({ rule, path, detail }) => ({
    rule: String(rule),
    offending_path: String(path),
    rule_detail: String(detail ?? ""),
  }));
}

/** The path below the run; of the run itself or of a folder above it, its last part. */
export function placeIn(runPath: string, path: string): string {
  const isInside = path !== runPath && isWithin(path, runPath);
  return isInside ? path.slice(runPath.length + 1) : lastPart(path);
}

/** Both separators: records may come from a PC with the other one. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`);
}

export function explained(
  rule: string,
): { readonly rule: string; readonly title: string; readonly why: string; readonly fix: string } {
  const isKnown = (one: string): one is Rule => (RULES as readonly string[]).includes(one);
  if (isKnown(rule)) return { rule, ...explainRule(rule) };
  return { rule, title: rule.replaceAll("_", " "), why: "", fix: "" };
}
