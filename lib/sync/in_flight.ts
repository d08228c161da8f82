/** The transfers that are under way, each with the hand on it that ends it, resumable. */
import type { Clock } from "../base/mod.ts";
import { HUGE_BYTES } from "../queue/mod.ts";
import type { Destination } from "./destination.ts";

export interface Flight {
  readonly equipmentId: string;
  readonly bytes: number;
  readonly destination: Destination;
  /** The ceiling its transfer began with. */
  readonly uploadMbps: number | null;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/**
 * A transfer that says nothing for so long hangs, at a share that does not answer, until its transport
 * gives up: it keeps its instrument, and no place that another could use.
 */
const SILENT_MS = 120_000;

export class InFlight {
  /** By job id. */
  readonly #flights = new Map<string, Flight>();
  /** Monotonic: when it was last heard of. */
  readonly #heardMs = new Map<string, number>();

  constructor(private readonly clock: Pick<Clock, "monotonicMs">) {}

  /** Transfers that take a place: those that hang do not. */
  get working(): number {
    return this.#working().length;
  }

  /** It goes on. */
  heard(jobId: string): void {
    if (this.#flights.has(jobId)) this.#heardMs.set(jobId, this.clock.monotonicMs());
  }

  get size(): number {
    return this.#flights.size;
  }

  get jobIds(): ReadonlySet<string> {
    return new Set(this.#flights.keys());
  }

  get equipmentIds(): ReadonlySet<string> {
    return new Set([...this.#flights.values()].map(({ equipmentId }) => equipmentId));
  }

  has(jobId: string): boolean {
    return this.#flights.has(jobId);
  }

  add(jobId: string, flight: Flight): void {
    this.#flights.set(jobId, flight);
    this.heard(jobId);
  }

  remove(jobId: string): void {
    this.#flights.delete(jobId);
    this.#heardMs.delete(jobId);
  }

  /** The last of several places is kept for runs that are not huge. */
  hugeAllowed(maxParallel: number): boolean {
    const huge = this.#working().filter(({ bytes }) => bytes >= HUGE_BYTES).length;
    return huge < Math.max(1, maxParallel - 1);
  }

  /**
   * A window opened or closed: a tool that keeps the limit it was started with is started again and
   * resumes; our own copy asks by itself, and only has to be stopped for a pause.
   */
  heedCeilings(): void {
    for (const { destination, uploadMbps, stop } of this.#flights.values()) {
      const now = destination.uploadMbps();
      if (now === uploadMbps || (destination.transport.traits.followsCeiling && now !== 0)) {
        continue;
      }
      stop.abort(new DOMException("the bandwidth limit changed", "AbortError"));
    }
  }

  /** Tells these to end; each promise is the end of one. */
  interrupt(which: (jobId: string, equipmentId: string) => boolean): Promise<void>[] {
    return [...this.#flights].flatMap(([jobId, { equipmentId, stop, done }]) => {
      if (!which(jobId, equipmentId)) return [];
      stop.abort(new DOMException("interrupted", "AbortError"));
      return [done];
    });
  }

  #working(): Flight[] {
    const leastMs = this.clock.monotonicMs() - SILENT_MS;
    return [...this.#flights].flatMap(([jobId, flight]) =>
      this.#heardMs.get(jobId)! > leastMs ? [flight] : []
    );
  }

  async ended(): Promise<void> {
    await Promise.all([...this.#flights.values()].map(({ done }) => done));
  }
}
