/**
 * How much came, went and waited over time: what pictures of the last day and the last weeks are drawn
 * from. Each answer reads one stretch of one index, so that ten years of runs cost nothing; what may be
 * long is read in slices, and others have the thread in between.
 */
import { turn } from "../base/mod.ts";
import type { Connection } from "./connection.ts";
import { OUTCOME, type RunOutcome } from "./run_groups.ts";
import type { JobState } from "./types.ts";

/** From an instant on, and before another; milliseconds since 1970. */
export interface Stretch {
  readonly fromMs: number;
  readonly beforeMs: number;
}

/** A run went from one state to another. */
export interface Move {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  /** Null for a run that was new. */
  readonly fromState: JobState | null;
  readonly toState: JobState;
  /** The run's number in this queue. */
  readonly job: number;
  /** What a push brought over; null for every other move. */
  readonly bytes: number | null;
}

const SLICE = 1_000;

export const SEALED = `SELECT ifnull(sum(bytes), 0) AS bytes FROM generations
  INDEXED BY generations_by_time WHERE sealed_at >= ? AND sealed_at < ? AND generation = 1`;

export const CAME = `SELECT ${OUTCOME} AS outcome, count(*) AS runs FROM jobs
  INDEXED BY jobs_list_newest WHERE enqueued_ms >= ? AND enqueued_ms < ? GROUP BY outcome`;

const IS_MOVE = "(from_state IS NULL OR from_state <> to_state)";

export const MOVES = `SELECT seq, at, kind, from_state AS fromState, to_state AS toState, job,
    iif(kind = 'pushed' AND json_type(detail, '$.bytes') = 'integer', detail ->> '$.bytes', NULL) AS bytes
  FROM job_events INDEXED BY job_moves_by_time
  WHERE ${IS_MOVE} AND (at, seq) > (?, ?) AND at < ? ORDER BY at, seq LIMIT ${SLICE}`;

/**
 * Only of runs that were never safe before: whoever is sent to another place is not new. Not of
 * equipment whose runs are handed over: their pass says nothing of when they came to the NAS.
 */
export const SAFE_AFTER = `SELECT e.seq AS seq, e.at AS at, j.enqueued_ms AS enqueuedMs
  FROM job_events e INDEXED BY job_moves_by_time CROSS JOIN jobs j ON j.n = e.job
  WHERE (e.from_state IS NULL OR e.from_state <> e.to_state) AND (e.at, e.seq) > (?, ?) AND e.at < ?
    AND j.equipment_id NOT IN (SELECT value FROM json_each(?))
    AND e.kind = 'verified' AND e.generation = 1
    AND NOT EXISTS (SELECT 1 FROM job_events f
      WHERE f.job = e.job AND f.kind = 'verified' AND f.seq < e.seq)
  ORDER BY e.at, e.seq LIMIT ${SLICE}`;

export const CLAIMED_AT = `SELECT at FROM job_events
  WHERE job = ? AND kind = 'claimed' AND seq < ? ORDER BY seq DESC LIMIT 1`;

export class Pace {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Bytes of the runs that were sealed for the first time. */
  sealedBytes(stretch: Stretch): number {
    return this.#connection.get<{ bytes: number }>(SEALED, texts(stretch))!.bytes;
  }

  /** Runs that came, by what they come to now; those that were handed over count as safe. */
  came({ fromMs, beforeMs }: Stretch): ReadonlyMap<RunOutcome, number> {
    return new Map(
      this.#connection.all<{ outcome: RunOutcome; runs: number }>(CAME, [fromMs, beforeMs])
        .map(({ outcome, runs }) => [outcome, runs]),
    );
  }

  /** Oldest first. */
  async moves(stretch: Stretch): Promise<Move[]> {
    return await this.#inSlices<Move>(MOVES, stretch);
  }

  /** For each run that became safe for the first time: how many seconds after it came. */
  async secondsToSafe(
    stretch: Stretch,
    stagedEquipment: readonly string[] = [],
  ): Promise<number[]> {
    const more = [JSON.stringify(stagedEquipment)];
    const found = await this.#inSlices<Became>(SAFE_AFTER, { ...stretch, more });
    return found.map(({ at, enqueuedMs }) => Math.max(0, (Date.parse(at) - enqueuedMs) / 1_000));
  }

  /** When the work that a push was part of began; null for a run without a beginning. */
  claimedAt({ job, seq }: Pick<Move, "job" | "seq">): string | null {
    return this.#connection.get<{ at: string }>(CLAIMED_AT, [job, seq])?.at ?? null;
  }

  async #inSlices<Row extends { readonly seq: number; readonly at: string }>(
    sql: string,
    { more = [], ...stretch }: Stretch & { readonly more?: readonly string[] },
  ): Promise<Row[]> {
    const [from, before] = texts(stretch);
    const found: Row[] = [];
    let last = { at: from, seq: 0 };
    while (true) {
      const slice = this.#connection.all<Row>(sql, [last.at, last.seq, before, ...more]);
      found.push(...slice);
      if (slice.length < SLICE) return found;
      last = slice.at(-1)!;
      await turn();
    }
  }
}

interface Became {
  readonly seq: number;
  readonly at: string;
  readonly enqueuedMs: number;
}

function texts({ fromMs, beforeMs }: Stretch): [string, string] {
  return [new Date(fromMs).toISOString(), new Date(beforeMs).toISOString()];
}
