/**
 * Patterns for names inside a run, as the configuration and the presets write them: `*` and `?` within
 * one name, `**` over folders, `[ab]`, `{a,b}`. `/` separates on every system; a pattern that ends with
 * `/` means folders.
 */
import { Minimatch } from "minimatch";

/** Longer ones are no person's, and cost more to match than they say. */
export const MAX_PATTERN_LENGTH = 256;

/** Where a pattern without `/` is looked for: at the top of the run only, or at any depth. */
export type PatternReach = "top" | "anywhere";

export interface NamePattern {
  readonly text: string;
  readonly kind: "file" | "folder";
  /** Paths are below the run, with `/`. */
  matches(path: string): boolean;
}

/** @throws TypeError for what is no pattern (`patternFault` says what) */
export function namePattern(text: string, reach: PatternReach): NamePattern {
  const kind = text.endsWith("/") ? "folder" : "file";
  const inner = kind === "folder" ? text.slice(0, -1) : text;
  const matcher = new Minimatch(inner, {
    dot: true,
    // Most instruments write on Windows, where a name is found in any case.
    nocase: true,
    nocomment: true,
    nonegate: true,
  });
  const isName = reach === "anywhere" && !inner.includes("/");
  const matches = isName
    ? (path: string) => matcher.match(path.slice(path.lastIndexOf("/") + 1))
    : (path: string) => matcher.match(path);
  return { text, kind, matches };
}

/** Whether a path of a file has one of the patterns, at whatever depth a bare name stands. */
export function nameMatcher(texts: readonly string[]): (path: string) => boolean {
  const patterns = texts.map((text) => namePattern(text, "anywhere"));
  return (path) => patterns.some((pattern) => pattern.matches(path));
}

/** What is wrong with a pattern, as people read it; null when nothing is. */
export function patternFault(text: string): string | null {
  if (text.length > MAX_PATTERN_LENGTH) return `must have at most ${MAX_PATTERN_LENGTH} characters`;
  const inner = text.endsWith("/") ? text.slice(0, -1) : text;
  if (text.includes("\\")) return "must separate folders with /";
  if (inner === "" || inner.split("/").some((name) => ["", ".", ".."].includes(name))) {
    return "must be a name, or a path below the run, without . or ..";
  }
  try {
    namePattern(text, "top");
    return null;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return "is no pattern";
  }
}
