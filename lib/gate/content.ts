/**
 * Content: placeholders and markers that a template left in a text. Hard only in what a template
 * rendered, because instrument data is full of angle brackets; markup and scripts are looked at
 * only when rendered, Markdown only in its front matter.
 */
import { frontMatterHits } from "./front_matter_values.ts";
import { type Hit, leftoversIn, mayHold } from "./judgements.ts";
import type { TextKind, Tier } from "./rules/rule.ts";
import { MAX_TOKENS } from "./rules/token.ts";
import type { GateSettings } from "./settings.ts";

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

/**
 * All hits in one text, at most one of a rule (of a rule and key in front matter). To be waited for
 * only for Markdown: there are many more of the others.
 */
export function scanContent(
  bytes: Uint8Array,
  options: { readonly kind: TextKind; readonly tier: Tier },
): Hit[] | Promise<Hit[]> {
  const { kind, tier } = options;
  if (!mayHold(bytes, kind) || bytes.subarray(0, NUL_WITHIN_BYTES).includes(0)) return [];
  // Bytes that are no UTF-8 become U+FFFD: they can neither begin nor end a token.
  const text = new TextDecoder().decode(bytes);
  if (kind === "markdown") return frontMatterHits(text, tier);
  return leftoversIn(text, kind).flatMap(({ rule, found }) => {
    const [first] = found;
    if (first === undefined) return [];
    const detail = `line ${lineOf(text, first.index)}${andMore(found.length)}`;
    return [{ rule, tier, token: first.token, detail }];
  });
}

function andMore(count: number): string {
  if (count === MAX_TOKENS) return `, and at least ${MAX_TOKENS - 1} more`;
  return count > 1 ? `, and ${count - 1} more in this file` : "";
}

function lineOf(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < index; at = text.indexOf("\n", at + 1)) line++;
  return line;
}
