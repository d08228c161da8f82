/** `labferry report create|note|insight|section|rename|tag|…`: changing living reports. */
import { userInfo } from "node:os";
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

/** `--expect-version`, of every change. */
interface ChangeFlags {
  readonly expectVersion?: number;
}

const ACTOR = { actor: "cli" } as const;

export async function reportCreate(
  context: CliContext,
  title: string,
  { tag }: { readonly tag: readonly string[] },
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
  await tellNew(context, report);
}

export function reportNote(
  context: CliContext,
  ref: string,
  text: string,
  options: ChangeFlags & {
    readonly author: string;
    readonly section?: string;
    readonly about?: string;
  },
): Promise<void> {
  const { author, section, about } = options;
  return change(context, ref, addNote({ text, author, section, about }), options);
}

export function reportRename(
  context: CliContext,
  ref: string,
  title: string,
  options: ChangeFlags,
): Promise<void> {
  return change(context, ref, renameReport(title), options);
}

export function reportTag(
  context: CliContext,
  ref: string,
  tags: readonly string[],
  options: ChangeFlags & { readonly remove: readonly string[] },
): Promise<void> {
  return change(context, ref, tagReport({ add: tags, remove: options.remove }), options);
}

export function reportArchive(
  context: CliContext,
  ref: string,
  options: ChangeFlags & { readonly undo?: boolean },
): Promise<void> {
  return change(context, ref, setReportStatus(options.undo ? "active" : "archived"), options);
}

export function reportDelete(
  context: CliContext,
  ref: string,
  options: ChangeFlags,
): Promise<void> {
  return change(context, ref, setReportStatus("deleted"), options);
}

export async function reportRevert(
  context: CliContext,
  ref: string,
  action: string,
  { author, expectVersion }: ChangeFlags & { readonly author?: string },
): Promise<void> {
  const report = await (await storeOf(context)).find(ref);
  const outcome = await report.revert(action, {
    ...ACTOR,
    author: author ?? userInfo().username,
    expectedVersion: expectVersion,
  });
  tell(context, report, outcome);
}

export async function reportFork(
  context: CliContext,
  ref: string,
  title: string | undefined,
): Promise<void> {
  const store = await storeOf(context);
  await tellNew(context, await forkReport(store, await store.find(ref), { ...ACTOR, title }));
}

export async function reportMerge(
  context: CliContext,
  refs: readonly string[],
  { title }: { readonly title: string },
): Promise<void> {
  const store = await storeOf(context);
  const sources: Report[] = [];
  for (const ref of refs) sources.push(await store.find(ref));
  await tellNew(context, await mergeReports(store, sources, { ...ACTOR, title }));
}

export function insightAdd(
  context: CliContext,
  ref: string,
  summary: string,
  options: ChangeFlags & {
    readonly section?: string;
    readonly importance?: number;
    readonly author?: string;
  },
): Promise<void> {
  const { section, importance, author } = options;
  return change(context, ref, addInsight({ summary, section, importance, author }), options);
}

export function insightEdit(
  context: CliContext,
  ref: string,
  insight: string,
  summary: string | undefined,
  options: ChangeFlags & { readonly importance?: number; readonly author?: string },
): Promise<void> {
  const { importance, author } = options;
  return change(context, ref, editInsight(insight, { summary, importance, author }), options);
}

export function insightArchive(
  context: CliContext,
  ref: string,
  insight: string,
  options: ChangeFlags,
): Promise<void> {
  return change(context, ref, archiveInsight(insight), options);
}

export function sectionAdd(
  context: CliContext,
  ref: string,
  title: string,
  options: ChangeFlags & { readonly text?: string; readonly format?: ContentFormat },
): Promise<void> {
  const { text, format } = options;
  return change(context, ref, addSection({ title, content: text, format }), options);
}

export function sectionReorder(
  context: CliContext,
  ref: string,
  section: string,
  place: string,
  options: ChangeFlags,
): Promise<void> {
  return change(context, ref, reorderSection(section, Number(place)), options);
}

async function change(
  context: CliContext,
  ref: string,
  edit: Edit,
  { expectVersion }: ChangeFlags,
): Promise<void> {
  const report = await (await storeOf(context)).find(ref);
  tell(context, report, await report.change(edit, { ...ACTOR, expectedVersion: expectVersion }));
}

function tell(context: CliContext, report: Report, outcome: ChangeOutcome): void {
  const { outline, event, repairs, warnings } = outcome;
  noteAll(context, [...repairs, ...warnings]);
  if (context.options.json) {
    return context.printJson({
      report_id: report.id,
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

async function tellNew(context: CliContext, report: Report): Promise<void> {
  const { outline, notices } = await report.read();
  noteAll(context, notices);
  if (context.options.json) {
    return context.printJson({ report_id: report.id, outline_version: outline.outline_version });
  }
  context.print(table([`${report.id}  ${outline.title}`], []));
}
