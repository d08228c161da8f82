/**
 * Far manifests that a pass could not put right at its end: the destination went away in between, or the
 * service ended. It does not wait for the next pass, which may be months away, and is paid by one: a manifest
 * says "arrived whole and proven", and nobody knows what became of the data since the last one.
 */
import { isAbort, LabferryError, messageOf } from "../base/mod.ts";
import { failureClassOf, isProven } from "../jobs/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  type Destination,
  type Dispatcher,
  failureFrom,
  type SyncContext,
  verifyAgain,
  type Work,
} from "../sync/mod.ts";

export interface OwedMendsOptions {
  readonly context: SyncContext;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly dispatcher: Pick<Dispatcher, "lend" | "breakers">;
}

/** Looked through in a round. */
const PAGE = 50;
/** One that failed for a reason of the run's own, such as a far side that lets nothing be written. */
const AGAIN_MS = 24 * 3_600_000;

export class OwedMends {
  readonly #options: OwedMendsOptions;
  /** When it may be tried again, by the monotonic clock; no more of them than there are debts. */
  readonly #againAt = new Map<string, number>();
  /** Where the last round ended. */
  #after = "";

  constructor(options: OwedMendsOptions) {
    this.#options = options;
  }

  /** True when one of them was tried: there may be more. */
  async round(signal: AbortSignal): Promise<boolean> {
    const { queue } = this.#options.context;
    const owed = queue.owedManifests.list({ after: this.#after, limit: PAGE });
    const isWhole = owed.length < PAGE;
    for (const jobId of owed) {
      this.#after = jobId;
      const job = queue.jobs.byId(jobId);
      // What is proven no more has its next pass, or a person, to see to it.
      if (!job || !isProven(job) || job.alarm !== null) this.#settle(jobId);
      else if (await this.#tried(job, signal)) return true;
    }
    if (isWhole) this.#after = "";
    return false;
  }

  async #tried(job: Job, signal: AbortSignal): Promise<boolean> {
    const { context, destinations, dispatcher } = this.#options;
    const againAt = this.#againAt.get(job.id) ?? 0;
    if (!destinations.has(job.equipmentId) || context.clock.monotonicMs() < againAt) return false;
    const lent = dispatcher.lend(
      job,
      (work) => this.#mend(job, { ...work, signal: AbortSignal.any([work.signal, signal]) }),
    );
    if (lent === null) return false;
    await lent;
    return true;
  }

  async #mend(job: Job, work: Work): Promise<void> {
    try {
      await verifyAgain(job, { ...work, dropCache: true, refusesMassChange: true });
      this.#againAt.delete(job.id);
    } catch (error) {
      if (isAbort(error)) return;
      if (!(error instanceof LabferryError)) throw error;
      this.#failed(job, error);
    }
  }

  #failed(job: Job, error: LabferryError): void {
    const { context, destinations, dispatcher } = this.#options;
    const failure = failureFrom(error);
    context.log("warn", `The far manifest could not be put right yet: ${messageOf(error)}`, {
      job: job.id,
      run: job.runPath,
      code: failure.code,
    });
    this.#againAt.set(job.id, context.clock.monotonicMs() + AGAIN_MS);
    if (failureClassOf(failure.code) !== "destination") return;
    const destination = destinations.get(job.equipmentId);
    if (!destination) return;
    // It waits for its destination alone.
    this.#againAt.delete(job.id);
    dispatcher.breakers.failed(destination.name, failure);
  }

  #settle(jobId: string): void {
    this.#options.context.queue.owedManifests.settle(jobId);
    this.#againAt.delete(jobId);
  }
}
