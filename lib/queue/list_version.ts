/**
 * Whether a job's list is still what was summed up a moment ago: counting a million rows takes many
 * turns of the event loop, and what is made of the sum must be true of the list as it is then. Kept
 * in memory, because a sum is never used by another process.
 */
import type { Connection } from "./connection.ts";

const versions = new WeakMap<Connection, Map<number, number>>();
let changes = 0;

/** `job` is the row's number. */
export function listVersion(connection: Connection, job: number): number {
  return versions.get(connection)?.get(job) ?? 0;
}

/** Said by everything that changes what a file of the list is, or what was found of it over there. */
export function touchList(connection: Connection, job: number): void {
  const ofJobs = versions.get(connection) ?? new Map<number, number>();
  versions.set(connection, ofJobs);
  ofJobs.set(job, ++changes);
}

/** No sum is under way any more; thousands of jobs that are done need no memory. */
export function forgetListVersion(connection: Connection, job: number): void {
  versions.get(connection)?.delete(job);
}
