/**
 * Moving jobs. Each move is one UPDATE that only finds the row if nobody has moved it since it was
 * read, with its event in the same transaction: two movers, one winner.
 */
import { type Connection, nowText, type Value } from "./connection.ts";
import { appendEvent } from "./events.ts";
import { columnsOf, type JobRow, toJob } from "./job_row.ts";
import { jobById } from "./jobs.ts";
import type { Hold, Job, JobChange, JobEventDraft } from "./types.ts";

/** Which jobs a breaker, a gate or a pause concerns. */
export interface JobScope {
  readonly destination?: string;
  readonly equipmentId?: string;
}

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

/** Adds an event that moves nothing. Null when there is no such job. */
export function note(connection: Connection, jobId: string, event: JobEventDraft): Job | null {
  return connection.transaction(() => {
    const job = jobById(connection, jobId);
    return job && transition(connection, job, { change: {}, event });
  });
}

/**
 * After a crash or a stop: what was running waits again, at its old place and without an attempt
 * charged; half-made seals are forgotten. Only for the one process that works on the queue.
 */
export function recover(connection: Connection): Job[] {
  return connection.transaction(() => {
    for (const table of ["seal_files", "seal_dirs", "seal_rounds"]) {
      connection.run(`DELETE FROM ${table}`);
    }
    const rows = connection.all<JobRow>(
      "UPDATE jobs SET state = 'queued', updated_at = ? WHERE state = 'running' RETURNING *",
      [nowText(connection)],
    );
    for (const row of rows) {
      append(connection, row, { from: "running", event: { kind: "recovered" } });
    }
    return rows.map(toJob);
  });
}

/** Holds every job of the scope that waits to be pushed or verified and is not held yet. */
export function holdWaiting(
  connection: Connection,
  scope: JobScope,
  why: { readonly hold: Hold; readonly reason: string; readonly event: JobEventDraft },
): Job[] {
  const [where, values] = scopeSql(scope);
  return moveAll(connection, {
    sql: `UPDATE jobs SET hold = ?, hold_reason = ?, updated_at = ?
      WHERE state IN ('queued', 'awaiting_verify') AND hold IS NULL${where} RETURNING *`,
    values: [why.hold, why.reason, nowText(connection), ...values],
    event: why.event,
  });
}

/** Lets go of every job of the scope that has this hold, whatever its state. */
export function releaseHeld(
  connection: Connection,
  scope: JobScope & { readonly hold: Hold },
  event: JobEventDraft,
): Job[] {
  const [where, values] = scopeSql(scope);
  return moveAll(connection, {
    sql: `UPDATE jobs SET hold = NULL, hold_reason = NULL, updated_at = ?
      WHERE hold = ?${where} RETURNING *`,
    values: [nowText(connection), scope.hold, ...values],
    event,
  });
}

function scopeSql(scope: JobScope): [string, Value[]] {
  let where = "";
  const values: Value[] = [];
  if (scope.destination !== undefined) {
    where += " AND destination = ?";
    values.push(scope.destination);
  }
  if (scope.equipmentId !== undefined) {
    where += " AND equipment_id = ?";
    values.push(scope.equipmentId);
  }
  return [where, values];
}

function moveAll(
  connection: Connection,
  move: { readonly sql: string; readonly values: Value[]; readonly event: JobEventDraft },
): Job[] {
  return connection.transaction(() => {
    const rows = connection.all<JobRow>(move.sql, move.values);
    for (const row of rows) append(connection, row, { from: row.state, event: move.event });
    return rows.map(toJob);
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
