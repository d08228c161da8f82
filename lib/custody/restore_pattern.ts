/**
 * `--only PATTERN`: which files of a run are meant. `*` and `?` stay within one name, `**` goes through
 * folders, `[a-c]` is one of them. A pattern without `/` is asked of every name on the way, so that
 * `raw` means the folder and all that is in it, and `*.tif` every such file.
 */
import { LabferryError } from "../base/mod.ts";

export type PathFilter = (path: string) => boolean;

/** Null lets everything pass. @throws LabferryError `usage` for a pattern that means nothing */
export function filterOf(patterns: readonly string[] | null): PathFilter | null {
  if (patterns === null || patterns.length === 0) return null;
  const filters = patterns.map(oneFilter);
  return (path) => filters.some((filter) => filter(path));
}

/**
 * A pattern that fits nothing is a mistake, and not a part that is back.
 *
 * @throws LabferryError `usage`
 */
export function refuseNothingMeant(
  patterns: readonly string[] | null,
  { files, alreadyHere, different, missing, damaged }: FoundByPattern,
): void {
  if (patterns === null || patterns.length === 0) return;
  const found = files + alreadyHere.files + different.count + missing.count + damaged.count;
  if (found === 0) throw noFileFits(patterns);
}

export function noFileFits(patterns: readonly string[]): LabferryError {
  const all = patterns.map((pattern) => JSON.stringify(pattern)).join(", ");
  return new LabferryError("usage", `No file of the run fits --only ${all}`, {
    why: "a pattern is a path below the run's folder, in the very case of its letters",
    hint: ".exlab-wizard/checksums.sha256 names the run's files, and so does its page",
  });
}

interface FoundByPattern {
  readonly files: number;
  readonly alreadyHere: { readonly files: number };
  readonly different: { readonly count: number };
  readonly missing: { readonly count: number };
  readonly damaged: { readonly count: number };
}

function oneFilter(pattern: string): PathFilter {
  const trimmed = pattern.replace(/^(\.\/|\/)+/, "").replace(/\/+$/, "");
  if (trimmed === "") {
    throw new LabferryError("usage", `${JSON.stringify(pattern)} means no file`, {
      hint: "give a path below the run's folder, or a pattern such as '*.tif' or 'raw/**'",
    });
  }
  const expression = expressionOf(trimmed);
  const isAnywhere = !trimmed.includes("/");
  const whole = new RegExp(`^${isAnywhere ? "(?:.*/)?" : ""}${expression}(?:/.*)?$`, "su");
  return (path) => whole.test(path);
}

function expressionOf(pattern: string): string {
  let expression = "";
  for (let at = 0; at < pattern.length;) {
    const rest = pattern.slice(at);
    const token = /^(?:\*\*\/|\*\*|\*|\?|\[[^\]/]+\])/.exec(rest)?.[0];
    if (token === undefined) {
      const sign = String.fromCodePoint(rest.codePointAt(0)!);
      expression += sign.replace(/[\^$\\.*+?()[\]{}|\/]/, "\\$&");
      at += sign.length;
      continue;
    }
    expression += wildcard(token);
    at += token.length;
  }
  return expression;
}

function wildcard(token: string): string {
  switch (token) {
    case "**/":
      return "(?:.*/)?";
    case "**":
      return ".*";
    case "*":
      return "[^/]*";
    case "?":
      return "[^/]";
    default:
      return classOf(token.slice(1, -1));
  }
}

function classOf(signs: string): string {
  const isNot = signs.startsWith("!") || signs.startsWith("^");
  const safe = (isNot ? signs.slice(1) : signs).replace(/[\\[\]^&~|]/g, "\\$&");
  return isNot ? `[^/${safe}]` : `[${safe}]`;
}
