/** Looks at the disks that hold runs: how full they are, when they will be, and says so in time. */
import { formatBytes, Rounds, type RoundsContext } from "../base/mod.ts";
import type { Queue } from "../queue/mod.ts";
import { HOUR_MS } from "./counted_passes.ts";
import { type DiskForecast, forecast } from "./forecast.ts";
import { type DiskRoom, roomOrNull } from "./free_space.ts";

export interface DiskWatchOptions extends RoundsContext {
  readonly queue: Pick<Queue, "storage">;
  /** The root of each equipment's runs. */
  readonly roots: () => ReadonlyMap<string, string>;
  readonly now: () => Date;
  /** As `DiskFacts.staysMs`. */
  readonly staysMs: number | null;
  /** Once when a warning begins. */
  readonly onWarning: (disk: WatchedDisk, message: string) => void;
}

/** A disk, with the equipment whose runs are on it. */
export interface WatchedDisk extends DiskRoom, DiskForecast {
  readonly roots: readonly string[];
  readonly equipment: readonly string[];
  /** Proven local copies that nobody keeps: what could come free. */
  readonly provenBytes: number;
}

const REST_MS = 5 * 60_000;
const LOOK_BACK_MS = 7 * 24 * HOUR_MS;

export class DiskWatch extends Rounds {
  readonly #options: DiskWatchOptions;
  #disks: readonly WatchedDisk[] = [];

  constructor(options: DiskWatchOptions) {
    super({
      ...options,
      name: "Looking at the disks",
      round: () => this.#round(),
      restMs: REST_MS,
    });
    this.#options = options;
  }

  /** As they were at the last look. */
  get disks(): readonly WatchedDisk[] {
    return this.#disks;
  }

  async #round(): Promise<void> {
    const before = new Map(this.#disks.map((disk) => [disk.device, disk]));
    const disks = await this.#look(before);
    this.#disks = disks;
    for (const disk of disks) {
      if (disk.warning === null || before.get(disk.device)?.warning) continue;
      this.#options.onWarning(disk, warningWords(disk));
    }
  }

  async #look(before: ReadonlyMap<number, WatchedDisk>): Promise<WatchedDisk[]> {
    const { queue, roots, now, staysMs } = this.#options;
    const byDevice = new Map<number, { room: DiskRoom; equipment: string[]; roots: Set<string> }>();
    for (const [equipment, root] of roots()) {
      const room = await roomOrNull(root);
      // A root that is away is the scanner's to tell of.
      if (room === null) continue;
      const known = byDevice.get(room.device) ?? { room, equipment: [], roots: new Set() };
      known.equipment.push(equipment);
      known.roots.add(root);
      byDevice.set(room.device, known);
    }
    return [...byDevice.values()].map(({ room, equipment, roots }) => {
      const { sealedBytes, sinceMs, provenBytes } = queue.storage.of(equipment, LOOK_BACK_MS);
      const facts = { ...room, sealedBytes, sinceMs, provenBytes, staysMs, now: now() };
      const warned = Boolean(before.get(room.device)?.warning);
      return {
        ...room,
        ...forecast(facts, { warned }),
        provenBytes,
        equipment,
        roots: [...roots],
      };
    });
  }
}

export function warningWords(
  { roots, freeBytes, totalBytes, fullAt, warning, isOutrun }: WatchedDisk,
): string {
  const left = `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} are free`;
  const when = fullAt && warning === "full_soon"
    ? `, and it is full at about ${fullAt.toISOString().slice(0, 16).replace("T", " ")} UTC`
    : "";
  const how = isOutrun && warning === "full_soon"
    ? "fills faster than copies may go (nas_cleanup.min_age_hours, verify.min_gap_hours)"
    : "is almost full";
  return `the disk of ${roots.join(", ")} ${how}: ${left}${when}`;
}
