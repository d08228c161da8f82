/** `leftover_jinja_marker`: `{{ … }}` or `{% … %}` that was never rendered. */
import { gateRule, type TokenAt } from "./rule.ts";
import { leftInName, MAX_TOKENS } from "./token.ts";

export const leftoverJinjaMarker = gateRule({
  id: "leftover_jinja_marker",
  mayBeHard: true,
  title: "A template's marker was never rendered",
  why: "nobody will know later what {{ token }} stood for",
  fix: "Render the template again, or put the value in its place by hand.",
  judges: {
    name: { minds: /\{[{%]/, judge: (name) => leftInName(jinjaMarkersIn(name)) },
    text: { opens: "{", find: jinjaMarkersIn },
  },
});

/**
 * The longest marker that counts, in UTF-16 units. An opening and a closing brace pair that are
 * further apart belong to data (nested arrays, formulas), not to one expression.
 */
const MAX_MARKER = 1000;

const PAIRS = [["{{", "}}"], ["{%", "%}"]] as const;

/** Every marker in `text` in the order of their places, at most `MAX_TOKENS`. */
export function jinjaMarkersIn(text: string): TokenAt[] {
  const found = PAIRS.flatMap((pair) => markersBetween(pair, text));
  return found.sort((a, b) => a.index - b.index).slice(0, MAX_TOKENS);
}

/**
 * Walks from one closing pair to the next and takes the opening that is nearest before it. Every
 * stretch is looked at a fixed number of times, so `{{{{…` or `}}}}…` of any length is linear; a
 * regular expression with `.*?` is not.
 */
function markersBetween([open, close]: typeof PAIRS[number], text: string): TokenAt[] {
  const found: TokenAt[] = [];
  let from = text.indexOf(open);
  while (from >= 0 && found.length < MAX_TOKENS) {
    const end = text.indexOf(close, from + open.length);
    if (end < 0) break;
    const start = text.lastIndexOf(open, end - open.length);
    const inside = text.slice(start + open.length, Math.min(end, start + MAX_MARKER));
    if (end - start <= MAX_MARKER && inside.trim() !== "") {
      found.push({ token: text.slice(start, end + close.length), index: start });
    }
    from = text.indexOf(open, end + close.length);
  }
  return found;
}
