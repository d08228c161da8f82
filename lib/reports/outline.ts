/**
 * The outline: a report's truth, as a value. Fields and their names are the other program's; ours
 * are in `metadata.labferry` only. A value that was read keeps every key it came with.
 */
import * as z from "zod";
import { LabferryError } from "../base/mod.ts";

export const CONTENT_FORMATS = ["markdown", "html", "plain"] as const;
export type ContentFormat = typeof CONTENT_FORMATS[number];

export const REPORT_STATUSES = ["active", "archived", "deleted"] as const;
export type ReportStatus = typeof REPORT_STATUSES[number];

export const CITATION_SOURCES = ["query", "api", "url", "observation", "document"] as const;

/** Free for everybody; ours under `labferry`. */
export type Metadata = Readonly<Record<string, unknown>>;

export interface Citation {
  readonly source: typeof CITATION_SOURCES[number];
  readonly description?: string | null;
  readonly title?: string | null;
  readonly path?: string | null;
  readonly url?: string | null;
  readonly response_hash?: string | null;
  readonly accessed_at?: string | null;
  readonly observed_at?: string | null;
  readonly [key: string]: unknown;
}

export interface Insight {
  readonly insight_id: string;
  /** 0 to 10; the service writes 3 routine, 6 overridden or retried, 9 failed or damaged. */
  readonly importance: number;
  readonly status: "active" | "archived" | "killed";
  /** Plain text; the first line is the heading. */
  readonly summary: string;
  readonly supporting_queries: readonly unknown[];
  readonly citations: readonly Citation[];
  readonly created_at: string;
  readonly updated_at: string;
  readonly metadata: Metadata;
  readonly [key: string]: unknown;
}

export interface Section {
  readonly section_id: string;
  readonly title: string;
  readonly order: number;
  readonly insight_ids: readonly string[];
  readonly notes?: string | null;
  readonly content?: string | null;
  readonly content_format?: ContentFormat | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly metadata: Metadata;
  readonly [key: string]: unknown;
}

export interface Outline {
  readonly report_id: string;
  readonly title: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: string;
  /** From 1; every change adds one. */
  readonly outline_version: number;
  readonly sections: readonly Section[];
  readonly insights: readonly Insight[];
  readonly metadata: Metadata;
  readonly [key: string]: unknown;
}

const metadata = z.looseObject({}).nullish();
const citation = z.looseObject({ source: z.enum(CITATION_SOURCES) });
const insight = z.looseObject({
  insight_id: z.string().min(1),
  importance: z.number().min(0).max(10),
  status: z.enum(["active", "archived", "killed"]).optional(),
  summary: z.string(),
  supporting_queries: z.array(z.unknown()).nullish(),
  citations: z.array(citation).nullish(),
  metadata,
});
const section = z.looseObject({
  section_id: z.string().min(1),
  title: z.string(),
  order: z.number().int().min(0).optional(),
  insight_ids: z.array(z.string()).nullish(),
  notes: z.string().nullish(),
  content: z.string().nullish(),
  content_format: z.enum(CONTENT_FORMATS).nullish(),
  metadata,
});
const outline = z.looseObject({
  report_id: z.string(),
  title: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  outline_version: z.number().int().min(1),
  sections: z.array(section).nullish(),
  insights: z.array(insight).nullish(),
  metadata,
});

/**
 * Checks a parsed outline. Keys and their order stay; only lists and objects that the other program
 * may leave out are filled in.
 *
 * @throws {LabferryError} `malformed_report` naming the first field that is wrong
 */
export function asOutline(value: unknown, path: string): Outline {
  const checked = outline.safeParse(value);
  if (!checked.success) {
    const issue = checked.error.issues[0]!;
    throw malformedOutline(`${issue.path.join(".") || "the text"}: ${issue.message}`, path);
  }
  const raw = value as Record<string, unknown>;
  const at = { created_at: raw["created_at"], updated_at: raw["updated_at"] };
  return {
    ...raw,
    version: raw["version"] ?? "1.0",
    sections: ((raw["sections"] ?? []) as Section[]).map((one) =>
      filled(one, { order: 0, insight_ids: [], metadata: {}, ...at })
    ),
    insights: ((raw["insights"] ?? []) as Insight[]).map((one) =>
      filled(one, { status: "active", supporting_queries: [], citations: [], metadata: {}, ...at })
    ),
    metadata: raw["metadata"] ?? {},
  } as unknown as Outline;
}

export function malformedOutline(why: string, path: string): LabferryError {
  return new LabferryError("malformed_report", "the report's outline cannot be read", {
    why,
    path,
    hint:
      "Correct the file by hand, or bring an earlier state back: `labferry report history ID`, " +
      "then `labferry report revert ID ACTION`.",
  });
}

/** The same object where nothing is missing, which is nearly always. */
function filled<T extends object>(value: T, defaults: Readonly<Record<string, unknown>>): T {
  const fields = value as Record<string, unknown>;
  const missing = Object.keys(defaults).filter((key) =>
    fields[key] === undefined ||
    fields[key] === null
  );
  if (missing.length === 0) return value;
  return { ...value, ...Object.fromEntries(missing.map((key) => [key, defaults[key]])) };
}

export function tagsOf({ metadata }: Pick<Outline, "metadata">): readonly string[] {
  const tags = metadata["tags"];
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}

export function statusOf({ metadata }: Pick<Outline, "metadata">): ReportStatus {
  return REPORT_STATUSES.find((status) => status === metadata["status"]) ?? "active";
}

/** What is ours in a part's metadata; empty when there is nothing, or something that is not ours. */
export function oursIn({ metadata }: { readonly metadata: Metadata }): Metadata {
  const ours = metadata["labferry"];
  return typeof ours === "object" && ours !== null && !Array.isArray(ours) ? ours as Metadata : {};
}

/** Sections as they are read: by `order`, those of equal order as they stand in the file. */
export function inOrder(sections: readonly Section[]): readonly Section[] {
  return sections.toSorted((a, b) => a.order - b.order);
}
