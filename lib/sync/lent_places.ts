/**
 * Work on what is proven already: a pass that somebody asked for, and custody's passes and deletions.
 * Custody gets one place, and only while nothing of that equipment waits to be sent; new data comes
 * first. Where a ceiling holds, a transfer ends what is lent (it is made anew later), because two flows
 * of one ceiling each would be twice the ceiling.
 *
 * Work that does not end when it is told to stands in a call into a share that hangs. It loses its place:
 * it is counted no more, and whoever waits for it is told that it was ended. It keeps the lock of its run
 * until it has ended indeed, so that nobody else works there.
 */
import { endsWithin } from "../base/ends_within.ts";
import { callsFor, isSilence } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import { RECORD_FILES, recordPath } from "../records/mod.ts";
import type { Work } from "./work.ts";

export interface LentPlacesOptions {
  readonly workFor: (job: Lendable, signal: AbortSignal) => Work;
  /** Nothing of the equipment is to be sent, and its destination may be asked. */
  readonly isIdle: (equipmentId: string) => boolean;
  /** Aborts when the service stops. */
  readonly signal: AbortSignal;
  /** A place is free again; `isWanted`: somebody was refused it meanwhile. */
  readonly onFree: (place: { readonly isWanted: boolean }) => void;
  /** Longest wait for work that is told to end. @default {5_000} */
  readonly endWithinMs?: number;
}

/** Less than a service may take to stop. */
const END_WITHIN_MS = 5_000;

/** What a place is lent for: a job, or a run that is none yet. */
export type Lendable = Pick<Job, "id" | "equipmentId" | "runPath">;

interface Lent {
  readonly job: Lendable;
  /** Below all transfers: it ends when one begins, and when its ceiling changes. */
  readonly isLow: boolean;
  readonly work: Work;
  /** The ceiling it began with, of what is low. */
  readonly uploadMbps: number | null;
  readonly stop: AbortController;
  readonly done: Promise<unknown>;
  /** Takes its place away, and tells who waits for it. */
  readonly leave: () => void;
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
    if (this.#lent) {
      this.#isWanted = true;
      void this.#seeHolder(this.#lent);
    }
    if (this.#lent || signal.aborted || !isIdle(job.equipmentId)) return null;
    const stop = new AbortController();
    const work = workFor(job, AbortSignal.any([signal, stop.signal]));
    const acting = act(work);
    const { promise: left, reject } = Promise.withResolvers<never>();
    const free = () => {
      // What lost its place has none to give back.
      if (this.#lent !== lent) return;
      const isWanted = this.#isWanted;
      this.#isWanted = false;
      this.#lent = null;
      onFree({ isWanted });
    };
    const leave = () => {
      reject(work.signal.reason);
      free();
    };
    const uploadMbps = isLow ? work.destination.uploadMbps() : null;
    const done = acting.then(free, free);
    const lent: Lent = { job, isLow, work, uploadMbps, stop, done, leave };
    this.#lent = lent;
    return Promise.race([acting, left]);
  }

  /** A transfer begins: what is below all of them ends, resumable; as `end`. */
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

  /** Ends the lent work when it is this one's, resumable; returns when it has ended, or lost its place. */
  async end(which: (jobId: string, equipmentId: string) => boolean, why: string): Promise<void> {
    const lent = this.#lent;
    if (!lent || !which(lent.job.id, lent.job.equipmentId)) return;
    lent.stop.abort(new DOMException(why, "AbortError"));
    await this.#ended(lent);
  }

  /** Once the service stops. */
  async ended(): Promise<void> {
    const lent = this.#lent;
    const asked = endsWithin(Promise.allSettled(this.#asked), this.#endWithinMs);
    await Promise.all([asked, lent && this.#ended(lent)]);
  }

  get #endWithinMs(): number {
    return this.#options.endWithinMs ?? END_WITHIN_MS;
  }

  /** Nothing else might ever ask a holder whose share hangs to end. */
  async #seeHolder({ job, stop, done, leave }: Lent): Promise<void> {
    const beside = recordPath(job.runPath, RECORD_FILES.transferLock);
    const isSilent = await callsFor(beside).then(() => false, isSilence);
    if (!isSilent) return;
    stop.abort(new DOMException("its share does not answer", "AbortError"));
    await this.#ended({ done, leave });
  }

  async #ended({ done, leave }: Pick<Lent, "done" | "leave">): Promise<void> {
    if (!await endsWithin(done, this.#endWithinMs)) leave();
  }
}
