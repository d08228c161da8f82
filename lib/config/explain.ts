/** What the schema objected to, in a person's words. */
import type { z } from "zod";
import { type Complaint, found, type KeyPath } from "./problems.ts";
import { didYouMean } from "./did_you_mean.ts";
import { keysAt } from "./schema_keys.ts";

export interface Judged {
  readonly schema: z.ZodType;
  readonly value: unknown;
  /** Where the value stands in the file. */
  readonly base: KeyPath;
}

/** One complaint for each thing that is wrong; an unknown key is one each. */
export function explain(issue: z.core.$ZodIssue, judged: Judged): Complaint[] {
  const inner = issue.path.filter((key) => typeof key !== "symbol");
  const keyPath = [...judged.base, ...inner];
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(judged, inner);
    return issue.keys.map((key) => unknownKey([...keyPath, key], known));
  }
  const value = valueAt(judged.value, inner);
  if (value === undefined) {
    return [{ keyPath, what: "missing", ...choices(issue), atKey: true }];
  }
  return [{ keyPath, ...wrongValue(issue, value) }];
}

/** An unknown key; its value is not shown, it may be a secret in the wrong place. */
export function unknownKey(keyPath: KeyPath, known: readonly string[]): Complaint {
  const guess = didYouMean(String(keyPath.at(-1)), known);
  const hint = guess ? `did you mean ${guess}?` : `known here: ${known.join(", ")}`;
  return { keyPath, what: "unknown key", hint, atKey: true, ...(guess ? { guess } : {}) };
}

function valueAt(value: unknown, path: KeyPath): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** For a missing word: which words there are. */
function choices(issue: z.core.$ZodIssue): { hint?: string } {
  const known = knownWords(issue);
  return known.length > 0 ? { hint: `one of ${known.join(", ")}` } : {};
}

function wrongValue(issue: z.core.$ZodIssue, value: unknown): { what: string; hint?: string } {
  const known = knownWords(issue);
  if (known.length > 0) {
    const guess = typeof value === "string" ? didYouMean(value, known) : null;
    const what = known.length === 1
      ? `must be ${known[0]}, found ${found(value)}`
      : `must be one of ${known.join(", ")}, found ${found(value)}`;
    return guess ? { what, hint: `did you mean ${guess}?` } : { what };
  }
  switch (issue.code) {
    case "invalid_type":
      return wrongType(issue.expected, value);
    case "too_small":
      return { what: `${bound(issue.origin, { least: issue.minimum })}, found ${found(value)}` };
    case "too_big":
      return { what: `${bound(issue.origin, { most: issue.maximum })}, found ${found(value)}` };
    default:
      return { what: `${issue.message}, found ${found(value)}` };
  }
}

/** The words an issue would have accepted; empty where it is not about words. */
function knownWords(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options)) {
    return issue.options.map(String);
  }
  return [];
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
};

/** The words for true and false of YAML 1.1, which YAML 1.2 reads as text. */
const OLD_BOOLEANS: Readonly<Record<string, string>> = {
  yes: "true",
  on: "true",
  no: "false",
  off: "false",
};

function wrongType(expected: string, value: unknown): { what: string; hint?: string } {
  const what = `must be ${TYPE_NAMES[expected] ?? expected}, found ${found(value)}`;
  const word = typeof value === "string" ? value.toLowerCase() : "";
  if (expected === "boolean" && word in OLD_BOOLEANS) {
    return { what, hint: `write ${OLD_BOOLEANS[word]}` };
  }
  if (expected === "string" && typeof value === "number") return { what, hint: "put it in quotes" };
  if (expected === "number" && word !== "" && Number.isFinite(Number(word))) {
    return { what, hint: "write it without quotes" };
  }
  return { what };
}

type Limit = { readonly least: number | bigint } | { readonly most: number | bigint };

function bound(origin: string, bounds: Limit): string {
  const [end, limit] = "least" in bounds ? ["least", bounds.least] : ["most", bounds.most];
  switch (origin) {
    case "string":
      return limit === 1 ? "must not be empty" : `must have at ${end} ${limit} characters`;
    case "array":
      return `must have at ${end} ${limit} ${limit === 1 ? "entry" : "entries"}`;
    default:
      return `must be at ${end} ${limit}`;
  }
}
