/** Finding and replacing parts of an outline; what is not touched stays the same object. */
import { type Code, LabferryError } from "../base/mod.ts";
import { inOrder, type Insight, type Outline, type Section } from "./outline.ts";
import { quoted } from "./wording.ts";

/** By id, the beginning of an id, or title. @throws {LabferryError} `unknown_section` */
export function findSection(outline: Outline, ref: string): Section {
  const byTitle = outline.sections.filter(({ title }) => title === ref);
  return only({
    found: byTitle.length > 0
      ? byTitle
      : outline.sections.filter(({ section_id }) => isNamedBy(ref, section_id)),
    ref,
    what: "section",
    code: "unknown_section",
    named: (section) => `${section.section_id.slice(0, 8)} ${quoted(section.title)}`,
  });
}

/** By id or the beginning of one. @throws {LabferryError} `unknown_insight` */
export function findInsight(outline: Outline, ref: string): Insight {
  return only({
    found: outline.insights.filter(({ insight_id }) => isNamedBy(ref, insight_id)),
    ref,
    what: "insight",
    code: "unknown_insight",
    named: (insight) => `${insight.insight_id.slice(0, 8)} ${quoted(insight.summary)}`,
  });
}

/** An id, or the beginning of one that is long enough to mean something. */
function isNamedBy(ref: string, id: string): boolean {
  const folded = ref.trim().toLowerCase();
  return folded.length >= 4 && id.toLowerCase().startsWith(folded);
}

function only<T>({ found, ref, what, code, named }: {
  readonly found: readonly T[];
  readonly ref: string;
  readonly what: "section" | "insight";
  readonly code: Code;
  readonly named: (part: T) => string;
}): T {
  if (found.length === 1) return found[0]!;
  throw new LabferryError(
    code,
    found.length === 0
      ? `the report has no ${what} ${JSON.stringify(ref)}`
      : `${JSON.stringify(ref)} fits ${found.length} ${what}s`,
    {
      ...(found.length > 0 ? { why: found.slice(0, 20).map(named).join(", ") } : {}),
      hint: "`labferry report show ID` shows the parts of the report and their ids",
    },
  );
}

export function withInsight(outline: Outline, insight: Insight): Outline {
  const insights = outline.insights.map((one) =>
    one.insight_id === insight.insight_id ? insight : one
  );
  return { ...outline, insights };
}

export function withSection(outline: Outline, section: Section): Outline {
  const sections = outline.sections.map((one) =>
    one.section_id === section.section_id ? section : one
  );
  return { ...outline, sections };
}

/** Adds the insight at the end of the section. */
export function withNewInsight(
  outline: Outline,
  { insight, section }: { readonly insight: Insight; readonly section: Section },
): Outline {
  const filled = {
    ...section,
    insight_ids: [...section.insight_ids, insight.insight_id],
    updated_at: insight.updated_at,
  };
  return withSection({ ...outline, insights: [...outline.insights, insight] }, filled);
}

/** A section behind all others. */
export function newSection(
  outline: Outline,
  { id, title, now }: { readonly id: string; readonly title: string; readonly now: string },
): Section {
  const last = inOrder(outline.sections).at(-1);
  return {
    section_id: id,
    title,
    order: last ? last.order + 1 : 0,
    insight_ids: [],
    created_at: now,
    updated_at: now,
    metadata: {},
  };
}
