/** `malformed_yaml_front_matter`: opened with `---` and never closed. */
import type { Hit } from "../finding.ts";

/** The front matter of a Markdown text, or that there is none. */
export type FrontMatter =
  | { readonly kind: "none" }
  | { readonly kind: "unclosed" }
  | { readonly kind: "closed"; readonly yaml: string; readonly startIndex: number };

const OPENING = /^\uFEFF?---[ \t]*\r?(?:\n|$)/;
const CLOSING = /(?:^|\n)(?:---|\.\.\.)[ \t]*\r?(?:\n|$)/;

/** What stands between a first line `---` and the next line `---` or `...`. */
export function frontMatterOf(text: string): FrontMatter {
  const opening = OPENING.exec(text);
  if (opening === null) return { kind: "none" };
  const startIndex = opening[0].length;
  const rest = text.slice(startIndex);
  const closing = CLOSING.exec(rest);
  if (closing === null) return { kind: "unclosed" };
  return { kind: "closed", yaml: rest.slice(0, closing.index), startIndex };
}

export function unclosedFrontMatter(): Hit {
  return {
    rule: "malformed_yaml_front_matter",
    tier: "soft",
    token: "---",
    detail: "line 1 opens a front matter that no later line of --- closes",
  };
}
