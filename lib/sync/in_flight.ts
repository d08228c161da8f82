/** The transfers that are under way, each with the hand on it that ends it, resumable. */
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

export class InFlight {
  /** By job id. */
  readonly #flights = new Map<string, Flight>();

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
  }

  remove(jobId: string): void {
    this.#flights.delete(jobId);
  }

  /** The last of several places is kept for runs that are not huge. */
  hugeAllowed(maxParallel: number): boolean {
    const huge = [...this.#flights.values()].filter(({ bytes }) => bytes >= HUGE_BYTES).length;
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

  async ended(): Promise<void> {
    await Promise.all([...this.#flights.values()].map(({ done }) => done));
  }
}
