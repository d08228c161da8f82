/** `unresolved_placeholder_token`: `<identifier>` that a template should have replaced. */
import { gateRule, type TokenAt } from "./rule.ts";
import { leftInName, MAX_TOKENS } from "./token.ts";

export const unresolvedPlaceholder = gateRule({
  id: "unresolved_placeholder_token",
  mayBeHard: true,
  title: "A template's placeholder was never filled in",
  why: "nobody will know later what <token> stood for",
  fix: "Put the value in its place: rename the file or folder, or edit the text.",
  judges: {
    name: { minds: /</, judge: (name) => leftInName(placeholdersIn(name)) },
    text: {
      opens: "<",
      find: (text, kind) =>
        kind === "markup" ? withoutElements(placeholdersIn(text), text) : placeholdersIn(text),
    },
  },
});

/**
 * A letter or underscore, then letters, digits, underscores. The class between the brackets holds
 * no `<`, so each start is given up at the next one, and it is bounded, so that one start costs
 * little: the search is linear in any text. Marks count as part of a letter: macOS writes `ö` as
 * `o` with a combining mark.
 */
const PLACEHOLDER = /<[\p{L}_][\p{L}\p{M}\p{N}_]{0,252}>/gu;

/** Every placeholder in `text`, in order, at most `MAX_TOKENS`. */
export function placeholdersIn(text: string): TokenAt[] {
  if (!text.includes("<")) return [];
  return text.matchAll(PLACEHOLDER).take(MAX_TOKENS)
    .map(({ 0: token, index }) => ({ token, index })).toArray();
}

const CLOSING_TAG = /<\/([\p{L}_][\p{L}\p{M}\p{N}_]{0,252})\s{0,8}>/gu;

/** HTML elements that need no closing tag (HTML standard, void elements and optional tags). */
const NEVER_CLOSED = new Set(
  ("area base body br col colgroup dd dt embed head hr html img input li link meta optgroup option " +
    "p param rp rt source tbody td tfoot th thead tr track wbr").split(" "),
);

/**
 * Placeholders of a markup text: `<sample_id>` that nothing closes. `<Image>` with its `</Image>`
 * is an element, and every rendered XML file is full of those.
 */
function withoutElements(found: TokenAt[], text: string): TokenAt[] {
  if (found.length === 0) return found;
  const closed = new Set<string>();
  for (const match of text.matchAll(CLOSING_TAG)) closed.add(match[1]!);
  return found.filter(({ token }) => {
    const name = token.slice(1, -1);
    return !closed.has(name) && !NEVER_CLOSED.has(name.toLowerCase());
  });
}
