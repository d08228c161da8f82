/** `labferry report create|note|insight|section|rename|tag|…`: changing living reports. */
import { accountName } from "../base/mod.ts";
import {
  addInsight,
  addNote,
  addSection,
  archiveInsight,
  type ChangeOutcome,
  type ContentFormat,
  type Edit,
  editInsight,
  forkReport,
  mergeReports,
  renameReport,
  reorderSection,
  type Report,
  setReportStatus,
  tagReport,
  wordsOf,
} from "../reports/mod.ts";
import type { CliContext } from "./context.ts";
import { noteAll, shortId, storeOf } from "./report_store.ts";
import { table } from "./table.ts";

/** What every change names: the report's `<id>` and `--expect-version`. */
interface Change {
  readonly id: string;
  readonly expectVersion?: number;
}

const ACTOR = { actor: "cli" } as const;

export async function reportCreate(
  context: CliContext,
  { title, tag }: { readonly title: string; readonly tag: readonly string[] },
): Promise<void> {
  const store = await storeOf(context);
  // The same rules as for a new title and new tags later on.
  renameReport(title);
  if (tag.length > 0) tagReport({ add: tag });
  const tags = tag.map((one) => one.trim());
  const report = await store.create(
    { title: title.trim(), content: { metadata: { tags } } },
    ACTOR,
  );
  await printNew(context, report);
}

export function reportNote(
  context: CliContext,
  { text, author, section, about, ...report }: Change & {
    readonly text: string;
    readonly author: string;
    readonly section?: string;
    readonly about?: string;
  },
): Promise<void> {
  return change(context, { ...report, edit: addNote({ text, author, section, about }) });
}

export function reportRename(
  context: CliContext,
  { title, ...report }: Change & { readonly title: string },
): Promise<void> {
  return change(context, { ...report, edit: renameReport(title) });
}

export function reportTag(
  context: CliContext,
  { tags, remove, ...report }: Change & {
    readonly tags: readonly string[];
    readonly remove: readonly string[];
  },
): Promise<void> {
  return change(context, { ...report, edit: tagReport({ add: tags, remove }) });
}

export function reportArchive(
  context: CliContext,
  { undo, ...report }: Change & { readonly undo?: boolean },
): Promise<void> {
  return change(context, { ...report, edit: setReportStatus(undo ? "active" : "archived") });
}

export function reportDelete(context: CliContext, report: Change): Promise<void> {
  return change(context, { ...report, edit: setReportStatus("deleted") });
}

export async function reportRevert(
  context: CliContext,
  { id, action, author, expectVersion }: Change & {
    readonly action: string;
    readonly author?: string;
  },
): Promise<void> {
  const report = await (await storeOf(context)).find(id);
  const outcome = await report.revert(action, {
    ...ACTOR,
    author: author ?? accountName(),
    expectedVersion: expectVersion,
  });
  printOutcome(context, { ...outcome, id: report.id });
}

export async function reportFork(
  context: CliContext,
  { id, title }: { readonly id: string; readonly title?: string },
): Promise<void> {
  const store = await storeOf(context);
  await printNew(context, await forkReport(store, await store.find(id), { ...ACTOR, title }));
}

export async function reportMerge(
  context: CliContext,
  { ids, title }: { readonly ids: readonly string[]; readonly title: string },
): Promise<void> {
  const store = await storeOf(context);
  const sources: Report[] = [];
  for (const id of ids) sources.push(await store.find(id));
  await printNew(context, await mergeReports(store, sources, { ...ACTOR, title }));
}

export function insightAdd(
  context: CliContext,
  { text: summary, section, importance, author, ...report }: Change & {
    readonly text: string;
    readonly section?: string;
    readonly importance?: number;
    readonly author?: string;
  },
): Promise<void> {
  const edit = addInsight({ summary, section, importance, author });
  return change(context, { ...report, edit });
}

export function insightEdit(
  context: CliContext,
  { insight, text: summary, importance, author, ...report }: Change & {
    readonly insight: string;
    readonly text?: string;
    readonly importance?: number;
    readonly author?: string;
  },
): Promise<void> {
  const edit = editInsight(insight, { summary, importance, author });
  return change(context, { ...report, edit });
}

export function insightArchive(
  context: CliContext,
  { insight, ...report }: Change & { readonly insight: string },
): Promise<void> {
  return change(context, { ...report, edit: archiveInsight(insight) });
}

export function sectionAdd(
  context: CliContext,
  { title, text: content, format, ...report }: Change & {
    readonly title: string;
    readonly text?: string;
    readonly format?: ContentFormat;
  },
): Promise<void> {
  return change(context, { ...report, edit: addSection({ title, content, format }) });
}

export function sectionReorder(
  context: CliContext,
  { section, place, ...report }: Change & {
    readonly section: string;
    /** Counted from 1. */
    readonly place: string;
  },
): Promise<void> {
  return change(context, { ...report, edit: reorderSection(section, Number(place)) });
}

async function change(
  context: CliContext,
  { id, edit, expectVersion }: Change & { readonly edit: Edit },
): Promise<void> {
  const report = await (await storeOf(context)).find(id);
  const outcome = await report.change(edit, { ...ACTOR, expectedVersion: expectVersion });
  printOutcome(context, { ...outcome, id: report.id });
}

function printOutcome(
  context: CliContext,
  { id, outline, event, repairs, warnings }: ChangeOutcome & { readonly id: string },
): void {
  noteAll(context, [...repairs, ...warnings]);
  if (context.options.json) {
    return context.printJson({
      report_id: id,
      outline_version: outline.outline_version,
      action_id: event?.action_id ?? null,
      changed: event !== null,
    });
  }
  const at = `(version ${outline.outline_version}`;
  const words = event
    ? `${wordsOf(event)} ${at}, action ${shortId(event.action_id)})`
    : `nothing to change ${at})`;
  context.print(table([words], []));
}

async function printNew(context: CliContext, report: Report): Promise<void> {
  const { outline, notices } = await report.read();
  noteAll(context, notices);
  if (context.options.json) {
    return context.printJson({ report_id: report.id, outline_version: outline.outline_version });
  }
  context.print(table([`${report.id}  ${outline.title}`], []));
}
