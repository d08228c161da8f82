/** What people say in a report: notes, and insights that are added, corrected, or put away. */
import { LabferryError } from "../base/mod.ts";
import type { Edit } from "./change.ts";
import { type Citation, type Insight, oursIn, type Outline, type Section } from "./outline.ts";
import {
  findInsight,
  findSection,
  newSection,
  withInsight,
  withNewInsight,
} from "./outline_parts.ts";
import { givenText, NAME_RULE, NOTE_RULE, quoted } from "./wording.ts";

/** Where notes go that name no section. */
export const NOTES_TITLE = "Notes";
const NOTE_IMPORTANCE = 3;

export interface NoteDraft {
  readonly text: string;
  /** Who says it; never empty. */
  readonly author: string;
  /** A section's id or title. @default the section "Notes", made when it is missing */
  readonly section?: string | undefined;
  /** The insight it is about: the note goes into the same section, behind it. */
  readonly about?: string | undefined;
}

/** @throws {LabferryError} `usage`, `unknown_section`, `unknown_insight` */
export function addNote(draft: NoteDraft): Edit {
  const text = givenText(draft.text, NOTE_RULE);
  const author = givenText(draft.author, NAME_RULE);
  return (outline, { now, newId }) => {
    const about = draft.about === undefined ? null : findInsight(outline, draft.about);
    const insight: Insight = {
      insight_id: newId(),
      importance: NOTE_IMPORTANCE,
      status: "active",
      summary: text,
      supporting_queries: [],
      citations: [{ source: "observation", description: `noted by ${author}`, observed_at: now }],
      created_at: now,
      updated_at: now,
      metadata: {
        labferry: { author, ...(about ? { about: about.insight_id } : { note: true }) },
      },
    };
    const placed = about
      ? placedBehind(about, { outline, insight, newId })
      : placedIn(draft.section, { outline, insight, newId });
    const where = about ? `on ${quoted(about.summary)}` : `in ${quoted(placed.section.title)}`;
    return {
      outline: placed.outline,
      actionType: "evolve",
      words: `noted ${where}: ${quoted(text)}`,
      payload: { change: "note", author, insight_id: insight.insight_id },
    };
  };
}

export interface InsightDraft {
  readonly summary: string;
  readonly section?: string | undefined;
  /** @default {5} */
  readonly importance?: number | undefined;
  readonly author?: string | undefined;
  readonly citations?: readonly Citation[] | undefined;
}

/** @throws {LabferryError} `usage`, `unknown_section` */
export function addInsight(draft: InsightDraft): Edit {
  const summary = givenText(draft.summary, NOTE_RULE);
  const importance = checkedImportance(draft.importance ?? 5);
  const author = draft.author === undefined ? null : givenText(draft.author, NAME_RULE);
  return (outline, { now, newId }) => {
    const insight: Insight = {
      insight_id: newId(),
      importance,
      status: "active",
      summary,
      supporting_queries: [],
      citations: draft.citations ?? [],
      created_at: now,
      updated_at: now,
      metadata: author ? { labferry: { author } } : {},
    };
    const placed = placedIn(draft.section, { outline, insight, newId });
    return {
      outline: placed.outline,
      actionType: "evolve",
      words: `added to ${quoted(placed.section.title)}: ${quoted(summary)}`,
      payload: {
        change: "insight_add",
        insight_id: insight.insight_id,
        ...(author ? { author } : {}),
      },
    };
  };
}

export interface InsightChange {
  readonly summary?: string | undefined;
  readonly importance?: number | undefined;
  readonly author?: string | undefined;
}

/** @throws {LabferryError} `usage`, `unknown_insight` */
export function editInsight(ref: string, change: InsightChange): Edit {
  const summary = change.summary === undefined ? null : givenText(change.summary, NOTE_RULE);
  const importance = change.importance === undefined ? null : checkedImportance(change.importance);
  const author = change.author === undefined ? null : givenText(change.author, NAME_RULE);
  if (summary === null && importance === null) {
    throw new LabferryError("usage", "there is nothing to change", {
      hint: "give a new text, or --importance",
    });
  }
  return (outline, { now }) => {
    const old = findInsight(outline, ref);
    const edited: Insight = {
      ...old,
      summary: summary ?? old.summary,
      importance: importance ?? old.importance,
      updated_at: now,
    };
    if (edited.summary === old.summary && edited.importance === old.importance) return null;
    const what = [
      ...(edited.summary === old.summary ? [] : [`it now says ${quoted(edited.summary)}`]),
      ...(edited.importance === old.importance
        ? []
        : [`importance from ${old.importance} to ${edited.importance}`]),
    ];
    return {
      outline: withInsight(outline, edited),
      actionType: "evolve",
      words: `changed ${quoted(old.summary)}: ${what.join(", ")}`,
      payload: {
        change: "insight_edit",
        insight_id: old.insight_id,
        ...(author ? { author } : {}),
      },
    };
  };
}

/** Puts an insight away; it stays in the outline. @throws {LabferryError} `unknown_insight` */
export function archiveInsight(ref: string): Edit {
  return (outline, { now }) => {
    const old = findInsight(outline, ref);
    if (old.status === "archived") return null;
    return {
      outline: withInsight(outline, { ...old, status: "archived", updated_at: now }),
      actionType: "evolve",
      words: `put away ${quoted(old.summary)}`,
      payload: { change: "insight_archive", insight_id: old.insight_id },
    };
  };
}

/** The name under which a person wrote an insight; null for the service's and other programs'. */
export function authorOf(insight: Insight): string | null {
  const author = oursIn(insight)["author"];
  return typeof author === "string" ? author : null;
}

interface Placed {
  readonly outline: Outline;
  readonly section: Section;
}

interface Placing {
  readonly outline: Outline;
  readonly insight: Insight;
  readonly newId: () => string;
}

/** In the named section; without a name in the notes, which are made when they are missing. */
function placedIn(
  ref: string | undefined,
  { outline, insight, newId }: Placing,
): Placed {
  const notes = outline.sections.find(({ title }) => title === NOTES_TITLE);
  if (ref !== undefined || notes) {
    const section = ref === undefined ? notes! : findSection(outline, ref);
    return { outline: withNewInsight(outline, { insight, section }), section };
  }
  const section = newSection(outline, {
    id: newId(),
    title: NOTES_TITLE,
    now: insight.created_at,
  });
  const grown = { ...outline, sections: [...outline.sections, section] };
  return { outline: withNewInsight(grown, { insight, section }), section };
}

function placedBehind(about: Insight, placing: Placing): Placed {
  const { outline, insight } = placing;
  const section = outline.sections.find(({ insight_ids }) =>
    insight_ids.includes(about.insight_id)
  );
  if (!section) return placedIn(undefined, placing);
  const at = section.insight_ids.indexOf(about.insight_id) + 1;
  const moved = withNewInsight(outline, { insight, section });
  const insight_ids = section.insight_ids.toSpliced(at, 0, insight.insight_id);
  const sections = moved.sections.map((one) =>
    one.section_id === section.section_id ? { ...one, insight_ids } : one
  );
  return { outline: { ...moved, sections }, section };
}

function checkedImportance(importance: number): number {
  if (Number.isInteger(importance) && importance >= 0 && importance <= 10) return importance;
  throw new LabferryError("usage", "an importance is a whole number from 0 to 10", {
    why: `it is ${importance}`,
  });
}
