/** The numbers that somebody else's monitoring asks for; `lib/web/metrics.ts` writes them down. */
import { lastGoodDrills } from "../custody/mod.ts";
import type { SeenRow, TalliedRuns } from "../queue/mod.ts";
import { FarRoom } from "./far_room.ts";
import type { ControlHouse } from "./house.ts";
import { MetricCounts } from "./metric_counts.ts";
import type { ReadSide } from "./read_side.ts";
import type { StandingView } from "./views.ts";

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
  /** At least: of each run that failed by it, one. */
  readonly localDamagedFiles: number;
  /** How often it delivers at least; null when that is not known. */
  readonly expectEveryHours: number | null;
  /** When files of it were last brought back to try, and all came as they were proven; 0 for never. */
  readonly lastDrillMs: number;
}

export interface MetricFacts {
  readonly standing: StandingView;
  readonly runs: readonly TalliedRuns[];
  readonly equipment: readonly EquipmentFacts[];
  readonly counts: MetricCounts;
  /** When the cleaned run that was compared longest ago was compared; 0 when there is none. */
  readonly oldestScrubMs: number;
  readonly findings: { readonly hard: number; readonly soft: number } | null;
  /** Free bytes at the destinations that are folders here and answer, by name. */
  readonly farFreeBytes: ReadonlyMap<string, number>;
}

/** Between two sums over runs that moved; a scrape in between has the numbers of the last. */
const FRESH_MS = 10_000;
/** Runs that are being acquired, as far as they are looked at. */
const MOST_OPEN = 10_000;

export class MetricReader {
  readonly #house: ControlHouse;
  readonly #counts: MetricCounts;
  readonly #read: Pick<ReadSide, "standing">;
  readonly #farRoom: FarRoom;
  #runs: Tallied | null = null;

  constructor(house: ControlHouse, read: Pick<ReadSide, "standing">) {
    this.#house = house;
    this.#read = read;
    const transportOf = (equipmentId: string) =>
      house.destinations.get(equipmentId)?.transport.type ?? "unknown";
    this.#counts = new MetricCounts(house.context.queue, {
      transportOf,
      isStaged: (equipmentId) => house.context.staged.has(equipmentId),
    });
    const { clock, log } = house.context;
    const onFault = (place: { readonly name: string }, message: string) =>
      log("warn", `The room at ${place.name} cannot be asked for: ${message}`, { ...place });
    this.#farRoom = new FarRoom({ clock, onFault });
  }

  async read(): Promise<MetricFacts> {
    const { context, config, watch } = this.#house;
    const [runs, farFreeBytes, drills] = await Promise.all([
      this.#tally(),
      this.#farRoom.of(this.#foldersThatAreUp()),
      lastGoodDrills(context.stateDir),
    ]);
    const open = context.queue.seen.waiting(MOST_OPEN);
    this.#counts.catchUp();
    const scrubbedAt = context.queue.runs.provenSince("cleaned");
    return {
      standing: this.#read.standing(),
      oldestScrubMs: scrubbedAt === null ? 0 : Date.parse(scrubbedAt),
      runs,
      equipment: config.equipment.map(({ id, expectEveryHours }) =>
        equipmentFacts({
          equipmentId: id,
          runs: runs.filter(({ equipmentId }) => equipmentId === id),
          open: open.filter(({ equipmentId }) => equipmentId === id),
          lastChangeAt: context.queue.seen.lastChangeOf(id),
          expectEveryHours,
          lastDrillMs: drills.get(id) ?? 0,
        })
      ),
      farFreeBytes,
      counts: this.#counts,
      findings: watch?.problems ?? null,
    };
  }

  /** An unmounted share is an empty folder on the disk below, whose room is not asked for. */
  #foldersThatAreUp(): { name: string; folder: string }[] {
    const { destinations, context } = this.#house;
    return [...destinations.values()].flatMap(({ name, transport: { traits } }) => {
      const isUp = context.queue.destinations.byName(name)?.state === "up";
      return isUp && traits.localFolder !== null ? [{ name, folder: traits.localFolder }] : [];
    });
  }

  /** One sum for all who ask at once, and for those who ask again at once. */
  #tally(): Promise<TalliedRuns[]> {
    const { clock, queue, staged } = this.#house.context;
    const atMs = clock.monotonicMs();
    const version = queue.runs.version();
    const isOld = (last: Tallied) => last.version !== version && atMs - last.atMs > FRESH_MS;
    if (this.#runs === null || isOld(this.#runs)) {
      const tally = queue.runs.tally([...staged.keys()]);
      this.#runs = { atMs, version, tally };
      // A sum that failed is no sum: the next scrape makes another.
      tally.catch(() => this.#runs = null);
    }
    return this.#runs.tally;
  }
}

interface Tallied {
  readonly atMs: number;
  /** Of the runs, before the sum began: what moves meanwhile is for the next. */
  readonly version: string;
  readonly tally: Promise<TalliedRuns[]>;
}

/** Besides those whose state claims more than was proven. */
const UNSAFE: ReadonlySet<string> = new Set(["queued", "running", "awaiting_verify", "failed"]);

function equipmentFacts({ equipmentId, runs, open, lastChangeAt, ...known }: {
  readonly equipmentId: string;
  readonly runs: readonly TalliedRuns[];
  readonly open: readonly SeenRow[];
  readonly lastChangeAt: string | null;
  readonly expectEveryHours: number | null;
  readonly lastDrillMs: number;
}): EquipmentFacts {
  const unsafe = runs.filter(({ state, unproven }) => UNSAFE.has(state) || unproven !== null);
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
    localDamagedFiles: sum(runs.map(({ localDamaged }) => localDamaged)),
    farDamagedFiles: sum(runs.map(({ alarmedFiles }) => alarmedFiles)),
    ...known,
  };
}

function earliest(times: readonly number[]): number {
  return times.length === 0 ? 0 : times.reduce((a, b) => Math.min(a, b));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
