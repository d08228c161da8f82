/** The front matter of a Markdown text: what stands between its first line `---` and the next one. */

export type FrontMatter =
  | { readonly kind: "none" }
  | { readonly kind: "unclosed" }
  | { readonly kind: "closed"; readonly yaml: string; readonly startIndex: number };

const OPENING = /^\uFEFF?---[ \t]*\r?(?:\n|$)/;
const CLOSING = /(?:^|\n)(?:---|\.\.\.)[ \t]*\r?(?:\n|$)/;

/** Closed by the next line of `---` or `...`. */
export function frontMatterOf(text: string): FrontMatter {
  const opening = OPENING.exec(text);
  if (opening === null) return { kind: "none" };
  const startIndex = opening[0].length;
  const rest = text.slice(startIndex);
  const closing = CLOSING.exec(rest);
  if (closing === null) return { kind: "unclosed" };
  return { kind: "closed", yaml: rest.slice(0, closing.index), startIndex };
}
