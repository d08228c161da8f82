/** Runs as a list: what each is called, where it stands, what it holds. On a phone each is a card. */
import type { Drawing } from "../drawing.ts";
import { counted, formatBytes, strengthWords } from "../../../base/mod.ts";
import {
  ALARM_ADVICE,
  inRuleWords,
  type JobView,
  runNames,
  stageOfJob,
} from "../../../control/mod.ts";
import { Badge } from "./badge.tsx";
import { Name } from "./name.tsx";
import { Time } from "./time.tsx";

export interface RunTableProps {
  readonly runs: readonly JobView[];
  readonly now: Date;
  readonly caption: string;
}

export function RunTable({ runs, now, caption }: RunTableProps): Drawing {
  return (
    <table class="runs">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Instrument</th>
          <th scope="col">State</th>
          <th scope="col" class="number">Data</th>
          <th scope="col">Came</th>
        </tr>
      </thead>
      <tbody>{runs.map((job) => <Row job={job} now={now} />)}</tbody>
    </table>
  );
}

function Row({ job, now }: { readonly job: JobView; readonly now: Date }) {
  const { name, project, isTest } = runNames(job);
  const news = newsOf(job);
  return (
    <tr data-key={`run-${job.id}`} data-job={job.id} data-state={job.state}>
      <th scope="row">
        <a href={`/runs/${job.id}`}>
          <Name text={name} />
        </a>
        {isTest ? <span class="tag">test run</span> : null}
        {project === "" ? null : (
          <span class="where">
            <Name text={project} />
          </span>
        )}
        {news === "" ? null : (
          <span class="news" data-tone={stageOfJob(job).tone}>
            <Name text={news} />
          </span>
        )}
      </th>
      <td data-label="Instrument">
        <Name text={job.equipment_id} />
      </td>
      <td data-label="State">
        <Badge {...stageOfJob(job)} />
        {job.verify_passes > 0 && job.verification
          ? <span class="where">{proofWords(job)}</span>
          : null}
      </td>
      <td data-label="Data" class="number">
        {job.files > 0 ? `${counted(job.files, "file")}, ${formatBytes(job.bytes)}` : ""}
      </td>
      <td data-label="Came">
        <Time at={job.enqueued_at} now={now} />
      </td>
    </tr>
  );
}

/** Why it stands where it stands, where that is not as it should be. */
function newsOf(job: JobView): string {
  if (job.alarm) return ALARM_ADVICE;
  if (job.hold_reason) return inRuleWords(job.hold_reason);
  if (job.last_error && (job.state === "failed" || job.state === "queued")) {
    return job.last_error.message;
  }
  return "";
}

/** What was proven: `26 of 26 files read back and compared, twice`. */
export function proofWords(job: JobView): string {
  if (!job.verification || job.verify_passes === 0) return "";
  const { matched, strength } = job.verification;
  const passes = job.verify_passes > 1 ? `, ${job.verify_passes} times` : "";
  return `${matched.toLocaleString("en")} of ${counted(job.files, "file")} ${
    strengthWords(strength)
  }${passes}`;
}
