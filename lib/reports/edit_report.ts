/** Changes of the report as a whole and of its sections. */
import { LabferryError } from "../base/mod.ts";
import type { Edit } from "./change.ts";
import {
  type ContentFormat,
  inOrder,
  type Outline,
  type ReportStatus,
  statusOf,
  tagsOf,
} from "./outline.ts";
import { findSection, newSection } from "./outline_parts.ts";
import { givenText, NOTE_RULE, quoted, TITLE_RULE } from "./wording.ts";

/** @throws {LabferryError} `usage` */
export function renameReport(newTitle: string): Edit {
  const title = givenText(newTitle, TITLE_RULE);
  return (outline) =>
    outline.title === title ? null : {
      outline: { ...outline, title },
      actionType: "rename",
      words: `renamed the report from ${quoted(outline.title)} to ${quoted(title)}`,
      payload: { from: outline.title, to: title },
    };
}

/** @throws {LabferryError} `usage` */
export function tagReport(
  change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): Edit {
  const rule = { what: "a tag", mostChars: 100 };
  const add = (change.add ?? []).map((tag) => givenText(tag, rule));
  const remove = new Set((change.remove ?? []).map((tag) => givenText(tag, rule)));
  if (add.length + remove.size === 0) {
    throw new LabferryError("usage", "there is no tag to add or to remove");
  }
  return (outline) => {
    const old = tagsOf(outline);
    const tags = [...new Set([...old, ...add])].filter((tag) => !remove.has(tag));
    const came = tags.filter((tag) => !old.includes(tag));
    const went = old.filter((tag) => !tags.includes(tag));
    if (came.length + went.length === 0) return null;
    const words = [
      ...(came.length > 0 ? [`added the tags ${came.map(quoted).join(", ")}`] : []),
      ...(went.length > 0 ? [`took off the tags ${went.map(quoted).join(", ")}`] : []),
    ];
    return {
      outline: { ...outline, metadata: { ...outline.metadata, tags } },
      actionType: "tag_update",
      words: words.join(" and "),
      payload: { added: came, removed: went },
    };
  };
}

/** Archives, deletes (the files stay; it only leaves the lists), or brings back. */
export function setReportStatus(status: ReportStatus): Edit {
  const words: Record<ReportStatus, string> = {
    active: "took the report up again",
    archived: "archived the report",
    deleted: "marked the report as deleted",
  };
  const types = { active: "status_change", archived: "archive", deleted: "delete" } as const;
  return (outline) => {
    const old = statusOf(outline);
    if (old === status) return null;
    return {
      outline: { ...outline, metadata: { ...outline.metadata, status } },
      actionType: types[status],
      words: words[status],
      payload: { from: old, to: status },
    };
  };
}

export interface SectionDraft {
  readonly title: string;
  readonly content?: string | undefined;
  /** @default {"markdown"} */
  readonly format?: ContentFormat | undefined;
}

/** @throws {LabferryError} `usage` */
export function addSection(draft: SectionDraft): Edit {
  const title = givenText(draft.title, TITLE_RULE);
  const content = draft.content === undefined
    ? null
    : givenText(draft.content, { ...NOTE_RULE, mostChars: 1_000_000 });
  return (outline, { now, newId }) => {
    const section = {
      ...newSection(outline, { id: newId(), title, now }),
      ...(content === null ? {} : { content, content_format: draft.format ?? "markdown" }),
    };
    return {
      outline: { ...outline, sections: [...outline.sections, section] },
      actionType: "evolve",
      words: `added the section ${quoted(title)}`,
      payload: { change: "section_add", section_id: section.section_id },
    };
  };
}

/**
 * Moves a section to a place among the others, counted from 1.
 *
 * @throws {LabferryError} `unknown_section`, `usage`
 */
export function reorderSection(ref: string, position: number): Edit {
  return (outline, { now }) => {
    const section = findSection(outline, ref);
    const sorted = inOrder(outline.sections);
    if (!Number.isInteger(position) || position < 1 || position > sorted.length) {
      throw new LabferryError("usage", `a place is a number from 1 to ${sorted.length}`, {
        why: `it is ${position}`,
      });
    }
    const others = sorted.filter((one) => one !== section);
    const moved = others.toSpliced(position - 1, 0, section);
    if (moved.every((one, i) => one === sorted[i])) return null;
    const orderOf = new Map(moved.map((one, i) => [one.section_id, i]));
    return {
      outline: withOrder(outline, { orderOf, now }),
      actionType: "evolve",
      words: `moved the section ${quoted(section.title)} to place ${position}`,
      payload: { change: "section_reorder", section_id: section.section_id },
    };
  };
}

function withOrder(
  outline: Outline,
  { orderOf, now }: { readonly orderOf: ReadonlyMap<string, number>; readonly now: string },
): Outline {
  const sections = outline.sections.map((section) => {
    const order = orderOf.get(section.section_id) ?? section.order;
    return order === section.order ? section : { ...section, order, updated_at: now };
  });
  return { ...outline, sections };
}
