/** A parsed text against a schema, with the place of what does not fit. */
import type { core, ZodType } from "zod";
import type { JsonDocument, JsonPath } from "../base/json.ts";
import { malformedRecord } from "./record_file.ts";

interface Source {
  readonly document: JsonDocument;
  readonly path: string;
}

/**
 * The value as `schema` sees it; fields it does not know are left out of the view (they stay in
 * the text).
 *
 * @throws {LabferryError} `malformed_record` naming file, place, field, expected and found
 */
export function viewAs<T>(schema: ZodType<T>, value: unknown, source: Source): T {
  const { document, path } = source;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = (issue?.path ?? []) as JsonPath;
  const reason = `${at.join(".") || "the record"}: ${expectation(issue)}, found ${
    kindOf(valueAt(value, at))
  }`;
  throw malformedRecord(path, { reason, at: document.positionOf(at) });
}

function expectation(issue: core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_type") {
    return `expected ${KIND_WORDS[issue.expected] ?? issue.expected}`;
  }
  return issue?.message ?? "not as expected";
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

function kindOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "boolean") return String(value);
  return KIND_WORDS[typeof value] ?? typeof value;
}

function valueAt(value: unknown, path: JsonPath): unknown {
  let current: unknown = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}
