/** The numbers that somebody else's monitoring asks for; `lib/web/metrics.ts` writes them down. */
import type { SeenRow, TalliedRuns } from "../queue/mod.ts";
import type { ControlHouse } from "./house.ts";
import { MetricCounts } from "./metric_counts.ts";

export interface EquipmentFacts {
  readonly equipmentId: string;
  /** When the oldest run that is not proven came; 0 when all are proven. Milliseconds since 1970. */
  readonly oldestUnsafeMs: number;
  readonly unsafeBytes: number;
  /** When the oldest run that is still being acquired was first seen; 0 for none. */
  readonly oldestOpenMs: number;
  readonly lastSeenMs: number;
  readonly lastProvenMs: number;
  readonly farDamagedFiles: number;
  /** How often it delivers at least; null when that is not known. */
  readonly expectEveryHours: number | null;
}

export interface MetricFacts {
  readonly runs: readonly TalliedRuns[];
  readonly equipment: readonly EquipmentFacts[];
  readonly counts: MetricCounts;
  readonly findings: { readonly hard: number; readonly soft: number } | null;
}

/** Between two sums over all runs; a scrape in between has the numbers of the last. */
const FRESH_MS = 10_000;
/** Runs that are being acquired, as far as they are looked at. */
const MOST_OPEN = 10_000;

export class MetricReader {
  readonly #house: ControlHouse;
  readonly #counts: MetricCounts;
  #runs: { readonly atMs: number; readonly tally: Promise<TalliedRuns[]> } | null = null;

  constructor(house: ControlHouse) {
    this.#house = house;
    this.#counts = new MetricCounts(house.context.queue);
  }

  async read(): Promise<MetricFacts> {
    const { context, config, watch } = this.#house;
    const runs = await this.#tally();
    const open = context.queue.seen.waiting(MOST_OPEN);
    this.#counts.catchUp();
    return {
      runs,
      equipment: config.equipment.map(({ id, expectEveryHours }) =>
        equipmentFacts({
          equipmentId: id,
          runs: runs.filter(({ equipmentId }) => equipmentId === id),
          open: open.filter(({ equipmentId }) => equipmentId === id),
          lastChangeAt: context.queue.seen.lastChangeOf(id),
          expectEveryHours,
        })
      ),
      counts: this.#counts,
      findings: watch?.problems ?? null,
    };
  }

  /** One sum for all who ask at once, and for those who ask again at once. */
  #tally(): Promise<TalliedRuns[]> {
    const atMs = this.#house.context.clock.monotonicMs();
    if (this.#runs === null || atMs - this.#runs.atMs > FRESH_MS) {
      const tally = this.#house.context.queue.runs.tally();
      this.#runs = { atMs, tally };
      // A sum that failed is no sum: the next scrape makes another.
      tally.catch(() => this.#runs = null);
    }
    return this.#runs.tally;
  }
}

const UNSAFE: ReadonlySet<string> = new Set(["queued", "running", "awaiting_verify", "failed"]);

function equipmentFacts({ equipmentId, runs, open, lastChangeAt, expectEveryHours }: {
  readonly equipmentId: string;
  readonly runs: readonly TalliedRuns[];
  readonly open: readonly SeenRow[];
  readonly lastChangeAt: string | null;
  readonly expectEveryHours: number | null;
}): EquipmentFacts {
  const unsafe = runs.filter(({ state }) => UNSAFE.has(state));
  return {
    equipmentId,
    oldestUnsafeMs: earliest([
      ...unsafe.map((row) => row.oldestEnqueuedMs),
      ...open.map((row) => Date.parse(row.changedAt)),
    ]),
    unsafeBytes: sum(unsafe.map(({ bytes }) => bytes)) + sum(open.map(({ bytes }) => bytes)),
    oldestOpenMs: earliest(open.map((row) => Date.parse(row.firstSeenAt))),
    lastSeenMs: Math.max(
      0,
      ...runs.map((row) => row.newestEnqueuedMs),
      lastChangeAt === null ? 0 : Date.parse(lastChangeAt),
    ),
    lastProvenMs: Math.max(
      0,
      ...runs.map(({ lastVerifiedAt }) => lastVerifiedAt === null ? 0 : Date.parse(lastVerifiedAt)),
    ),
    farDamagedFiles: sum(runs.map(({ alarmedFiles }) => alarmedFiles)),
    expectEveryHours,
  };
}

function earliest(times: readonly number[]): number {
  return times.length === 0 ? 0 : times.reduce((a, b) => Math.min(a, b));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
