/** New reports made from others: a copy that goes its own way, and one report out of several. */
import { LabferryError, randomId } from "../base/mod.ts";
import type { ChangeOptions } from "./change.ts";
import { inOrder, type Insight, type Outline, type Section, tagsOf } from "./outline.ts";
import type { Report } from "./report.ts";
import type { ReportStore } from "./report_store.ts";
import { givenText, quoted, TITLE_RULE } from "./wording.ts";

/** A new report with the content of `source`; the service goes on writing to the old one only. */
export async function forkReport(
  store: ReportStore,
  source: Report,
  { title, ...options }: ChangeOptions & { readonly title?: string | undefined },
): Promise<Report> {
  const { outline } = await source.read();
  const { sections, insights } = outline;
  return await store.create({
    title: givenText(title ?? `${outline.title} (copy)`, TITLE_RULE),
    content: { sections, insights, metadata: { ...withoutOurs(outline), status: "active" } },
    actionType: "fork",
    words: `made as a copy of ${quoted(outline.title)}, version ${outline.outline_version}`,
    payload: { forked_from: await originOf(source, outline) },
  }, options);
}

/**
 * One report with all sections of several, each named after where it came from.
 *
 * @throws {LabferryError} `usage` for fewer than two different reports
 */
export async function mergeReports(
  store: ReportStore,
  sources: readonly Report[],
  { title, ...options }: ChangeOptions & { readonly title: string },
): Promise<Report> {
  if (new Set(sources.map(({ id }) => id)).size < 2) {
    throw new LabferryError("usage", "a merge needs two different reports at least");
  }
  const outlines = await Promise.all(sources.map(async (report) => (await report.read()).outline));
  const content = mergedContent(outlines);
  return await store.create({
    title: givenText(title, TITLE_RULE),
    content,
    actionType: "synthesize",
    words: `made from ${outlines.map(({ title }) => quoted(title)).join(" and ")}`,
    payload: {
      merged_from: await Promise.all(sources.map((source, i) => originOf(source, outlines[i]!))),
    },
  }, options);
}

export function mergedContent(
  outlines: readonly Outline[],
): Pick<Outline, "sections" | "insights" | "metadata"> {
  const sections: Section[] = [];
  const insights: Insight[] = [];
  for (const outline of outlines) {
    // Copies of one report share ids: every part gets a new one here.
    const ids = new Map(outline.insights.map((insight) => [insight.insight_id, randomId()]));
    for (const insight of outline.insights) {
      insights.push({ ...insight, insight_id: ids.get(insight.insight_id)! });
    }
    for (const section of inOrder(outline.sections)) {
      sections.push({
        ...section,
        section_id: randomId(),
        title: `${outline.title}: ${section.title}`,
        order: sections.length,
        insight_ids: section.insight_ids.flatMap((id) => ids.get(id) ?? []),
      });
    }
  }
  return { sections, insights, metadata: { tags: [...new Set(outlines.flatMap(tagsOf))] } };
}

/** Where a report came from, with the head of that history: a copy does not cut the trail. */
async function originOf(source: Report, outline: Outline): Promise<Record<string, unknown>> {
  return {
    report_id: source.id,
    title: outline.title,
    outline_version: outline.outline_version,
    chain: await source.chainHead(),
  };
}

function withoutOurs({ metadata }: Outline): Record<string, unknown> {
  const { labferry: _, ...others } = metadata;
  return others;
}
