/**
 * gate: finds names and contents that would make data unusable later, before it leaves. For the
 * queue (is this run to be held?), for `audit`, `override` and `ship`, and for the page.
 *
 * One engine, two modes: `checkProposal` judges a run that is to be made without touching a disk,
 * `auditTree` and `auditOneRun` walk what is there. Both use the same small rules (`rules/`).
 *
 * Invariants. Nothing is written, but overrides through the records' writer. The same tree and
 * settings give the same findings in the same order. No link is followed. What cannot be looked at
 * is a `Problem` of its own and never a pass; the rest is judged all the same. Every rule and
 * scanner is linear in its input. Memory is that of one run, plus the cache.
 *
 * Terms. *Finding*: one fault, at one place. *Hit*: what a rule says before the place is known.
 * *Hard*: holds a run back until it is fixed or overridden; *soft*: only shown. *Masked*: covered by
 * an active override. *Reading*: what one look at a folder told, kept until the folder changes.
 * *Place*: a run, project, equipment or root. *Rendered*: written by a template.
 */
export { AuditCache } from "./audit_cache.ts";
export {
  type AuditResult,
  auditSummary,
  type FindingGroup,
  gatherAudit,
  groupFindings,
  isHeld,
  printable,
} from "./audit_result.ts";
export { auditOneRun, type AuditOptions, auditTree } from "./engine.ts";
export { compareFindings, type Finding, type OffendingKind } from "./finding.ts";
export type { Problem } from "./look.ts";
export {
  addOverride,
  listedAt,
  type ListedOverride,
  listOverrides,
  type NewOverride,
  revokeOverride,
} from "./override_commands.ts";
export type { PlaceAudit } from "./place_audit.ts";
export { checkProposal, type Proposal } from "./proposal.ts";
export {
  explainRule,
  HARD_RULES,
  isHardRule,
  type Rule,
  type RuleExplanation,
  RULES,
} from "./rules/mod.ts";
export type { Tier } from "./rules/rule.ts";
export { DEFAULT_GATE_SETTINGS, type GateSettings } from "./settings.ts";
export { type GateVerdict, gateVerdict, unmaskedHard, type VerdictOptions } from "./verdict.ts";
