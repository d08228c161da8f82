/** A line of a run's timeline as a sentence. */
import { inRuleWords } from "./rule_words.ts";
import type { Words } from "./sentences.ts";
import type { EventView } from "./views.ts";
import { eventWords } from "./words.ts";

/** `Ada let “case collision” pass until …: the instrument writes both`, `failed: no room` */
export function eventSentence({ kind, detail }: Pick<EventView, "kind" | "detail">): Words {
  const { operator, class: rule, reason, expires_at, message } = detail;
  if (kind === "override_added" && typeof rule === "string") {
    const until: Words = typeof expires_at === "string" ? [" until ", { at: expires_at }] : [];
    return [`${operator} let “${rule.replaceAll("_", " ")}” pass`, ...until, `: ${reason}`];
  }
  if (kind === "override_revoked" && typeof operator === "string") {
    return [`${operator} took an override back: ${reason}`];
  }
  const words = eventWords(kind);
  const more = message ?? reason;
  return typeof more === "string" && more !== kind ? [`${words}: ${inRuleWords(more)}`] : [words];
}
