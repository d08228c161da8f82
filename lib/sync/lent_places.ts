/**
 * Work on what is proven already: a pass that somebody asked for, and custody's passes and deletions.
 * Custody gets one place, and only while nothing of that equipment waits to be sent; new data comes
 * first. Where a ceiling holds, a transfer ends what is lent (it is made anew later), because two flows
 * of one ceiling each would be twice the ceiling.
 */
import type { Job } from "../queue/mod.ts";
import type { Work } from "./work.ts";

export interface LentPlacesOptions {
  readonly workFor: (job: Lendable, signal: AbortSignal) => Work;
  /** Nothing of the equipment is to be sent, and its destination may be asked. */
  readonly isIdle: (equipmentId: string) => boolean;
  /** Aborts when the service stops. */
  readonly signal: AbortSignal;
  /** A place is free again; `isWanted`: somebody was refused it meanwhile. */
  readonly onFree: (place: { readonly isWanted: boolean }) => void;
}

/** What a place is lent for: a job, or a run that is none yet. */
export type Lendable = Pick<Job, "id" | "equipmentId">;

interface Lent {
  readonly job: Lendable;
  /** Below all transfers: it ends when one begins, and when its ceiling changes. */
  readonly isLow: boolean;
  readonly work: Work;
  /** The ceiling it began with, of what is low. */
  readonly uploadMbps: number | null;
  readonly stop: AbortController;
  readonly done: Promise<unknown>;
}

export class LentPlaces {
  readonly #options: LentPlacesOptions;
  readonly #asked = new Set<Promise<unknown>>();
  #lent: Lent | null = null;
  #isWanted = false;

  constructor(options: LentPlacesOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#lent !== null;
  }

  /** At once, whatever else goes on: a person waits. Its error is the asker's. */
  async ask<T>(job: Lendable, act: (work: Work) => Promise<T>): Promise<T> {
    const { workFor, signal, onFree } = this.#options;
    const asked = act(workFor(job, signal));
    this.#asked.add(asked);
    try {
      return await asked;
    } finally {
      this.#asked.delete(asked);
      onFree({ isWanted: false });
    }
  }

  /** Null when there is no place for it now: ask again later. */
  lend<T>(
    job: Lendable & { readonly isLow?: boolean },
    act: (work: Work) => Promise<T>,
  ): Promise<T> | null {
    const { isLow = false } = job;
    const { workFor, isIdle, signal, onFree } = this.#options;
    this.#isWanted ||= this.#lent !== null;
    if (this.#lent || signal.aborted || !isIdle(job.equipmentId)) return null;
    const stop = new AbortController();
    const work = workFor(job, AbortSignal.any([signal, stop.signal]));
    const acting = act(work);
    const free = () => {
      const isWanted = this.#isWanted;
      this.#isWanted = false;
      this.#lent = null;
      onFree({ isWanted });
    };
    const uploadMbps = isLow ? work.destination.uploadMbps() : null;
    this.#lent = { job, isLow, work, uploadMbps, stop, done: acting.then(free, free) };
    return acting;
  }

  /** A transfer begins: what is below all of them ends, resumable; returns when it has ended. */
  async endLow(): Promise<void> {
    if (!this.#lent?.isLow) return;
    await this.end(() => true, "a sealed run goes first");
  }

  /** As for transfers: what keeps the ceiling it was started with goes on under the new one. */
  heedCeiling(): void {
    if (!this.#lent?.isLow) return;
    const { destination } = this.#lent.work;
    const now = destination.uploadMbps();
    const follows = destination.transport.traits.followsCeiling && now !== 0;
    if (now === this.#lent.uploadMbps || follows) return;
    void this.end(() => true, "the bandwidth limit changed");
  }

  /** Ends the lent work when it is this one's, resumable; returns when it has ended. */
  async end(which: (jobId: string, equipmentId: string) => boolean, why: string): Promise<void> {
    const lent = this.#lent;
    if (!lent || !which(lent.job.id, lent.job.equipmentId)) return;
    lent.stop.abort(new DOMException(why, "AbortError"));
    await lent.done;
  }

  async ended(): Promise<void> {
    await Promise.allSettled([...this.#asked, this.#lent?.done]);
  }
}
