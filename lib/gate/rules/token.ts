/** A piece of text a scanner found, and where it starts (UTF-16 units). */
export interface TokenAt {
  readonly token: string;
  readonly index: number;
}

/** How many tokens of one kind are looked at in one text; beyond it only "or more" is said. */
export const MAX_TOKENS = 1000;

/** Tokens in a sentence: `"<a>", "<b>" and 3 more`. */
export function listed(tokens: readonly string[]): string {
  const unique = [...new Set(tokens)];
  const shown = unique.slice(0, 3).map((token) => JSON.stringify(token)).join(", ");
  const rest = unique.length - 3;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}
