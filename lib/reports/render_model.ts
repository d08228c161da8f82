/** What both renderings show, in reading order: sections with their insights, and the figures. */
import { authorOf } from "./edit_insights.ts";
import {
  type Citation,
  inOrder,
  type Insight,
  oursIn,
  type Outline,
  type Section,
} from "./outline.ts";

export interface RenderOptions {
  /** When it is rendered; on the page's foot. */
  readonly at: Date;
  /** The history's newest line, so that paper can be tied to it. */
  readonly chain?: { readonly seq: number; readonly hash: string } | undefined;
}

export interface ShownInsight {
  readonly id: string;
  readonly heading: string;
  /** The lines below the heading. */
  readonly lines: readonly string[];
  /** True for what the service wrote about a run: its lines are a list. */
  readonly isRun: boolean;
  readonly author: string | null;
  readonly at: string;
  readonly weight: "routine" | "notable" | "failed";
  readonly sources: readonly string[];
}

export interface ShownSection {
  readonly section: Section;
  readonly insights: readonly ShownInsight[];
}

export interface Figures {
  readonly runs: number;
  readonly files: number;
  readonly bytes: number;
  readonly proven: number;
  readonly failed: number;
}

export interface ShownReport {
  readonly outline: Outline;
  readonly sections: readonly ShownSection[];
  readonly figures: Figures;
}

/** Active insights only; those of no section come last, under "Other". */
export function showReport(outline: Outline): ShownReport {
  const byId = new Map(outline.insights.map((insight) => [insight.insight_id, insight]));
  const placed = new Set<string>();
  const sections = inOrder(outline.sections).map((section): ShownSection => ({
    section,
    insights: section.insight_ids.flatMap((id) => {
      const insight = byId.get(id);
      if (!insight || placed.has(id)) return [];
      placed.add(id);
      return insight.status === "active" ? [showInsight(insight)] : [];
    }),
  }));
  const rest = outline.insights.filter(({ insight_id, status }) =>
    status === "active" && !placed.has(insight_id)
  );
  const other = rest.length === 0 ? [] : [otherSection(outline, rest)];
  return { outline, sections: [...sections, ...other], figures: figuresOf(outline) };
}

function showInsight(insight: Insight): ShownInsight {
  const [heading = "", ...lines] = insight.summary.split("\n");
  const { importance } = insight;
  return {
    id: insight.insight_id,
    heading,
    lines,
    isRun: typeof oursIn(insight)["run"] === "string",
    author: authorOf(insight),
    at: insight.created_at,
    weight: importance >= 9 ? "failed" : importance >= 6 ? "notable" : "routine",
    sources: insight.citations.map(sourceWords),
  };
}

function otherSection(outline: Outline, insights: readonly Insight[]): ShownSection {
  const { created_at, updated_at } = outline;
  return {
    section: {
      section_id: "other",
      title: "Other",
      order: 0,
      insight_ids: [],
      created_at,
      updated_at,
      metadata: {},
    },
    insights: insights.map(showInsight),
  };
}

function sourceWords(citation: Citation): string {
  const { source, description, title, path, url, response_hash } = citation;
  const where = path ?? url ?? "";
  const parts = [title ?? description ?? source, where].filter((part) => part !== "");
  const hash = response_hash ? ` (SHA-256 ${response_hash})` : "";
  return parts.join(": ") + hash;
}

function figuresOf(outline: Outline): Figures {
  let [runs, files, bytes, proven, failed] = [0, 0, 0, 0, 0];
  for (const insight of outline.insights) {
    const ours = oursIn(insight);
    if (typeof ours["run"] !== "string" || insight.status !== "active") continue;
    runs++;
    files += Number(ours["files"] ?? 0);
    bytes += Number(ours["bytes"] ?? 0);
    if (ours["proven"] === true) proven++;
    if (insight.importance >= 9) failed++;
  }
  return { runs, files, bytes, proven, failed };
}

/** `2026-04-17 14:32 UTC`, whatever precision and zone the text has; the text itself if it has none. */
export function shownTime(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
