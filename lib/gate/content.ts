/**
 * Content: placeholders and markers that a template left in a text. Hard only in what a template
 * rendered, because instrument data is full of angle brackets; markup and scripts are looked at
 * only when rendered, Markdown only in its front matter.
 */
import type { Hit, Rule, Tier } from "./finding.ts";
import { frontMatterHits } from "./front_matter_values.ts";
import { jinjaMarkersIn } from "./rules/jinja_marker.ts";
import { placeholdersIn } from "./rules/placeholder.ts";
import { MAX_TOKENS, type TokenAt } from "./rules/token.ts";
import type { GateSettings } from "./settings.ts";

/** How a text is looked at. */
export type TextKind = "text" | "markdown" | "markup";

/** A NUL in the first bytes says that this is no text, whatever the extension claims. */
const NUL_WITHIN_BYTES = 8 * 1024;

const MARKUP = new Set([".xml", ".html", ".htm", ".xhtml", ".svg"]);
const SCRIPTS = new Set([".sh", ".py"]);
const MEBIBYTE = 1024 * 1024;

export function maxScanBytes(settings: GateSettings): number {
  return Math.floor(settings.contentScanMaxMib * MEBIBYTE);
}

/**
 * Decides by name alone whether a file is looked at, and how. Rendered markup and scripts are
 * looked at even where the settings do not list their extension.
 */
export function textKindOf(
  name: string,
  options: { readonly rendered: boolean; readonly extensions: ReadonlySet<string> },
): TextKind | null {
  const dot = name.lastIndexOf(".");
  if (dot < 0) return null;
  const extension = name.slice(dot).toLowerCase();
  const isMarkup = MARKUP.has(extension);
  if (isMarkup || SCRIPTS.has(extension)) {
    if (!options.rendered) return null;
    return isMarkup ? "markup" : "text";
  }
  if (!options.extensions.has(extension)) return null;
  return extension === ".md" ? "markdown" : "text";
}

const LESS_THAN = 0x3c;
const LEFT_BRACE = 0x7b;
const HYPHEN = 0x2d;

/** All hits in one text, at most one of a rule (of a rule and key in front matter). */
export function scanContent(
  bytes: Uint8Array,
  options: { readonly kind: TextKind; readonly tier: Tier },
): Hit[] {
  const hasTokens = bytes.includes(LESS_THAN) || bytes.includes(LEFT_BRACE);
  const mayOpen = options.kind === "markdown" && bytes.includes(HYPHEN);
  if (!hasTokens && !mayOpen) return [];
  if (bytes.subarray(0, NUL_WITHIN_BYTES).includes(0)) return [];
  // Bytes that are no UTF-8 become U+FFFD: they can neither begin nor end a token.
  const text = new TextDecoder().decode(bytes);
  if (options.kind === "markdown") return frontMatterHits(text, options.tier);
  const found = placeholdersIn(text);
  const placeholders = options.kind === "markup" ? withoutElements(found, text) : found;
  return [
    contentHit("unresolved_placeholder_token", options.tier, placeholders, text),
    contentHit("leftover_jinja_marker", options.tier, jinjaMarkersIn(text), text),
  ].filter((hit) => hit !== null);
}

function contentHit(
  rule: Rule,
  tier: Tier,
  found: readonly TokenAt[],
  text: string,
): Hit | null {
  const [first] = found;
  if (first === undefined) return null;
  const more = found.length === MAX_TOKENS
    ? `, and at least ${MAX_TOKENS - 1} more`
    : found.length > 1
    ? `, and ${found.length - 1} more in this file`
    : "";
  return { rule, tier, token: first.token, detail: `line ${lineOf(text, first.index)}${more}` };
}

function lineOf(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < index; at = text.indexOf("\n", at + 1)) line++;
  return line;
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
function withoutElements(found: readonly TokenAt[], text: string): TokenAt[] {
  if (found.length === 0) return [];
  const closed = new Set<string>();
  for (const match of text.matchAll(CLOSING_TAG)) closed.add(match[1]!);
  return found.filter(({ token }) => {
    const name = token.slice(1, -1);
    return !closed.has(name) && !NEVER_CLOSED.has(name.toLowerCase());
  });
}
