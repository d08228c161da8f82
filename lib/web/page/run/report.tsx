/** A run's part of its project's report, and notes on it. */
import { LabferryError } from "../../../base/mod.ts";
import { type JobView, runNames } from "../../../control/mod.ts";
import {
  addNote,
  type Insight,
  projectReportId,
  type Report,
  runInsightId,
} from "../../../reports/mod.ts";
import type { Drawing } from "../drawing.ts";
import type { PageHouse } from "../page.ts";
import { Lines, Name } from "../parts/name.tsx";
import { glanceAt } from "../report/glance.ts";
import { Panel } from "../parts/panel.tsx";

export interface RunReportPart {
  readonly reportId: string;
  readonly title: string;
  /** What the report says of the run; null until it says something. */
  readonly summary: string | null;
  readonly notes: readonly {
    readonly id: string;
    readonly text: string;
    readonly author: string;
  }[];
}

interface Found {
  readonly report: Report;
  readonly title: string;
  readonly insights: readonly Insight[];
  readonly insight: Insight | null;
}

/** Null where no report tells of the run. */
export async function runReport(house: PageHouse, job: JobView): Promise<RunReportPart | null> {
  const found = await find(house, job);
  if (!found) return null;
  const { report, title, insights, insight } = found;
  const notes = insight === null
    ? []
    : insights.filter(({ metadata }) => oursOf(metadata)["about"] === insight.insight_id);
  return {
    reportId: report.id,
    title,
    summary: insight?.summary ?? null,
    notes: notes.map(({ insight_id, summary, metadata }) => ({
      id: insight_id,
      text: summary,
      author: String(oursOf(metadata)["author"] ?? ""),
    })),
  };
}

/** @throws LabferryError `unknown_report` where there is none yet */
export async function addRunNote(
  house: PageHouse,
  { job, author, text }: { readonly job: JobView; readonly author: string; readonly text: string },
): Promise<void> {
  const found = await find(house, job);
  if (!found) {
    throw new LabferryError("unknown_report", "No report tells of this run yet", {
      hint: "reports follow the runs by a moment; try again",
    });
  }
  const about = found.insight?.insight_id;
  await found.report.change(addNote({ author, text, ...(about ? { about } : {}) }), {
    actor: "human",
  });
}

async function find({ reports }: PageHouse, job: JobView): Promise<Found | null> {
  const { project } = runNames(job);
  if (!reports || project === "") return null;
  const report = await reports.reportOrNull(projectReportId(job.equipment_id, project));
  if (!report) return null;
  const outline = await glanceAt(reports, report);
  const id = runInsightId(report.id, job.far_path);
  const insight = outline.insights.find(({ insight_id }) => insight_id === id) ?? null;
  return { report, title: outline.title, insights: outline.insights, insight };
}

function oursOf(metadata: Insight["metadata"]): Readonly<Record<string, unknown>> {
  const ours = metadata?.["labferry"];
  return typeof ours === "object" && ours !== null ? ours as Record<string, unknown> : {};
}

export function RunReport({ report }: { readonly report: RunReportPart | null }): Drawing | null {
  if (report === null) return null;
  return (
    <Panel id="report" title="In the report">
      <div class="card">
        <p>
          <a href={`/reports/${report.reportId}`}>
            <Name text={report.title} />
          </a>
        </p>
        {report.summary === null ? null : (
          <p class="lines">
            <Lines text={report.summary} />
          </p>
        )}
        {report.notes.map(({ id, text, author }) => (
          <p data-key={`note-${id}`}>
            <Lines text={text} />{" "}
            <span class="soft">
              — <Name text={author} />
            </span>
          </p>
        ))}
      </div>
    </Panel>
  );
}
