/**
 * reports: living reports, documents that change as runs arrive and people comment, and of which
 * every past state can be had again. For the service, which keeps one for each project; for people,
 * who annotate, rename, go back; and for the auditor, who has to believe what they say.
 *
 * Invariants. A report is changed only under the exclusive flock lock on its `.lock`, in five steps
 * (check, back up, record, put in place, index); a crash between any two leaves the old outline or
 * the new one and a history that explains it. The history is only ever appended to, each line
 * chained to all bytes before it. What others wrote is kept: unknown keys, lines of other programs,
 * edits by hand. Reading the history takes memory for one line.
 *
 * Terms. *Outline*: `outline.json`, the truth. *Section*, *insight*: its parts. *History* (audit
 * trail): `audit.jsonl`. *Chain head*: the newest line's number and hash. *Edit*: a pure function
 * from outline to outline. *Feed*: what keeps the service's reports up to date.
 */
export { type ActionType, type Actor, type AuditEvent, claimOf } from "./audit_event.ts";
export type { Chain, OutlineClaim } from "./audit_event.ts";
export {
  CHANGE_STEPS,
  type ChangeOptions,
  type ChangeOutcome,
  type ChangeStep,
  type Edit,
  type Edited,
  type EditMoment,
} from "./change.ts";
export type { ChainHead } from "./chain.ts";
export { type Difference, diffOutlines } from "./diff.ts";
export {
  addInsight,
  addNote,
  archiveInsight,
  authorOf,
  editInsight,
  type InsightChange,
  type InsightDraft,
  type NoteDraft,
  NOTES_TITLE,
} from "./edit_insights.ts";
export {
  addSection,
  renameReport,
  reorderSection,
  type SectionDraft,
  setReportStatus,
  tagReport,
} from "./edit_report.ts";
export { forkReport, mergeReports } from "./fork_merge.ts";
export { type HistoryLine, whoOf, wordsOf } from "./history.ts";
export * from "./outline.ts";
export { outlineBytes, parseOutline } from "./outline_text.ts";
export { runInsightId } from "./run_insight.ts";
export { Report, type ReportReading } from "./report.ts";
export type { IndexEntry, IndexReading } from "./report_index.ts";
export {
  type ListFilter,
  type NewReport,
  ReportStore,
  type ReportStoreOptions,
} from "./report_store.ts";
export { tidyReports } from "./tidy.ts";
export { DEFAULT_RETENTION, type Retention } from "./retention.ts";
export type { ReportBreak, ReportVerification } from "./verify.ts";
export { contentHtml, renderHtml, REPORT_STYLE_SOURCE } from "./render_html.ts";
export { renderMarkdown } from "./render_markdown.ts";
export {
  type RenderOptions,
  type ShownInsight,
  type ShownReport,
  type ShownSection,
  showReport,
} from "./render_model.ts";
export {
  type FedRun,
  FEED_CURSOR,
  type FeedLog,
  type FeedQueue,
  ReportFeed,
  type ReportFeedOptions,
} from "./feed.ts";
export { projectReportId, projectReportTitle } from "./feed_edit.ts";
export type { Fact, FeedEvent } from "./run_facts.ts";
export type { RunNow } from "./run_insight.ts";
