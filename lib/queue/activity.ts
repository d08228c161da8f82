/**
 * What happened to all runs, newest first, a page at a time. A filter that fits little looks at so many
 * events and no more, says where it stopped, and goes on from there; meanwhile others have the thread.
 */
import { turn } from "../base/mod.ts";
import type { Connection } from "./connection.ts";
import { jobNumber } from "./job_lookup.ts";
import { type EventRow, toEvent } from "./timelines.ts";
import type { JobEvent } from "./timeline.ts";

export interface ActivityAsked {
  /** Before this event. @default the newest is the first */
  readonly beforeSeq?: number;
  readonly limit: number;
  readonly jobId?: string;
  readonly equipmentId?: string;
  readonly kinds?: readonly string[];
  /** At or after this instant, and before the other; as `Date.toISOString()` writes them. */
  readonly from?: string;
  readonly until?: string;
}

/** An event with the run that it happened to. */
export interface RunEvent extends JobEvent {
  readonly runPath: string;
  readonly equipmentId: string;
}

export interface ActivityPage {
  readonly events: readonly RunEvent[];
  /** Before which event the next page begins; null at the beginning of all. */
  readonly next: number | null;
}

/** Events looked at in one go, and for one question: some milliseconds, and a tenth of a second. */
const STRETCH = 1_000;
const MOST_LOOKED_AT = 50_000;

interface ActivityRow extends EventRow {
  readonly run_path: string;
  readonly equipment_id: string;
}

/** `?1` … are the bounds of a stretch, `?3` the job or 0, then the filters, `?8` the limit. */
const PAGE = `SELECT e.*, j.id AS job_id, j.run_path, j.equipment_id
  FROM job_events e CROSS JOIN jobs j ON j.n = e.job
  WHERE e.seq < ?1 AND e.seq >= ?2 AND (?3 = 0 OR e.job = ?3)
    AND (?4 = '' OR j.equipment_id = ?4)
    AND (?5 = '[]' OR e.kind IN (SELECT value FROM json_each(?5)))
    AND e.at >= ?6 AND (?7 = '' OR e.at < ?7)
  ORDER BY e.seq DESC LIMIT +?8`;
/** The lowest number of a stretch, and how many events it has. */
const OF_ALL = `SELECT min(seq) AS low, count(*) AS events FROM (SELECT seq FROM job_events
  WHERE seq < ?1 ORDER BY seq DESC LIMIT ${STRETCH})`;
const OF_JOB = `SELECT min(seq) AS low, count(*) AS events FROM (SELECT seq FROM job_events
  WHERE job = ?2 AND seq < ?1 ORDER BY seq DESC LIMIT ${STRETCH})`;

/** The timeline of everything. */
export class Activity {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @throws LabferryError `unknown_job` */
  async page(asked: ActivityAsked): Promise<ActivityPage> {
    const { limit, jobId } = asked;
    const job = jobId === undefined ? 0 : jobNumber(this.#connection, jobId);
    const found: RunEvent[] = [];
    let before = asked.beforeSeq ?? Number.MAX_SAFE_INTEGER;
    for (let looked = 0; looked < MOST_LOOKED_AT;) {
      const { low, events } = this.#stretch(before, job);
      if (low === null) return { events: found, next: null };
      const values = [before, low, job, ...filters(asked), limit - found.length + 1];
      found.push(...this.#connection.all<ActivityRow>(PAGE, values).map(toRunEvent));
      if (found.length > limit) {
        const shown = found.slice(0, limit);
        return { events: shown, next: shown.at(-1)!.seq };
      }
      looked += events;
      before = low;
      await turn();
    }
    return { events: found, next: before };
  }

  /** The newest event's number; 0 before the first. */
  head(): number {
    return this.#connection.get<{ seq: number | null }>("SELECT max(seq) AS seq FROM job_events")!
      .seq ?? 0;
  }

  #stretch(before: number, job: number): Stretch {
    return job === 0
      ? this.#connection.get<Stretch>(OF_ALL, [before])!
      : this.#connection.get<Stretch>(OF_JOB, [before, job])!;
  }
}

function filters({ equipmentId = "", kinds = [], from = "", until = "" }: ActivityAsked): string[] {
  return [equipmentId, JSON.stringify(kinds), from, until];
}

interface Stretch {
  readonly low: number | null;
  readonly events: number;
}

function toRunEvent(row: ActivityRow): RunEvent {
  return { ...toEvent(row), runPath: row.run_path, equipmentId: row.equipment_id };
}
