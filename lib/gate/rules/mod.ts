/**
 * rules: one object a rule (`rule.ts` says of what kind), and their list. None touches a disk, none
 * throws, and each is linear in its input. A new rule is a file here and its line in the list; the
 * rest (which can be overridden, what people are told, when a name needs no second look) follows.
 */
import { caseCollision } from "./case_collision.ts";
import { unsupportedFileType } from "./file_type.ts";
import { illegalCharacter } from "./illegal_character.ts";
import { leftoverJinjaMarker } from "./jinja_marker.ts";
import { malformedRecord } from "./malformed_record.ts";
import { modePrefixMismatch } from "./mode_prefix.ts";
import { originDiffers } from "./origin_differs.ts";
import { orphan } from "./orphan.ts";
import { pathTooLong } from "./path_length.ts";
import { unresolvedPlaceholder } from "./placeholder.ts";
import { unsafeProjectName } from "./project_name.ts";
import { missingRequiredField } from "./required_field.ts";
import { reservedName } from "./reserved_name.ts";
import type { GateRule } from "./rule.ts";
import { unclosedFrontMatter } from "./unclosed_front_matter.ts";
import { invalidUtf8Name } from "./utf8_name.ts";

/** Every rule, in the order the documentation lists them (a test compares the two). */
const LIST = [
  unresolvedPlaceholder,
  leftoverJinjaMarker,
  illegalCharacter,
  reservedName,
  modePrefixMismatch,
  unsafeProjectName,
  caseCollision,
  unsupportedFileType,
  invalidUtf8Name,
  pathTooLong,
  orphan,
  missingRequiredField,
  malformedRecord,
  unclosedFrontMatter,
  originDiffers,
] as const;

export type Rule = typeof LIST[number]["id"];

export const GATE_RULES: readonly GateRule<Rule>[] = LIST;

/** The ids of all rules. */
export const RULES: readonly Rule[] = LIST.map(({ id }) => id);

/** Rules that can be hard somewhere, and so can be overridden. */
export const HARD_RULES: readonly Rule[] = GATE_RULES.filter(({ mayBeHard }) => mayBeHard)
  .map(({ id }) => id);

export function isHardRule(text: string): text is Rule {
  return (HARD_RULES as readonly string[]).includes(text);
}

/** A rule for people: what it is about, what is wrong, and how to put it right. */
export type RuleExplanation = Pick<GateRule, "title" | "why" | "fix">;

const BY_ID: ReadonlyMap<Rule, GateRule> = new Map(GATE_RULES.map((rule) => [rule.id, rule]));

export function explainRule(rule: Rule): RuleExplanation {
  const { title, why, fix } = BY_ID.get(rule)!;
  return { title, why, fix };
}
