/** `labferry report list|show|history|diff|verify|rebuild`: looking at living reports. */
import { LabferryError } from "../base/mod.ts";
import {
  authorOf,
  claimOf,
  diffOutlines,
  inOrder,
  type Insight,
  type ListFilter,
  type Outline,
  type ReportVerification,
  type Section,
  statusOf,
  tagsOf,
  whoOf,
  wordsOf,
} from "../reports/mod.ts";
import type { CliContext } from "./context.ts";
import { noteAll, shortId, storeOf } from "./report_store.ts";
import { table } from "./table.ts";

interface ThisReport {
  /** The id, or as much of it as names one report. */
  readonly id: string;
}

export async function reportList(context: CliContext, filter: ListFilter): Promise<void> {
  const { status, tag } = filter;
  const { entries, notices } = await (await storeOf(context)).list({
    ...(status === undefined ? {} : { status }),
    ...(tag === undefined ? {} : { tag }),
  });
  noteAll(context, notices);
  if (context.options.json) return context.printJson({ reports: entries });
  if (entries.length === 0) return context.print("There are no such reports.");
  context.print(
    table(
      ["ID", "CHANGED", "STATUS", "TAGS", "TITLE"],
      entries.map((entry) => [
        shortId(entry.report_id),
        minute(entry.updated_at),
        entry.status,
        entry.tags.join(", "),
        entry.current_title,
      ]),
    ),
  );
}

export async function reportShow(context: CliContext, { id }: ThisReport): Promise<void> {
  const report = await (await storeOf(context)).find(id);
  const { outline, notices } = await report.read();
  noteAll(context, notices);
  if (context.options.json) return context.printJson({ report: outline });
  const tags = tagsOf(outline);
  context.print(table([outline.title], []));
  context.print(
    `${report.id}, version ${outline.outline_version}, ${statusOf(outline)}` +
      (tags.length > 0 ? `, tags: ${visible(tags.join(", "))}` : ""),
  );
  for (const section of inOrder(outline.sections)) {
    context.print(sectionText(section, outline));
  }
}

function sectionText(section: Section, outline: Outline): string {
  const title = `\n${shortId(section.section_id)}  ${visible(section.title)}`;
  const byId = new Map(outline.insights.map((insight) => [insight.insight_id, insight]));
  const rows = section.insight_ids.flatMap((id) => {
    const insight = byId.get(id);
    return insight ? [insightRow(insight)] : [];
  });
  if (rows.length === 0) return title;
  return `${title}\n${table(["  INSIGHT", "WEIGHT", "STATUS", "BY", "SAYS"], rows)}`;
}

function insightRow(insight: Insight): string[] {
  const { insight_id, importance, status, summary } = insight;
  const [line = ""] = summary.split("\n", 1);
  const by = authorOf(insight) ?? "labferry";
  return [`  ${shortId(insight_id)}`, String(importance), status, by, line];
}

export async function reportHistory(context: CliContext, { id }: ThisReport): Promise<void> {
  const report = await (await storeOf(context)).find(id);
  const lines: { json: unknown; row: string[] }[] = [];
  for await (const { number, event, fault } of report.history()) {
    if (!event) {
      lines.push({ json: { line: number, fault }, row: ["", "", "", `line ${number}: ${fault}`] });
      continue;
    }
    const { fromVersion, toVersion } = claimOf(event);
    const moved = toVersion !== null && fromVersion !== toVersion;
    const version = moved ? `v${toVersion}` : "";
    const words = fault ? `${wordsOf(event)} (line ${number}: ${fault})` : wordsOf(event);
    lines.push({
      json: { line: number, ...event, ...(fault ? { fault } : {}) },
      row: [minute(event.ts), shortId(event.action_id), version, whoOf(event), words],
    });
  }
  if (context.options.json) return context.printJson({ events: lines.map(({ json }) => json) });
  context.print(table(["WHEN", "ACTION", "VERSION", "WHO", "WHAT"], lines.map(({ row }) => row)));
}

export async function reportDiff(
  context: CliContext,
  { id, from, to }: ThisReport & { readonly from?: string; readonly to?: string },
): Promise<void> {
  const report = await (await storeOf(context)).find(id);
  const { outline: present } = await report.read();
  const after = to === undefined ? present : await report.atVersion(versionOf(to));
  const fromVersion = from === undefined ? after.outline_version - 1 : versionOf(from);
  if (fromVersion < 1) {
    throw new LabferryError("unknown_version", "the report has only one version", {
      hint: "there is nothing to compare it with yet",
    });
  }
  const before = await report.atVersion(fromVersion);
  const differences = diffOutlines(before, after);
  if (context.options.json) {
    return context.printJson({ from: fromVersion, to: after.outline_version, differences });
  }
  context.print(`From version ${fromVersion} to version ${after.outline_version}:`);
  if (differences.length === 0) return context.print("nothing that people read is different");
  context.print(table(["", ""], differences.map(({ kind, what }) => [kind, what])).trimStart());
}

export async function reportVerify(
  context: CliContext,
  { id }: Partial<ThisReport>,
): Promise<void> {
  const store = await storeOf(context);
  const results: (ReportVerification & { readonly title: string })[] = [];
  if (id !== undefined) {
    const report = await store.find(id);
    results.push({ ...await report.verify(), title: id });
  } else {
    const { entries, notices } = await store.index.read();
    noteAll(context, notices);
    for (const { report_id, current_title } of entries) {
      results.push({ ...await (await store.report(report_id)).verify(), title: current_title });
    }
  }
  if (results.some(({ ok }) => !ok)) context.exitCode = 1;
  if (context.options.json) return context.printJson({ reports: results });
  if (results.length === 0) context.print("There are no reports.");
  for (const result of results) printVerification(context, result);
}

function printVerification(
  context: CliContext,
  { ok, breaks, notes, events, backups, head, title, report_id }: ReportVerification & {
    readonly title: string;
  },
): void {
  const name = `${shortId(report_id)} ${visible(title)}`;
  if (ok) {
    context.print(
      `ok      ${name}: ${events} events in one chain, ${backups} backups as they were written`,
    );
  } else {
    const [first, ...more] = breaks;
    context.print(`BROKEN  ${name}: ${first!.file}: ${visible(first!.what)}`);
    if (more.length > 0) context.print(`        and ${more.length} more, maybe because of it`);
  }
  for (const note of notes) context.print(`        ${visible(note)}`);
  if (head) context.print(`        head: event ${head.seq}, ${head.hash}`);
}

export async function reportRebuild(context: CliContext): Promise<void> {
  const { entries, notices } = await (await storeOf(context)).index.rebuild("you asked for it");
  noteAll(context, notices.slice(1));
  if (context.options.json) return context.printJson({ reports: entries });
  context.print(`The index was made anew: ${entries.length} reports.`);
}

function versionOf(text: string): number {
  const found = /^v?(\d{1,9})$/.exec(text);
  if (found) return Number(found[1]);
  throw new LabferryError("usage", `${JSON.stringify(text)} is not a version`, {
    hint: "give a number, as `labferry report history ID` shows it",
  });
}

function minute(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toISOString().slice(0, 16).replace("T", " ");
}

/** As `table` does for its cells. */
function visible(text: string): string {
  return table([text], []);
}
