/** `unresolved_placeholder_token`: `<identifier>` that a template should have replaced. */
import type { Hit } from "../finding.ts";
import { listed, MAX_TOKENS, type TokenAt } from "./token.ts";

/**
 * A letter or underscore, then letters, digits, underscores. The class between the brackets holds
 * no `<`, so each start is given up at the next one, and it is bounded, so that one start costs
 * little: the search is linear in any text. Marks count as part of a letter: macOS writes `ö` as
 * `o` with a combining mark.
 */
const PLACEHOLDER = /<[\p{L}_][\p{L}\p{M}\p{N}_]{0,252}>/gu;

/** Every placeholder in `text`, in order, at most `MAX_TOKENS`. */
export function placeholdersIn(text: string): TokenAt[] {
  const found: TokenAt[] = [];
  if (!text.includes("<")) return found;
  for (const match of text.matchAll(PLACEHOLDER)) {
    found.push({ token: match[0], index: match.index });
    if (found.length === MAX_TOKENS) break;
  }
  return found;
}

export function unresolvedPlaceholder(name: string): Hit | null {
  const [first, ...rest] = placeholdersIn(name).map((found) => found.token);
  if (first === undefined) return null;
  return {
    rule: "unresolved_placeholder_token",
    tier: "hard",
    token: first,
    detail: `the name still holds ${listed([first, ...rest])}, which a template should have filled`,
  };
}
