/** Writing lines of the timeline, in the transaction of the change they tell of. */
import { type Connection, nowText } from "./connection.ts";
import type { EventKind } from "./timeline.ts";
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
