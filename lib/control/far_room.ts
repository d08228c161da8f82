/**
 * How much room there is at each destination that is a folder in this computer's tree. A share that hangs
 * answers nobody: what was last heard is given, one question a destination is under way at most, and
 * nobody waits long for it.
 */
import { type Clock, isAbort, messageOf } from "../base/mod.ts";
import { roomAt } from "../custody/mod.ts";

export interface AskedPlace {
  readonly name: string;
  /** Its base. */
  readonly folder: string;
}

export interface FarRoomOptions {
  readonly clock: Clock;
  /** A place that cannot be asked; said once until it answers again. */
  readonly onFault: (place: AskedPlace, message: string) => void;
  /** @default the file system's own answer */
  readonly ask?: (folder: string) => Promise<{ readonly freeBytes: number }>;
}

/** Between two questions to one place. */
const FRESH_MS = 60_000;
/** A share that answers does so in a few milliseconds. */
const PATIENCE_MS = 250;
/** What was heard so long ago says nothing of now. */
const HEARD_MS = 10 * 60_000;

interface Known {
  /** Null until the place has answered. */
  freeBytes: number | null;
  /** When it last answered, and was last asked, by the monotonic clock. */
  heardMs: number;
  askedMs: number;
  asking: Promise<void> | null;
  isFaulty: boolean;
}

export class FarRoom {
  readonly #options: Required<FarRoomOptions>;
  readonly #known = new Map<string, Known>();

  constructor(options: FarRoomOptions) {
    this.#options = { ask: roomAt, ...options };
  }

  /** Free bytes by name, of those places that have answered. Only places that are up may be given. */
  async of(places: readonly AskedPlace[]): Promise<ReadonlyMap<string, number>> {
    const { clock } = this.#options;
    const asked = places.map((place) => ({ place, known: this.#knownOf(place) }));
    for (const { place, known } of asked) {
      if (known.asking !== null || clock.monotonicMs() - known.askedMs < FRESH_MS) continue;
      known.askedMs = clock.monotonicMs();
      known.asking = this.#ask(place, known).finally(() => known.asking = null);
    }
    const patience = new AbortController();
    await Promise.race([
      Promise.all(asked.map(({ known }) => known.asking)),
      clock.sleep(PATIENCE_MS, patience.signal).catch(ended),
    ]);
    patience.abort();
    const nowMs = clock.monotonicMs();
    return new Map(
      asked.flatMap(({ place, known: { freeBytes, heardMs } }) =>
        freeBytes === null || nowMs - heardMs > HEARD_MS ? [] : [[place.name, freeBytes] as const]
      ),
    );
  }

  async #ask(place: AskedPlace, known: Known): Promise<void> {
    try {
      const { freeBytes } = await this.#options.ask(place.folder);
      const heardMs = this.#options.clock.monotonicMs();
      Object.assign(known, { freeBytes, heardMs, isFaulty: false });
    } catch (error) {
      // What it was when it last answered is no answer any more.
      known.freeBytes = null;
      if (!known.isFaulty) this.#options.onFault(place, messageOf(error));
      known.isFaulty = true;
    }
  }

  #knownOf({ name }: AskedPlace): Known {
    const known = this.#known.get(name) ??
      { freeBytes: null, heardMs: -Infinity, askedMs: -Infinity, asking: null, isFaulty: false };
    this.#known.set(name, known);
    return known;
  }
}

function ended(error: unknown): void {
  if (!isAbort(error)) throw error;
}
