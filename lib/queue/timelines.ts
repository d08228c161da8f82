/**
 * The timeline of every run. Events are appended in the transaction of the change they tell of, and
 * numbered in the order of the commits, so a reader that follows by a cursor misses none.
 */
import type { Connection } from "./connection.ts";
import { jobById } from "./job_lookup.ts";
import type { EventKind, JobEvent, JobEventDraft } from "./timeline.ts";
import { transition } from "./transitions.ts";
import type { Job, JobState } from "./types.ts";

/** What happened to the runs, line by line; nothing of it is ever changed. */
export class Timelines {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Adds an event that moves nothing. Null when there is no such job. */
  note(jobId: string, event: JobEventDraft): Job | null {
    return this.#connection.transaction(() => {
      const job = jobById(this.#connection, jobId);
      return job && transition(this.#connection, job, { change: {}, event });
    });
  }

  /**
   * One run's timeline, oldest first: the next `limit` entries after `afterSeq`, or without it the
   * last `limit`.
   */
  of(
    jobId: string,
    options: { readonly afterSeq?: number; readonly limit?: number } = {},
  ): JobEvent[] {
    const { afterSeq, limit = MAX_EVENTS } = options;
    if (afterSeq === undefined) {
      return this.#connection.all<EventRow>(
        `${OF_JOB} WHERE j.id = ? ORDER BY e.seq DESC LIMIT +?`,
        [jobId, limit],
      ).reverse().map(toEvent);
    }
    return this.#connection.all<EventRow>(
      `${OF_JOB} WHERE j.id = ? AND e.seq > ? ORDER BY e.seq LIMIT +?`,
      [jobId, afterSeq, limit],
    ).map(toEvent);
  }

  /** The last event of a run that is one of `kinds`; null when there is none. */
  last(jobId: string, kinds: readonly EventKind[]): JobEvent | null {
    const row = this.#connection.get<EventRow>(
      `${OF_JOB} WHERE j.id = ? AND e.kind IN (SELECT value FROM json_each(?))
      ORDER BY e.seq DESC LIMIT 1`,
      [jobId, JSON.stringify(kinds)],
    );
    return row ? toEvent(row) : null;
  }

  /** A run's events of its present generation that are one of `kinds`, oldest first. */
  ofGeneration(
    { id, generation }: { readonly id: string; readonly generation: number },
    kinds: readonly EventKind[],
  ): JobEvent[] {
    return this.#connection.all<EventRow>(
      `${OF_JOB} WHERE j.id = ? AND e.generation = ? AND e.kind IN (SELECT value FROM json_each(?))
      ORDER BY e.seq LIMIT ${MAX_EVENTS}`,
      [id, generation, JSON.stringify(kinds)],
    ).map(toEvent);
  }

  /** All runs' events after `seq`, oldest first, and on the disk: a follower may write of them. */
  after(seq: number, limit: number): JobEvent[] {
    this.#connection.flush();
    return this.heard(seq, limit);
  }

  /** The same for whoever counts and keeps nothing: a power cut may take them back, and nothing is written. */
  heard(seq: number, limit: number): JobEvent[] {
    return this.#connection.all<EventRow>(
      `SELECT e.*, j.id AS job_id FROM job_events e CROSS JOIN jobs j ON j.n = e.job
      WHERE e.seq > ? ORDER BY e.seq LIMIT +?`,
      [seq, limit],
    ).map(toEvent);
  }

  /** Up to where a follower has come; 0 for one that never was. */
  cursor(name: string): number {
    const row = this.#connection.get<{ seq: number }>("SELECT seq FROM cursors WHERE name = ?", [
      name,
    ]);
    return row?.seq ?? 0;
  }

  /** A power cut may take it back: a follower that reads events twice is none the worse. */
  setCursor(name: string, seq: number): void {
    const sql =
      "INSERT INTO cursors (name, seq) VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq";
    this.#connection.transaction(() => this.#connection.run(sql, [name, seq]), { flush: false });
  }
}

const OF_JOB = "SELECT e.*, j.id AS job_id FROM jobs j JOIN job_events e ON e.job = j.n";

/** A run that is scrubbed for ten years has a few hundred; one that waits may have thousands. */
const MAX_EVENTS = 10_000;

export interface EventRow {
  readonly seq: number;
  readonly job_id: string;
  readonly at: string;
  readonly kind: string;
  readonly from_state: JobState | null;
  readonly to_state: JobState;
  readonly generation: number;
  readonly detail: string;
}

export function toEvent(row: EventRow): JobEvent {
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
