/**
 * Moving jobs. Each move is one UPDATE that only finds the row if nobody has moved it since it was
 * read, with its event in the same transaction: two movers, one winner.
 */
import { type Connection, nowText } from "./connection.ts";
import { appendEvent } from "./events.ts";
import { columnsOf, type JobRow, toJob } from "./job_row.ts";
import type { JobEventDraft } from "./timeline.ts";
import type { Job, JobChange } from "./types.ts";

/**
 * Applies `change` if the job still has the state, generation and hold of `job`; null when it has
 * moved on (or is gone), and then nothing at all was written.
 */
export function transition(
  connection: Connection,
  job: Pick<Job, "id" | "state" | "generation" | "hold">,
  step: { readonly change: JobChange; readonly event: JobEventDraft },
): Job | null {
  const { names, values } = columnsOf(step.change);
  const sets = [...names, "updated_at"].map((name) => `${name} = ?`).join(", ");
  return connection.transaction(() => {
    const row = connection.get<JobRow>(
      `UPDATE jobs SET ${sets}
      WHERE id = ? AND state = ? AND generation = ? AND hold IS ? RETURNING *`,
      [...values, nowText(connection), job.id, job.state, job.generation, job.hold],
    );
    if (!row) return null;
    append(connection, row, { from: job.state, event: step.event });
    return toJob(row);
  });
}

function append(
  connection: Connection,
  row: JobRow,
  what: { readonly from: Job["state"]; readonly event: JobEventDraft },
): void {
  appendEvent(connection, row.n, {
    kind: what.event.kind,
    detail: what.event.detail,
    fromState: what.from,
    toState: row.state,
    generation: row.generation,
  });
}
