/** Putting runs into the queue and finding them again. */
import { LabferryError, parseInstant, randomId } from "../base/mod.ts";
import { type Connection, nowText, type Value } from "./connection.ts";
import { appendEvent } from "./events.ts";
import { generationsOf } from "./generations.ts";
import { jobById, jobByRun, jobNumber } from "./job_lookup.ts";
import { JOB_COLUMNS, type JobRow, toJob } from "./job_row.ts";
import { jobsByNumber } from "./known_jobs.ts";
import type { JobEventDraft } from "./timeline.ts";
import { remembered } from "./remembered.ts";
import { type HeldRuns, heldRuns, runGroups, runsWhere } from "./run_groups.ts";
import { transition } from "./transitions.ts";
import {
  type Generation,
  type Hold,
  type Job,
  JOB_STATES,
  type JobChange,
  type JobState,
  type NewJob,
} from "./types.ts";

/** More than ever run at once: a page of a process's transfers. */
const MOST_RUNNING = 1_000;

export interface JobsQuery {
  readonly states?: readonly JobState[];
  readonly equipmentId?: string;
  readonly limit: number;
  /** The id of the last job of the page before. */
  readonly after?: string;
}

/** One row a run. They are moved by `JobMoves` only. */
export class Jobs {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** One row per run: a run that is there already comes back as it is. */
  enqueue(newJob: NewJob): { readonly job: Job; readonly created: boolean } {
    return this.#connection.transaction(() => {
      const known = jobByRun(this.#connection, newJob.runPath);
      if (known) return { job: known, created: false };
      const row = insert(this.#connection, newJob);
      appendEvent(this.#connection, row.n, {
        kind: newJob.cleaned ? "rebuilt" : "enqueued",
        fromState: null,
        toState: row.state,
        generation: row.generation,
      });
      return { job: toJob(row), created: true };
    });
  }

  /**
   * By id, by the beginning of an id (four characters or more), or by run path.
   * @throws {LabferryError} `ambiguous_job` when several ids begin like that.
   */
  find(ref: string): Job | null {
    const exact = jobById(this.#connection, ref) ?? jobByRun(this.#connection, ref);
    if (exact || ref.length < SHORTEST_PREFIX) return exact;
    const rows = this.#connection.all<JobRow>(
      `SELECT ${JOB_COLUMNS} FROM jobs WHERE id >= ?1 AND id < ?1 || char(0x10ffff) ORDER BY id LIMIT 2`,
      [ref],
    );
    if (rows.length > 1) {
      throw new LabferryError("ambiguous_job", `more than one job begins with "${ref}"`, {
        hint: "write more of the id, or the path of the run",
      });
    }
    return rows[0] ? toJob(rows[0]) : null;
  }

  /** Jobs whose run's folder has that name, wherever it is. Reads every row: for who asked in vain. */
  named(folder: string, limit: number): Job[] {
    return this.#connection.all<JobRow>(
      `SELECT ${JOB_COLUMNS} FROM jobs
       WHERE substr(run_path, -length(?1) - 1) IN ('/' || ?1, '\\' || ?1) ORDER BY n DESC LIMIT +?2`,
      [folder, limit],
    ).map(toJob);
  }

  /** Jobs that stand still for one reason, in no particular order. */
  held(hold: Hold, limit: number): Job[] {
    return this.#connection.all<JobRow>(`SELECT ${JOB_COLUMNS} FROM jobs WHERE hold = ? LIMIT +?`, [
      hold,
      limit,
    ])
      .map(
        toJob,
      );
  }

  /** Newest first. Reads at most `limit` rows of each state asked for, however many there are. */
  list(query: JobsQuery): Job[] {
    const { limit, equipmentId, states } = query;
    const before = query.after === undefined
      ? Number.MAX_SAFE_INTEGER
      : jobNumber(this.#connection, query.after);
    if (states === undefined && equipmentId === undefined) {
      return this.#connection.all<JobRow>(
        NEWEST,
        [before, limit],
      ).map(toJob);
    }
    const [where, values]: [string, Value[]] = equipmentId === undefined
      ? ["state = +?", []]
      : ["equipment_id = ? AND state = +?", [equipmentId]];
    // Numbers first, from the index alone: a row is wide, and most of these are not shown.
    const numbers = [...new Set(states ?? JOB_STATES)]
      .flatMap((state) =>
        this.#connection.all<{ n: number }>(
          `SELECT n FROM jobs WHERE ${where} AND n < ? ORDER BY n DESC LIMIT +?`,
          [...values, state, before, limit],
        )
      )
      .map(({ n }) => n)
      .sort((a, b) => b - a)
      .slice(0, limit);
    return jobsByNumber(this.#connection, numbers);
  }

  counts(): Record<JobState, number> {
    const counts = new Map<JobState, number>();
    for (const { state, runs } of runGroups(this.#connection)) {
      counts.set(state, (counts.get(state) ?? 0) + runs);
    }
    return filled(JOB_STATES, counts);
  }

  /** Of those that claim to be proven nowhere, how many something holds up, its row or `outside`. */
  heldRuns(outside: (equipmentId: string) => Hold | null): HeldRuns[] {
    return heldRuns(this.#connection, outside);
  }

  /** Cleaned runs that a queue made anew took over from their records: no pass has seen their copy. */
  unprovenCount(): number {
    return runsWhere(
      this.#connection,
      ({ state, verifyPasses, alarmed }) =>
        state === "cleaned" && verifyPasses === 0 && alarmed === 0,
    );
  }

  /** Jobs of an equipment that lead to another place than this, of each place the oldest first: a page. */
  ledElsewhere(
    { equipmentId, address, limit, isThere = false }: {
      readonly equipmentId: string;
      readonly address: string;
      readonly limit: number;
      /** Only those of which something may be at that other place. @default false */
      readonly isThere?: boolean;
    },
  ): Job[] {
    const found: Job[] = [];
    for (let place = this.#placeAfter(equipmentId, ""); place !== null;) {
      if (place !== address) {
        const values = [equipmentId, place, Number(isThere), limit - found.length];
        found.push(...this.#connection.all<JobRow>(LED_TO, values).map(toJob));
      }
      if (found.length >= limit) break;
      place = this.#placeAfter(equipmentId, place);
    }
    return found;
  }

  /** From one place to the next, never over the jobs in between. */
  #placeAfter(equipmentId: string, place: string): string | null {
    return this.#connection.get<{ place: string | null }>(PLACE_AFTER, [equipmentId, place])!.place;
  }

  /** Runs of which a person keeps the local copy, newest first. */
  pinned(limit: number): Job[] {
    return this.#connection.all<JobRow>(PINNED, [limit]).map(toJob);
  }

  /** Runs whose far copy is damaged and whose local one is gone. */
  alarmedCount(): number {
    return runsWhere(this.#connection, ({ alarmed }) => alarmed === 1);
  }

  /** Runs of these equipment that a pass has proven at a staging area, and nobody at the NAS. */
  handedOverCount(equipmentIds: readonly string[]): number {
    const ids = JSON.stringify(equipmentIds);
    return remembered(
      this.#connection,
      `handed over ${ids}`,
      () => this.#connection.get<{ jobs: number }>(HANDED_OVER, [ids])!.jobs,
    );
  }

  byId(id: string): Job | null {
    return jobById(this.#connection, id);
  }

  /** True when a run of the equipment goes there, or is sent there ahead. It reads all jobs of the equipment. */
  hasFarDir(equipmentId: string, farDir: string): boolean {
    return this.#connection.get(
      `SELECT 1 FROM jobs WHERE equipment_id = ?1 AND far_dir = ?2
        UNION ALL SELECT 1 FROM ahead_runs WHERE equipment_id = ?1 AND far_dir = ?2 LIMIT 1`,
      [equipmentId, farDir],
    ) !== undefined;
  }

  byRun(runPath: string): Job | null {
    return jobByRun(this.#connection, runPath);
  }

  /** What a stop, a crash or a lost step left `running`. */
  running(): Job[] {
    return this.list({ states: ["running"], limit: MOST_RUNNING });
  }

  generations(jobId: string): Generation[] {
    return generationsOf(this.#connection, jobId);
  }

  /** Runs of which proven files were replaced since then, without a person's word. */
  replacedSince(at: string, { besides }: { readonly besides: string }): number {
    return this.#connection.get<{ runs: number }>(
      `SELECT count(DISTINCT g.job) AS runs FROM generations g JOIN jobs j ON j.n = g.job
        WHERE g.sealed_at > ? AND j.id <> ? AND g.evidence ->> 'replaced_unasked' > 0`,
      [at, besides],
    )!.runs;
  }

  /** Null when the job has moved since `job` was read; then nothing was written. */
  transition(
    job: Pick<Job, "id" | "state" | "generation" | "hold">,
    step: { readonly change: JobChange; readonly event: JobEventDraft },
  ): Job | null {
    return transition(this.#connection, job, step);
  }
}

const NEWEST = `SELECT ${JOB_COLUMNS} FROM jobs WHERE n < ? ORDER BY n DESC LIMIT +?`;

export const PLACE_AFTER = `SELECT min(destination) AS place FROM jobs
  INDEXED BY jobs_by_destination WHERE equipment_id = ? AND destination > ?`;
export const LED_TO = `SELECT ${JOB_COLUMNS} FROM jobs INDEXED BY jobs_by_destination
  WHERE equipment_id = ? AND destination = ?
    AND (?3 = 0 OR prepared_generation > 0 OR state = 'cleaned') ORDER BY n LIMIT +?4`;
export const PINNED = `SELECT ${JOB_COLUMNS} FROM jobs INDEXED BY jobs_pinned WHERE pinned = 1
  ORDER BY n DESC LIMIT +?`;

const HANDED_OVER = `SELECT count(*) AS jobs FROM jobs
  WHERE state IN ('verified', 'cleanup_eligible')
    AND equipment_id IN (SELECT value FROM json_each(?))
    AND NOT EXISTS (SELECT 1 FROM job_events e WHERE e.job = jobs.n AND e.kind = 'on_nas'
      AND e.generation = jobs.generation)`;

const SHORTEST_PREFIX = 4;

function insert(connection: Connection, newJob: NewJob): JobRow {
  const { cleaned } = newJob;
  return connection.get<JobRow>(
    `INSERT INTO jobs (id, run_path, equipment_id, destination, destination_uuid, far_dir, state,
      hold, hold_reason, generation, files, bytes, attempts, resent, prepared_generation,
      verify_passes, enqueued_ms, next_attempt_at, deletion_started_at, pinned, updated_at,
      data_dir, members)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, 0, 0, 0, 0, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
    [
      randomId(),
      newJob.runPath,
      newJob.equipmentId,
      newJob.destination,
      newJob.destinationUuid ?? null,
      newJob.farDir,
      cleaned ? "cleaned" : "queued",
      newJob.hold?.hold ?? null,
      newJob.hold?.reason ?? null,
      newJob.files ?? 0,
      newJob.bytes ?? 0,
      enqueuedMs(connection, newJob.enqueuedAt),
      cleaned?.scrubDueAt ?? null,
      cleaned?.deletionStartedAt ?? null,
      Number(newJob.pinned ?? false),
      nowText(connection),
      newJob.data?.dir ?? null,
      newJob.data ? JSON.stringify(newJob.data.members) : null,
    ],
  )!;
}

function enqueuedMs(connection: Connection, enqueuedAt: string | undefined): number {
  if (enqueuedAt === undefined) return connection.clock.now().getTime();
  const instant = parseInstant(enqueuedAt);
  if (!instant) throw new RangeError(`enqueuedAt is not an instant: "${enqueuedAt}"`);
  return instant.getTime();
}

function filled<Key extends string>(
  keys: readonly Key[],
  counts: ReadonlyMap<Key, number>,
): Record<Key, number> {
  return Object.fromEntries(keys.map((key) => [key, counts.get(key) ?? 0])) as Record<Key, number>;
}
