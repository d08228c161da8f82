/**
 * Which job is next. Every question is answered by the head of a partial index, so it costs the same
 * among a thousand jobs and among a million; each equipment costs one or two look-ups.
 */
import { type Connection, nowText } from "./connection.ts";
import { JOB_BY_NUMBER, JOB_COLUMNS, type JobRow, toJob } from "./job_row.ts";
import { pausedScopes } from "./pauses.ts";
import type { Job, JobState } from "./types.ts";

/** From here on (10 GiB) a run counts as huge; the schema's `huge` column has the same number. */
export const HUGE_BYTES = 10 * 1024 ** 3;

/** No retry waits longer: the longest step of `jobs/backoff.ts` is two hours and a fifth. */
export const LONGEST_RETRY_WAIT_MS = 3 * 60 * 60 * 1000;
/** No later pass and no scrub is planned further ahead. */
const LONGEST_PASS_WAIT_MS = 400 * 24 * 60 * 60 * 1000;

export interface ClaimRequest {
  /** The equipment that may start a transfer now. */
  readonly equipment: readonly string[];
  /** False keeps the last free place for small runs while another huge one is under way. */
  readonly hugeAllowed: boolean;
}

/** Who is next; asking changes no state. */
export class Claims {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Takes the next due job and makes it `running`; null when there is none. Small runs overtake bigger
   * ones by a second for every 10 MB, an hour at most (`claim_order` in the schema). Equipment that is
   * paused has none.
   */
  ready(request: ClaimRequest): Job | null {
    return this.#connection.transaction(() => {
      promote(this.#connection, "queued");
      const heads = unpaused(this.#connection, request.equipment).flatMap((equipmentId) =>
        (request.hugeAllowed ? [0, 1] : [0]).flatMap((huge) =>
          this.#connection.all<Head>(READY_HEAD, [equipmentId, huge])
        )
      );
      const first = heads.sort(byClaimOrder)[0];
      return first ? toJob(this.#connection.get<JobRow>(JOB_BY_NUMBER, [first.n])!) : null;
    });
  }

  /** The next job that waits for its pass and is not among `busy`. It changes no state. */
  toVerify(
    request: { readonly equipment: readonly string[]; readonly busy?: ReadonlySet<string> },
  ): Job | null {
    const busy = request.busy ?? new Set();
    return this.#connection.transaction(() => {
      promote(this.#connection, "awaiting_verify");
      const heads = unpaused(this.#connection, request.equipment).flatMap((equipmentId) =>
        this.#connection.all<JobRow & Head>(VERIFY_HEADS, [equipmentId, busy.size + 1])
      );
      const first = heads.filter((row) => !busy.has(row.id)).sort(byClaimOrder)[0];
      return first ? toJob(first) : null;
    });
  }

  /**
   * Jobs of one state whose `nextAttemptAt` has come, longest due first: later passes, scrubs. One that
   * a wrong clock put further ahead than anything waits is due as well.
   */
  due({ state, limit }: { readonly state: JobState; readonly limit: number }): Job[] {
    const due = this.#connection.all<JobRow>(DUE, [state, nowText(this.#connection), limit]);
    const left = limit - due.length;
    const ahead = left > 0
      ? this.#connection.all<JobRow>(AHEAD, [state, horizon(this.#connection, state), left])
      : [];
    return [...due, ...ahead].map(toJob);
  }

  /** Proven jobs of these equipment for which no later pass is planned yet, in no particular order. */
  unplanned(
    { equipment, limit }: { readonly equipment: readonly string[]; readonly limit: number },
  ): Job[] {
    const found: Job[] = [];
    for (const state of ["verified", "cleaned"] as const) {
      for (const equipmentId of equipment) {
        const left = limit - found.length;
        if (left === 0) return found;
        const rows = this.#connection.all<JobRow>(UNPLANNED, [state, equipmentId, left]);
        found.push(...rows.map(toJob));
      }
    }
    return found;
  }

  /**
   * Proven jobs that were moved last by a clock ahead of this one, or whose plan is for a time after
   * `latest`, in no particular order: what is planned for them was planned from there. All jobs are looked
   * through.
   */
  movedAhead({ latest, limit }: { readonly latest: Date; readonly limit: number }): Job[] {
    const values = [nowText(this.#connection), latest.toISOString(), limit];
    return this.#connection.all<JobRow>(MOVED_AHEAD, values).map(toJob);
  }

  /** Proven jobs whose next pass was due before `since`: how many, and the longest due. */
  overdue(since: Date): { readonly jobs: number; readonly oldestAt: string | null } {
    const all = (["verified", "cleaned"] as const).map((state) =>
      this.#connection.get<{ jobs: number; oldest: string | null }>(OVERDUE, [
        state,
        since.toISOString(),
      ])!
    );
    const oldest = all.flatMap(({ oldest }) => oldest === null ? [] : [oldest]).sort();
    return { jobs: all.reduce((sum, { jobs }) => sum + jobs, 0), oldestAt: oldest[0] ?? null };
  }

  /**
   * Proven jobs that nobody keeps or holds, the longest proven first, after `after`. Whether one may go is
   * for the interlocks to say.
   */
  deletable(
    { provenBefore, limit, after }: {
      readonly provenBefore: Date;
      readonly limit: number;
      /** The last of the page before. */
      readonly after?: Pick<Job, "verifiedAt" | "id"> | undefined;
    },
  ): Job[] {
    const { verifiedAt, id } = after ?? { verifiedAt: "", id: "" };
    const values = [verifiedAt ?? "", id, provenBefore.toISOString(), limit];
    return this.#connection.all<JobRow>(DELETABLE, values).map(toJob);
  }

  /** The earliest `nextAttemptAt` among jobs that are not held; null when nothing waits for a time. */
  nextDueAt(states: readonly JobState[] = STATES_WITH_DUE): string | null {
    const times = states.map((state) => {
      const isAhead =
        this.#connection.get(IS_AHEAD, [state, horizon(this.#connection, state)]) !== undefined;
      if (isAhead) return nowText(this.#connection);
      return this.#connection.get<{ at: string | null }>(NEXT_DUE, [state])!.at;
    });
    return times.reduce((a, b) => a === null || (b !== null && b < a) ? b : a, null);
  }
}

/** The queries, exported for the test that looks at their plans. */
export const PROMOTE = (state: "queued" | "awaiting_verify"): string =>
  `UPDATE jobs SET next_attempt_at = NULL
  WHERE state = '${state}' AND hold IS NULL AND next_attempt_at <= ?`;
export const READY_HEAD = `SELECT n, claim_order FROM jobs
  WHERE state = 'queued' AND hold IS NULL AND next_attempt_at IS NULL
    AND equipment_id = ? AND huge = ? ORDER BY claim_order LIMIT 1`;
export const VERIFY_HEADS = `SELECT ${JOB_COLUMNS} FROM jobs
  WHERE state = 'awaiting_verify' AND hold IS NULL AND next_attempt_at IS NULL
    AND equipment_id = ? ORDER BY claim_order LIMIT +?`;
export const DUE = `SELECT ${JOB_COLUMNS} FROM jobs
  WHERE state = +? AND hold IS NULL AND next_attempt_at <= ? ORDER BY next_attempt_at LIMIT +?`;
/** Due at a time that nothing of ours waits for: written while the clock was wrong. */
export const AHEAD = `SELECT ${JOB_COLUMNS} FROM jobs
  WHERE state = +? AND hold IS NULL AND next_attempt_at > ? ORDER BY next_attempt_at LIMIT +?`;
/** Asked at each round of every service: a row of all columns costs four times as much. */
export const IS_AHEAD = `SELECT 1 FROM jobs
  WHERE state = +? AND hold IS NULL AND next_attempt_at > ? LIMIT 1`;
export const PROMOTE_AHEAD = (state: "queued" | "awaiting_verify"): string =>
  `UPDATE jobs SET next_attempt_at = NULL
  WHERE state = '${state}' AND hold IS NULL AND next_attempt_at > ?`;
export const NEXT_DUE = `SELECT min(next_attempt_at) AS at FROM jobs
  WHERE state = +? AND hold IS NULL AND next_attempt_at IS NOT NULL`;

export const OVERDUE = `SELECT count(*) AS jobs, min(next_attempt_at) AS oldest FROM jobs
  WHERE state = +? AND hold IS NULL AND next_attempt_at <= ?`;
// Named, because without statistics an index of more columns looks better than the one in order.
export const UNPLANNED = `SELECT ${JOB_COLUMNS} FROM jobs INDEXED BY jobs_unplanned
  WHERE state = ? AND equipment_id = ? AND hold IS NULL AND next_attempt_at IS NULL
    AND sealed_at IS NOT NULL LIMIT +?`;
export const MOVED_AHEAD = `SELECT ${JOB_COLUMNS} FROM jobs
  WHERE state IN ('verified', 'cleaned') AND (updated_at > ? OR next_attempt_at > ?)
    AND sealed_at IS NOT NULL LIMIT +?`;
export const DELETABLE = `SELECT ${JOB_COLUMNS} FROM jobs INDEXED BY jobs_deletable
  WHERE state = 'verified' AND pinned = 0 AND hold IS NULL
    AND (verified_at, id) > (?, ?) AND verified_at <= ? ORDER BY verified_at, id LIMIT +?`;

const STATES_WITH_DUE: readonly JobState[] = [
  "queued",
  "awaiting_verify",
  "verified",
  "cleanup_eligible",
  "cleaned",
];

interface Head {
  readonly n: number;
  readonly claim_order: number;
}

function byClaimOrder(a: Head, b: Head): number {
  return a.claim_order - b.claim_order || a.n - b.n;
}

/** Brings jobs whose waiting is over into the index that claims read. */
function promote(connection: Connection, state: "queued" | "awaiting_verify"): void {
  connection.run(PROMOTE(state), [nowText(connection)]);
  connection.run(PROMOTE_AHEAD(state), [horizon(connection, state)]);
}

/**
 * The last instant that a due of today may name. A PC whose clock stood ten years ahead, and was put
 * right, must not wait for ten years: a later due is taken for now.
 */
function horizon(connection: Connection, state: JobState): string {
  const waitMs = state === "queued" || state === "awaiting_verify"
    ? LONGEST_RETRY_WAIT_MS
    : LONGEST_PASS_WAIT_MS;
  return new Date(connection.clock.now().getTime() + waitMs).toISOString();
}

function unpaused(connection: Connection, equipment: readonly string[]): string[] {
  const paused = pausedScopes(connection);
  return paused.has("*") ? [] : equipment.filter((id) => !paused.has(id));
}
