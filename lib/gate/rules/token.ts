/** What rules say of the pieces of text they found. */
import type { Fault, TokenAt } from "./rule.ts";

/** How many tokens of one kind are looked at in one text; beyond it only "or more" is said. */
export const MAX_TOKENS = 1000;

/** Tokens in a sentence: `"<a>", "<b>" and 3 more`. */
export function inWords(tokens: readonly string[]): string {
  const unique = [...new Set(tokens)];
  const shown = unique.slice(0, 3).map((token) => JSON.stringify(token)).join(", ");
  const rest = unique.length - 3;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** The fault of a name with what a template left in it. */
export function leftInName(found: readonly TokenAt[]): Fault | null {
  const tokens = found.map(({ token }) => token);
  const [first] = tokens;
  if (first === undefined) return null;
  return {
    tier: "hard",
    token: first,
    detail: `the name still holds ${inWords(tokens)}, which a template should have filled`,
  };
}
