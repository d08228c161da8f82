/**
 * Jobs of a list, by their rows' numbers. A page of two hundred takes 2 ms to read and leaves as much for
 * the collector as it shows, and is asked for again while nothing has changed; so what was read is kept
 * while neither this connection nor another has written anything at all.
 */
import type { Connection } from "./connection.ts";
import { JOB_BY_NUMBER, type JobRow, toJob } from "./job_row.ts";
import type { Job } from "./types.ts";

/** Two long pages. */
const MOST_KEPT = 400;

interface Kept {
  readonly version: string;
  readonly jobs: Map<number, Job>;
}

const keptOf = new WeakMap<Connection, Kept>();

export function jobsByNumber(connection: Connection, numbers: readonly number[]): Job[] {
  const read = (n: number) => toJob(connection.get<JobRow>(JOB_BY_NUMBER, [n])!);
  // What is seen within a transaction may yet be taken back.
  if (connection.database.isTransaction) return numbers.map(read);
  const { jobs } = keptNow(connection);
  return numbers.map((n) => {
    const known = jobs.get(n);
    if (known) return known;
    const job = read(n);
    if (jobs.size >= MOST_KEPT) jobs.clear();
    jobs.set(n, job);
    return job;
  });
}

function keptNow(connection: Connection): Kept {
  const { ours } = connection.get<{ ours: number }>("SELECT total_changes() AS ours")!;
  const { data_version: others } = connection.get<{ data_version: number }>(
    "PRAGMA data_version",
  )!;
  const version = `${ours} ${others}`;
  const known = keptOf.get(connection);
  if (known?.version === version) return known;
  const fresh = { version, jobs: new Map<number, Job>() };
  keptOf.set(connection, fresh);
  return fresh;
}
