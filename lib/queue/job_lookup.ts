/** Finding the row of one job. */
import { LabferryError } from "../base/mod.ts";
import type { Connection, Value } from "./connection.ts";
import { JOB_COLUMNS, type JobRow, toJob } from "./job_row.ts";
import type { Job } from "./types.ts";

const BY_ID = `SELECT ${JOB_COLUMNS} FROM jobs WHERE id = ?`;
const BY_RUN = `SELECT ${JOB_COLUMNS} FROM jobs WHERE run_path = ?`;

export function jobById(connection: Connection, id: string): Job | null {
  return oneJob(connection, BY_ID, [id]);
}

export function jobByRun(connection: Connection, runPath: string): Job | null {
  return oneJob(connection, BY_RUN, [runPath]);
}

/** The row's number, by which everything that hangs off a job refers to it. */
export function jobNumber(connection: Connection, jobId: string): number {
  const row = connection.get<{ n: number }>("SELECT n FROM jobs WHERE id = ?", [jobId]);
  if (row) return row.n;
  throw new LabferryError("unknown_job", `there is no job "${jobId}" in the queue`);
}

function oneJob(connection: Connection, sql: string, values: Value[]): Job | null {
  const row = connection.get<JobRow>(sql, values);
  return row ? toJob(row) : null;
}
