/** What the gate says in its own words, for people: its rules by their titles instead of their ids. */
import { explainRule, type Rule, RULES } from "../gate/mod.ts";

/** `2 hard findings (reserved_filesystem_name)` → `2 findings: a name that Windows keeps for a device`. */
export function inRuleWords(text: string): string {
  const found = /(\d+) hard (findings?) \(([a-z_]+(?:, [a-z_]+)*)\)/.exec(text);
  if (!found) return text;
  const [said, count, noun, ids] = found as unknown as readonly [string, string, string, string];
  const titles = ids.split(", ").map(titleOf);
  if (titles.includes(null)) return text;
  return text.replace(said, () => `${count} ${noun}: ${titles.join("; ")}`);
}

/** The rule that an override is about, as a part of a sentence; a newer labferry's as it is. */
export function ruleWords(id: string): string {
  return titleOf(id) ?? id.replaceAll("_", " ");
}

/** As a part of a sentence; null for an id that is no rule's. */
function titleOf(id: string): string | null {
  if (!(RULES as readonly string[]).includes(id)) return null;
  const { title } = explainRule(id as Rule);
  return title.charAt(0).toLowerCase() + title.slice(1);
}
