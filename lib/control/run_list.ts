/** The list of runs for people and scripts: filters, an order, and pages that are found by a cursor. */
import { decodeUtf8, encodeUtf8, LabferryError } from "../base/mod.ts";
import { JOB_STATES, type JobState, type RunCursor, type RunFilter } from "../queue/mod.ts";
import {
  isRunOrder,
  RUN_ORDERS,
  RUN_OUTCOMES,
  type RunOrder,
  type RunOutcome,
} from "../queue/mod.ts";
import type { ControlHouse } from "./house.ts";
import { RunJobs } from "./run_jobs.ts";
import type { JobView } from "./views.ts";

export interface RunListAsked {
  /** What runs come to: `attention`, `on_the_way`, `safe`, `handed_over`, `not_proven`, `cancelled`. */
  readonly outcome?: string | undefined;
  /** A state of the machine. */
  readonly state?: string | undefined;
  readonly equipment?: string | undefined;
  readonly project?: string | undefined;
  /** Part of the path at the destination. */
  readonly search?: string | undefined;
  /** Days, `2026-11-26`, of this PC's zone; both are in it. */
  readonly from?: string | undefined;
  readonly until?: string | undefined;
  /** `newest`, `oldest`, `largest`, `name`. @default newest */
  readonly order?: string | undefined;
  /** As an earlier answer gave it. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

export interface RunListView {
  readonly runs: readonly JobView[];
  /** All that fit, on whatever page. */
  readonly total: number;
  readonly previous: string | null;
  readonly next: string | null;
}

export class RunLists {
  readonly #house: ControlHouse;
  readonly #jobs: RunJobs;

  constructor(house: ControlHouse) {
    this.#house = house;
    this.#jobs = new RunJobs(house);
  }

  /** @throws LabferryError `usage` for an outcome, state, order, day or cursor that is none */
  list(asked: RunListAsked): RunListView {
    const { queue, staged } = this.#house.context;
    const filter = filterOf(asked, [...staged.keys()]);
    const { limit, cursor } = asked;
    const { jobs, previous, next } = queue.runs.page({
      filter,
      order: orderOf(asked.order),
      limit,
      ...(cursor ? cursorOf(cursor) : {}),
    });
    return {
      runs: this.#jobs.views(jobs),
      total: queue.runs.count(filter),
      previous: previous && cursorText("before", previous),
      next: next && cursorText("after", next),
    };
  }
}

function filterOf(asked: RunListAsked, stagedEquipment: readonly string[]): RunFilter {
  const { outcome, state, equipment, project, search, from, until } = asked;
  return {
    stagedEquipment,
    ...(outcome ? { outcome: oneOf<RunOutcome>({ outcome }, RUN_OUTCOMES) } : {}),
    ...(state ? { states: [oneOf<JobState>({ state }, JOB_STATES)] } : {}),
    ...(equipment ? { equipmentId: equipment } : {}),
    ...(project ? { project } : {}),
    ...(search ? { search } : {}),
    ...(from ? { fromMs: dayMs(from, 0) } : {}),
    ...(until ? { beforeMs: dayMs(until, 1) } : {}),
  };
}

/** `said`: what was said, by the name of what it is said of. */
function oneOf<T extends string>(said: Said, known: readonly T[]): T {
  const found = known.find((one) => Object.values(said).includes(one));
  if (found) return found;
  throw unknown(said, known.join(", "));
}

function orderOf(order: string | undefined): RunOrder {
  if (!order) return "newest";
  if (isRunOrder(order)) return order;
  throw unknown({ order }, RUN_ORDERS.join(", "));
}

const KNOWN_DAYS = "days like 2026-11-26";

/**
 * When the day that is `later` days after this one begins here.
 * @throws LabferryError `usage` for a day that is none
 */
export function dayMs(day: string, later: 0 | 1): number {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day)?.slice(1).map(Number);
  if (!parts) throw unknown({ day }, KNOWN_DAYS);
  const [year, month, date] = parts as [number, number, number];
  const is = new Date(year, month - 1, date);
  // 31 June would be 1 July, and 99 of the 99th some day in another century.
  if (is.getMonth() !== month - 1 || is.getDate() !== date) throw unknown({ day }, KNOWN_DAYS);
  return new Date(year, month - 1, date + later).getTime();
}

/** Opaque to whoever gets it; base64url, so that it goes into an address as it is. */
function cursorText(side: "before" | "after", { key, n }: RunCursor): string {
  const alphabet = { alphabet: "base64url", omitPadding: true } as const;
  return encodeUtf8(JSON.stringify([side, key, n])).toBase64(alphabet);
}

function cursorOf(text: string): { after: RunCursor } | { before: RunCursor } {
  const [side, key, n] = cursorParts(text);
  const isCursor = (side === "before" || side === "after") && Number.isSafeInteger(n) &&
    (typeof key === "string" || typeof key === "number");
  if (!isCursor) throw unknown({ cursor: text }, "what an earlier answer gave as next or previous");
  const cursor = { key, n: n as number };
  return side === "before" ? { before: cursor } : { after: cursor };
}

function cursorParts(text: string): readonly unknown[] {
  try {
    const parts = JSON.parse(decodeUtf8(Uint8Array.fromBase64(text, { alphabet: "base64url" })));
    return Array.isArray(parts) ? parts : [];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return [];
    throw error;
  }
}

type Said = Readonly<Record<string, string>>;

function unknown(said: Said, known: string): LabferryError {
  const [what, text] = Object.entries(said)[0]!;
  return new LabferryError("usage", `"${text}" is no ${what}`, {
    why: `known: ${known}`,
    hint: `leave the ${what} out, or give one of those`,
  });
}
