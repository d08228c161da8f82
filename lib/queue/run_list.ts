/**
 * The list of runs as people look through it: filtered, searched, in one of four orders, a page at a
 * time. A page is found by the last run of the one before, so that the thousandth costs what the first
 * does, and runs that come in between shift nothing.
 */
import type { Connection, Value } from "./connection.ts";
import { jobsByNumber } from "./known_jobs.ts";
import { remembered, runsVersion } from "./remembered.ts";
import { OUTCOME, type RunGroup, runGroups, type RunOutcome, runsWhere } from "./run_groups.ts";
import { type TalliedRuns, tallyRuns } from "./tally.ts";
import type { Hold, Job, JobState } from "./types.ts";

export interface RunFilter {
  readonly outcome?: RunOutcome;
  /** Whose runs are only handed over until the orchestrator says that they are on the NAS. */
  readonly stagedEquipment?: readonly string[];
  readonly states?: readonly JobState[];
  readonly equipmentId?: string;
  /** The folders above `Runs`, whole. */
  readonly project?: string;
  /** Part of the path below the destination's base; ASCII letters in either case. */
  readonly search?: string;
  /** Enqueued at or after this instant, and before the other; milliseconds since 1970. */
  readonly fromMs?: number;
  readonly beforeMs?: number;
}

/** By which column, and whether from its end. */
const ORDERS = {
  newest: { column: "enqueued_ms", index: "jobs_list_newest", backward: true },
  oldest: { column: "enqueued_ms", index: "jobs_list_newest", backward: false },
  largest: { column: "bytes", index: "jobs_list_largest", backward: true },
  name: { column: "far_dir", index: "jobs_list_name", backward: false },
} as const;
export type RunOrder = keyof typeof ORDERS;
export const RUN_ORDERS = Object.keys(ORDERS) as readonly RunOrder[];

export function isRunOrder(text: string): text is RunOrder {
  return Object.hasOwn(ORDERS, text);
}

/** Where a page ends: the value of its order's column, and the row's number. */
export interface RunCursor {
  readonly key: string | number;
  readonly n: number;
}

export interface RunsAsked {
  readonly filter?: RunFilter;
  /** @default newest */
  readonly order?: RunOrder;
  readonly limit: number;
  /** Behind this run, or before it: then the page ends there. */
  readonly after?: RunCursor;
  readonly before?: RunCursor;
}

export interface RunPage {
  readonly jobs: readonly Job[];
  /** Of the first and the last run; null where there is nothing further in that direction. */
  readonly previous: RunCursor | null;
  readonly next: RunCursor | null;
}

interface Found {
  readonly n: number;
  readonly key: string | number;
}

export class RunList {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  page(asked: RunsAsked): RunPage {
    const { limit, after, before } = asked;
    const { sql, values } = pageSql(asked);
    const all = [...values, limit + 1];
    // A filter that fits little goes through the whole index; what it found holds until a run moves.
    const found = remembered(
      this.#connection,
      JSON.stringify([sql, all]),
      () => this.#connection.all<Found>(sql, all),
    );
    const isMore = found.length > limit;
    const shown = found.slice(0, limit);
    if (before) shown.reverse();
    const hasPrevious = before ? isMore : after !== undefined;
    const hasNext = before ? true : isMore;
    return {
      jobs: jobsByNumber(this.#connection, shown.map(({ n }) => n)),
      previous: hasPrevious ? cursorOf(shown[0]) : null,
      next: hasNext ? cursorOf(shown.at(-1)) : null,
    };
  }

  /** Another after every change of a run: what was read of all runs before it may be otherwise. */
  version(): string {
    return runsVersion(this.#connection);
  }

  /** Sums over all runs, for whoever watches from outside. */
  tally(stagedEquipment: readonly string[] = []): Promise<TalliedRuns[]> {
    return tallyRuns(this.#connection, stagedEquipment);
  }

  /** How many runs fit: a sum over their kinds where those say enough, else from an index alone. */
  count(filter: RunFilter = {}): number {
    const { where, values } = conditions(filter);
    if (isByKind(filter)) return runsWhere(this.#connection, (group) => fitsKind(filter, group));
    const sql = `SELECT count(*) AS runs FROM jobs INDEXED BY jobs_list_newest WHERE ${where}`;
    return remembered(
      this.#connection,
      JSON.stringify([sql, values]),
      () => this.#connection.get<{ runs: number }>(sql, values)!.runs,
    );
  }

  /** Runs by what they come to and by equipment; those that were handed over count as safe. */
  outcomes(): { outcome: RunOutcome; equipmentId: string; hold: Hold | null; runs: number }[] {
    const sums = new Map<string, ReturnType<RunList["outcomes"]>[number]>();
    for (const { outcome, equipmentId, hold, runs } of runGroups(this.#connection)) {
      const key = JSON.stringify([outcome, equipmentId, hold]);
      const known = sums.get(key)?.runs ?? 0;
      sums.set(key, { outcome, equipmentId, hold, runs: known + runs });
    }
    return [...sums].sort(([a], [b]) => a < b ? -1 : 1).map(([, sum]) => sum);
  }

  /** Projects by name, at most `limit`: one look-up for each, however many runs it has. */
  projects(limit: number): readonly string[] {
    return remembered(
      this.#connection,
      `projects ${limit}`,
      () =>
        this.#connection.all<{ project: string | null }>(PROJECTS, [limit + 1])
          .flatMap(({ project }) => project === null || project === "" ? [] : [project])
          .slice(0, limit),
    );
  }

  /** When the safe run, or of those the cleaned one, that was compared longest ago was; null for none. */
  provenSince(state: "any" | "cleaned" = "any"): string | null {
    const sql = state === "any" ? PROVEN_SINCE : SCRUBBED_SINCE;
    return remembered(
      this.#connection,
      sql,
      () => this.#connection.get<{ at: string }>(sql)?.at ?? null,
    );
  }
}

function cursorOf(found: Found | undefined): RunCursor | null {
  return found ? { key: found.key, n: found.n } : null;
}

/** The statement without its limit's value, which comes last. */
export function pageSql(
  { filter = {}, order = "newest", after, before }: Omit<RunsAsked, "limit">,
): { readonly sql: string; readonly values: readonly Value[] } {
  const { column, index, backward } = ORDERS[order];
  const { where, values } = conditions(filter);
  // A page before a run is read against the order, from that run on.
  const descending = backward !== (before !== undefined);
  const cursor = before ?? after;
  const behind = cursor ? ` AND (${column}, n) ${descending ? "<" : ">"} (?, ?)` : "";
  const direction = descending ? "DESC" : "ASC";
  return {
    sql: `SELECT n, ${column} AS key FROM jobs INDEXED BY ${index} WHERE ${where}${behind}
      ORDER BY ${column} ${direction}, n ${direction} LIMIT +?`,
    values: [...values, ...(cursor ? [cursor.key, cursor.n] : [])],
  };
}

function conditions(filter: RunFilter): { where: string; values: Value[] } {
  const { outcome, states, equipmentId, project, search, fromMs, beforeMs } = filter;
  const parts: [string, Value | undefined][] = [
    [`${OUTCOME} = ?`, outcome === "handed_over" ? "safe" : outcome],
    ...handedOver(filter),
    ["state IN (SELECT value FROM json_each(?))", states && JSON.stringify(states)],
    ["equipment_id = ?", equipmentId],
    [
      "far_dir GLOB ? || '/*/*'",
      project && globLiteral(project),
    ],
    [
      "far_dir NOT GLOB ? || '/*/*/*'",
      project && globLiteral(project),
    ],
    ["enqueued_ms >= ?", fromMs],
    ["enqueued_ms < ?", beforeMs],
    ["far_dir LIKE ? ESCAPE '\\'", search && `%${search.replaceAll(/[\\%_]/g, "\\$&")}%`],
  ];
  const asked = parts.filter(([, value]) => value !== undefined && value !== "");
  return {
    where: asked.length === 0 ? "1" : asked.map(([sql]) => sql).join(" AND "),
    values: asked.map(([, value]) => value as Value),
  };
}

/** Nothing is asked but what a kind of runs has in common. */
function isByKind(filter: RunFilter): boolean {
  const { project, search, fromMs, beforeMs } = filter;
  const isNarrowed = [project, search, fromMs, beforeMs].some((value) =>
    value !== undefined && value !== ""
  );
  return !isNarrowed && handedOver(filter).length === 0;
}

function fitsKind({ outcome, states, equipmentId }: RunFilter, group: RunGroup): boolean {
  return (!outcome || outcome === group.outcome) &&
    (!states || states.includes(group.state)) &&
    (!equipmentId || equipmentId === group.equipmentId);
}

function handedOver({ outcome, stagedEquipment = [] }: RunFilter): [string, Value][] {
  const isAsked = outcome === "handed_over" || outcome === "safe" && stagedEquipment.length > 0;
  if (!isAsked) return [];
  const staged = JSON.stringify(stagedEquipment);
  return [[outcome === "handed_over" ? HANDED_OVER : `NOT (${HANDED_OVER})`, staged]];
}

const HANDED_OVER = `equipment_id IN (SELECT value FROM json_each(?)) AND NOT EXISTS (
  SELECT 1 FROM job_events e WHERE e.job = jobs.n AND e.kind = 'on_nas'
    AND e.generation = jobs.generation)`;

/** A name of a pattern's signs stands for itself. */
function globLiteral(text: string): string {
  return text.replaceAll(/[*?[]/g, "[$&]");
}

/** From one project to the next, never over the runs in between. */
export const PROJECTS = `WITH RECURSIVE known(project) AS (
    SELECT min(project) FROM jobs
    UNION ALL
    SELECT (SELECT min(project) FROM jobs WHERE project > known.project) FROM known
      WHERE known.project IS NOT NULL)
  SELECT project FROM known WHERE project IS NOT NULL LIMIT +?`;

/** Also of runs that need a person now: sooner than right is the side to be wrong on. */
export const PROVEN_SINCE = `SELECT proven_at AS at FROM jobs INDEXED BY jobs_proven_at
  WHERE state IN ('verified', 'cleanup_eligible', 'cleaned') AND verify_passes > 0
  ORDER BY proven_at LIMIT 1`;
/** The same index, passing over those that are still here. */
export const SCRUBBED_SINCE = PROVEN_SINCE.replace("WHERE", "WHERE state = 'cleaned' AND");
