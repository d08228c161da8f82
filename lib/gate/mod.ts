/**
 * gate: finds names and contents that would make data unusable later, before it leaves. For the
 * queue (is this run to be held?), for `audit`, `override` and `ship`, and for the page.
 *
 * How a judgement is made. `audit.ts` finds out what a path is (`places.ts`) and walks what is there:
 * `judge_tree.ts` goes through root, equipment and project down to the runs, `judge_run.ts` judges
 * one run with its place in the tree. Both judge folders (`judge_folder.ts`, and `judge_texts.ts` for
 * the contents in them) and records (`judge_records.ts`), by way of `judge_place.ts`, which takes over
 * what the cache still knows. Every name, text and record is put to all rules that judge such
 * (`judgements.ts`), and what they say becomes a finding at its place (`finding.ts`). `verdict.ts`
 * asks the overrides. Before a run exists, `proposal.ts` puts its names to the same rules without
 * touching a disk. Adding a rule takes a file in `rules/` and its line in `rules/mod.ts`.
 *
 * Invariants. Nothing is written, but overrides through the records' writer. The same tree and
 * settings give the same findings in the same order. No link is followed. What cannot be looked at
 * is a `Problem` of its own and never a pass; the rest is judged all the same. Every rule and
 * scanner is linear in its input. Memory is that of one run, plus the cache.
 *
 * Terms. *Finding*: one fault, at one place. *Fault*: what a rule says; *hit*: the same with the
 * rule's name, before the place is known. *Hard*: holds a run back until it is fixed or overridden;
 * *soft*: only shown. *Masked*: covered by an active override. *Reading*: what one look at a folder
 * found, kept until the folder changes. *Place*: a run, project, equipment or root. *Beside*: what
 * only its neighbours show of a name. *Rendered*: written by a template.
 */
export { AuditCache } from "./audit_cache.ts";
export { AuditTally } from "./audit_tally.ts";
export {
  type AuditResult,
  auditSummary,
  type FindingGroup,
  gatherAudit,
  groupFindings,
  holdsRunsBack,
  printable,
} from "./audit_result.ts";
export { auditOneRun, auditTree } from "./audit.ts";
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
export type { AuditOptions } from "./walk.ts";
export { type GateVerdict, gateVerdict, unmaskedHard, type VerdictOptions } from "./verdict.ts";
