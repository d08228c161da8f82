/** Names as a file system without case sees them. */

/**
 * Folds case fully (`ß` is `ss`, `İ` is `i` with a dot above, every sigma is one) and composes, so
 * two names that any case-insensitive or normalising file system takes for one become equal. There
 * is no `casefold` in JavaScript: lower, upper, lower again is the same for every character but
 * the dotless `ı`, which folds to itself (Unicode, CaseFolding.txt), and the final sigma.
 */
export function foldName(name: string): string {
  if (ASCII.test(name)) return name.toLowerCase();
  const folded = name.normalize("NFC").split("ı").map(foldPart).join("ı");
  return folded.normalize("NFC");
}

// deno-lint-ignore no-control-regex -- the whole of ASCII is meant
const ASCII = /^[\x00-\x7f]*$/;

function foldPart(part: string): string {
  return part.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");
}
