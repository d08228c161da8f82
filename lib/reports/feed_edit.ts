/** The service's change of a project's report: the insights of some runs, each in its month. */
import { counted, derivedId } from "../base/mod.ts";
import type { Edit } from "./change.ts";
import { type Insight, oursIn, type Outline, type Section } from "./outline.ts";
import { newSection } from "./outline_parts.ts";
import type { Fact } from "./run_facts.ts";
import { monthOf, runInsight, runInsightId, type RunNow } from "./run_insight.ts";
import { quoted, visible } from "./wording.ts";

export interface RunUpdate {
  readonly run: RunNow;
  readonly facts: readonly Fact[];
}

export interface FeedBatch {
  readonly equipmentId: string;
  readonly project: string;
  /** The last event that is in it. */
  readonly seq: number;
  readonly updates: readonly RunUpdate[];
}

/** Stable, so that the report is found again when the queue was made anew or the title changed. */
export function projectReportId(equipmentId: string, project: string): string {
  return derivedId(`report of ${equipmentId}/${project}`);
}

export function projectReportTitle(equipmentId: string, project: string): string {
  return `${equipmentId} / ${visible(project)}`;
}

/** Null when the outline has all of it already: an event applied twice changes nothing. */
export function feedEdit({ equipmentId, project, seq, updates }: FeedBatch): Edit {
  return (outline, { now }) => {
    const byId = new Map(outline.insights.map((insight) => [insight.insight_id, insight]));
    const changed: Insight[] = [];
    for (const { run, facts } of updates) {
      const id = runInsightId(outline.report_id, run.layoutPath);
      const old = byId.get(id) ?? null;
      const insight = runInsight(old, { run, facts, id, now });
      if (insight === old) continue;
      byId.set(id, insight);
      changed.push(insight);
    }
    if (changed.length === 0) return null;
    const grown = placed({ ...outline, insights: [...byId.values()] }, { changed, now });
    return {
      outline: {
        ...grown,
        metadata: {
          ...outline.metadata,
          labferry: { ...oursIn(outline), equipment: equipmentId, project, seq },
        },
      },
      actionType: "evolve",
      words: changed.length === 1
        ? `brought up to date: ${quoted(changed[0]!.summary)}`
        : `brought ${counted(changed.length, "run")} up to date`,
      payload: {
        change: "feed",
        seq,
        insight_ids: changed.slice(0, 100).map(({ insight_id }) => insight_id),
      },
    };
  };
}

/** Puts insights that are in no section into their month's; people may have moved the others. */
function placed(
  outline: Outline,
  { changed, now }: { readonly changed: readonly Insight[]; readonly now: string },
): Outline {
  const inSome = new Set(outline.sections.flatMap(({ insight_ids }) => insight_ids));
  const added = new Map<string, Insight[]>();
  for (const insight of changed) {
    if (inSome.has(insight.insight_id)) continue;
    added.set(monthOf(insight), [...added.get(monthOf(insight)) ?? [], insight]);
  }
  let sections = outline.sections;
  for (const [month, insights] of [...added].sort(([a], [b]) => a < b ? -1 : 1)) {
    const id = derivedId(`report ${outline.report_id} month ${month}`);
    if (!sections.some(({ section_id }) => section_id === id)) {
      const made = newSection({ ...outline, sections }, { id, title: monthTitle(month), now });
      sections = [...sections, made];
    }
    sections = sections.map((section): Section =>
      section.section_id !== id ? section : {
        ...section,
        insight_ids: [...section.insight_ids, ...insights.map(({ insight_id }) => insight_id)],
        updated_at: now,
      }
    );
  }
  return { ...outline, sections };
}

const MONTH = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });

/** `2026-04` → `April 2026`; what is no month stays as it is. */
function monthTitle(month: string): string {
  const begin = new Date(`${month}-01T00:00:00Z`);
  return Number.isNaN(begin.getTime()) ? month : MONTH.format(begin);
}
