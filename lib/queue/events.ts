/**
 * The timeline of every run. Events are appended in the transaction of the change they tell of, and
 * numbered in the order of the commits, so a reader that follows by a cursor misses none.
 */
import { type Connection, nowText } from "./connection.ts";
import type { EventKind, JobEvent } from "./timeline.ts";
import type { JobState } from "./types.ts";

export interface EventEntry {
  readonly kind: EventKind;
  readonly fromState: JobState | null;
  readonly toState: JobState;
  readonly generation: number;
  readonly detail?: Readonly<Record<string, unknown>> | undefined;
}

/** Appends to the timeline of the job with that number; the caller holds the transaction. */
export function appendEvent(connection: Connection, job: number, entry: EventEntry): void {
  connection.run(
    `INSERT INTO job_events (job, at, kind, from_state, to_state, generation, detail)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
    [
      job,
      nowText(connection),
      entry.kind,
      entry.fromState,
      entry.toState,
      entry.generation,
      JSON.stringify(entry.detail ?? {}),
    ],
  );
}

/**
 * One run's timeline, oldest first: the next `limit` entries after `afterSeq`, or without it the
 * last `limit`.
 */
export function eventsOfJob(
  connection: Connection,
  jobId: string,
  options: { readonly afterSeq?: number; readonly limit?: number } = {},
): JobEvent[] {
  const { afterSeq, limit = MAX_EVENTS } = options;
  if (afterSeq === undefined) {
    return connection.all<EventRow>(
      `${OF_JOB} WHERE j.id = ? ORDER BY e.seq DESC LIMIT ?`,
      [jobId, limit],
    ).reverse().map(toEvent);
  }
  return connection.all<EventRow>(
    `${OF_JOB} WHERE j.id = ? AND e.seq > ? ORDER BY e.seq LIMIT ?`,
    [jobId, afterSeq, limit],
  ).map(toEvent);
}

/** The last event of a run that is one of `kinds`; null when there is none. */
export function lastEvent(
  connection: Connection,
  jobId: string,
  kinds: readonly EventKind[],
): JobEvent | null {
  const row = connection.get<EventRow>(
    `${OF_JOB} WHERE j.id = ? AND e.kind IN (SELECT value FROM json_each(?))
    ORDER BY e.seq DESC LIMIT 1`,
    [jobId, JSON.stringify(kinds)],
  );
  return row ? toEvent(row) : null;
}

/** A run's events of its present generation that are one of `kinds`, oldest first. */
export function eventsOfGeneration(
  connection: Connection,
  { id, generation }: { readonly id: string; readonly generation: number },
  kinds: readonly EventKind[],
): JobEvent[] {
  return connection.all<EventRow>(
    `${OF_JOB} WHERE j.id = ? AND e.generation = ? AND e.kind IN (SELECT value FROM json_each(?))
    ORDER BY e.seq LIMIT ${MAX_EVENTS}`,
    [id, generation, JSON.stringify(kinds)],
  ).map(toEvent);
}

/** All runs' events after `seq`, oldest first. */
export function eventsAfter(connection: Connection, seq: number, limit: number): JobEvent[] {
  return connection.all<EventRow>(
    `SELECT e.*, j.id AS job_id FROM job_events e CROSS JOIN jobs j ON j.n = e.job
    WHERE e.seq > ? ORDER BY e.seq LIMIT ?`,
    [seq, limit],
  ).map(toEvent);
}

/** Up to where a follower has come; 0 for one that never was. */
export function cursor(connection: Connection, name: string): number {
  const row = connection.get<{ seq: number }>("SELECT seq FROM cursors WHERE name = ?", [name]);
  return row?.seq ?? 0;
}

export function setCursor(connection: Connection, name: string, seq: number): void {
  connection.run(
    "INSERT INTO cursors (name, seq) VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq",
    [name, seq],
  );
}

const OF_JOB = "SELECT e.*, j.id AS job_id FROM jobs j JOIN job_events e ON e.job = j.n";

/** A run that is scrubbed for ten years has a few hundred; one that waits may have thousands. */
const MAX_EVENTS = 10_000;

interface EventRow {
  readonly seq: number;
  readonly job_id: string;
  readonly at: string;
  readonly kind: string;
  readonly from_state: JobState | null;
  readonly to_state: JobState;
  readonly generation: number;
  readonly detail: string;
}

function toEvent(row: EventRow): JobEvent {
  return {
    seq: row.seq,
    jobId: row.job_id,
    at: row.at,
    kind: row.kind,
    fromState: row.from_state,
    toState: row.to_state,
    generation: row.generation,
    detail: JSON.parse(row.detail),
  };
}
