/** What is different between two states of a report, in sentences. */
import { type Insight, type Outline, type Section, statusOf, tagsOf } from "./outline.ts";
import { quoted } from "./wording.ts";

export interface Difference {
  readonly kind: "added" | "removed" | "changed";
  readonly what: string;
}

export function diffOutlines(before: Outline, after: Outline): Difference[] {
  return [
    ...fieldChange("title", { from: before.title, to: after.title }),
    ...fieldChange("status", { from: statusOf(before), to: statusOf(after) }),
    ...fieldChange("tags", { from: tagsOf(before).join(", "), to: tagsOf(after).join(", ") }),
    ...partsDiffer(before.sections, after.sections, {
      id: (section) => section.section_id,
      name: (section) => `section ${quoted(section.title)}`,
      changes: sectionChanges,
    }),
    ...partsDiffer(before.insights, after.insights, {
      id: (insight) => insight.insight_id,
      name: (insight) => `insight ${quoted(insight.summary)}`,
      changes: insightChanges,
    }),
  ];
}

interface Part<T> {
  readonly id: (part: T) => string;
  readonly name: (part: T) => string;
  readonly changes: (before: T, after: T) => string[];
}

function partsDiffer<T>(before: readonly T[], after: readonly T[], part: Part<T>): Difference[] {
  const old = new Map(before.map((one) => [part.id(one), one]));
  const now = new Map(after.map((one) => [part.id(one), one]));
  const gone = before.filter((one) => !now.has(part.id(one)));
  return [
    ...gone.map((one) => ({ kind: "removed", what: part.name(one) } as const)),
    ...after.flatMap((one): Difference[] => {
      const earlier = old.get(part.id(one));
      if (!earlier) return [{ kind: "added", what: part.name(one) }];
      const changes = part.changes(earlier, one);
      if (changes.length === 0) return [];
      return [{ kind: "changed", what: `${part.name(one)}: ${changes.join("; ")}` }];
    }),
  ];
}

function sectionChanges(before: Section, after: Section): string[] {
  return [
    ...fieldSentence("title", { from: before.title, to: after.title }),
    ...fieldSentence("position", { from: String(before.order), to: String(after.order) }),
    ...(before.content === after.content ? [] : ["text changed"]),
    ...(before.notes === after.notes ? [] : ["notes changed"]),
    ...membership(before.insight_ids, after.insight_ids),
  ];
}

function membership(before: readonly string[], after: readonly string[]): string[] {
  const old = new Set(before);
  const now = new Set(after);
  const came = after.filter((id) => !old.has(id)).length;
  const went = before.filter((id) => !now.has(id)).length;
  return [
    ...(came > 0 ? [`${came} insights came in`] : []),
    ...(went > 0 ? [`${went} insights went out`] : []),
    ...(came + went === 0 && before.join() !== after.join() ? ["insights in another order"] : []),
  ];
}

function insightChanges(before: Insight, after: Insight): string[] {
  return [
    ...(before.summary === after.summary ? [] : [`it was ${quoted(before.summary)}`]),
    ...fieldSentence("importance", {
      from: String(before.importance),
      to: String(after.importance),
    }),
    ...fieldSentence("status", { from: before.status, to: after.status }),
    ...(JSON.stringify(before.citations) === JSON.stringify(after.citations)
      ? []
      : ["sources changed"]),
  ];
}

interface FieldChange {
  readonly from: string;
  readonly to: string;
}

function fieldChange(name: string, change: FieldChange): Difference[] {
  return fieldSentence(name, change).map((what) => ({ kind: "changed", what }));
}

function fieldSentence(name: string, { from, to }: FieldChange): string[] {
  return from === to ? [] : [`${name} from ${quoted(from)} to ${quoted(to)}`];
}
