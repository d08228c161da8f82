/**
 * Keeps the `ingest.json` of received runs in step with their jobs, here and on the NAS. What it does
 * follows from how a job stands and what is on the disks, not from what it was told of: a step that a
 * crash or an unreachable NAS swallowed is made up for at the next start, or as soon as it can be.
 */
import { type FaultListener, LabferryError, Rounds } from "../base/mod.ts";
import { isThere } from "../disk/mod.ts";
import type { Job, JobState } from "../queue/mod.ts";
import { RECORD_FILES, recordPath } from "../records/mod.ts";
import {
  connectTo,
  type Destination,
  type Dispatcher,
  isSent,
  lockRun,
  sendLaterRecord,
  type SyncContext,
  type Work,
} from "../sync/mod.ts";
import { keepIngest } from "./ingest_record.ts";
import type { StagingArea } from "./staging_area.ts";

export interface IngestFollowerOptions {
  readonly area: StagingArea;
  readonly context: SyncContext;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly dispatcher: Pick<Dispatcher, "asked" | "breakers">;
  /** Every record says by now how its job stands. */
  readonly onUpToDate?: () => void;
  /** As `RoundsOptions.onFault`. */
  readonly onFault?: FaultListener | undefined;
}

const PAGE = 500;
/** What could not be written is tried again after so long. */
const REST_MS = 30_000;
/** A run's moves come in bursts. */
const GATHER_MS = 100;

export class IngestFollower extends Rounds {
  readonly #options: IngestFollowerOptions;
  /** Ids of jobs whose record may be behind. */
  #behind = new Set<string>();
  #hasLooked = false;
  #isAtWork = false;
  /** What was logged of a job, until it goes well again. */
  readonly #logged = new Map<string, string>();

  constructor(options: IngestFollowerOptions) {
    const { context, onFault } = options;
    super({
      name: "Keeping ingest.json",
      round: (signal) => this.#round(signal),
      restMs: REST_MS,
      gatherMs: () => GATHER_MS,
      log: context.log,
      onFault,
      clock: context.clock,
    });
    this.#options = options;
  }

  /** A job has moved. */
  follow(job: Job): void {
    if (!this.#options.area.holds(job)) return;
    this.#behind.add(job.id);
    this.ring();
  }

  /** False while a record may be behind its job. */
  get isUpToDate(): boolean {
    return this.#hasLooked && !this.#isAtWork && this.#behind.size === 0;
  }

  async #round(signal: AbortSignal): Promise<void> {
    this.#isAtWork = true;
    try {
      await this.#keepAll(signal);
    } finally {
      this.#isAtWork = false;
    }
    if (this.isUpToDate) this.#options.onUpToDate?.();
  }

  async #keepAll(signal: AbortSignal): Promise<void> {
    const { context: { queue }, area } = this.#options;
    if (!this.#hasLooked) await this.#lookAtAll(signal);
    await area.refresh();
    const behind = this.#behind;
    this.#behind = new Set();
    for (const id of behind) {
      const job = signal.aborted ? null : queue.jobs.byId(id);
      if (job === null || !await this.#keep(job, signal)) this.#behind.add(id);
    }
  }

  /** After a start: whatever moved while nobody followed. */
  async #lookAtAll(signal: AbortSignal): Promise<void> {
    const { queue } = this.#options.context;
    let after: string | undefined;
    while (!signal.aborted) {
      const page: Job[] = queue.jobs.list({
        states: STATES,
        limit: PAGE,
        ...(after ? { after } : {}),
      });
      for (const job of page) if (this.#options.area.holds(job)) this.#behind.add(job.id);
      if (page.length < PAGE) {
        this.#hasLooked = true;
        return;
      }
      after = page.at(-1)!.id;
      await Promise.resolve();
    }
  }

  /** False when it has to be tried again. */
  async #keep(job: Job, signal: AbortSignal): Promise<boolean> {
    try {
      await keepIngest(job, this.#options.context);
      const isDone = await this.#keepThere(job, signal);
      this.#logged.delete(job.id);
      return isDone;
    } catch (error) {
      if (signal.aborted) return false;
      if (!(error instanceof LabferryError)) throw error;
      if (this.#logged.get(job.id) !== error.code) {
        this.#options.context.log("warn", `ingest.json is behind: ${error.message}`, {
          job: job.id,
          run: job.runPath,
          code: error.code,
        });
      }
      this.#logged.set(job.id, error.code);
      return false;
    }
  }

  /** Before a run is proven its delivery carries the record; afterwards nobody else would. */
  async #keepThere(job: Job, signal: AbortSignal): Promise<boolean> {
    const { context, destinations, dispatcher } = this.#options;
    const isSettled = job.state === "verified" || job.state === "cleaned";
    if (!isSettled || job.verifyPasses === 0) return true;
    if (!await isThere(recordPath(job.runPath, RECORD_FILES.ingest))) return true;
    const destination = destinations.get(job.equipmentId);
    if (!destination) return true;
    const name = RECORD_FILES.ingest;
    const uuid = await destination.identity();
    if (await isSent(job, { name, uuid, context })) return true;
    if (!dispatcher.breakers.isUp(destination.name)) return false;
    return await dispatcher.asked(
      job,
      (work) => send(job, { ...work, signal: AbortSignal.any([work.signal, signal]) }),
    );
  }
}

const STATES: readonly JobState[] = [
  "queued",
  "running",
  "awaiting_verify",
  "verified",
  "cleanup_eligible",
  "cleaned",
  "failed",
];

/** False while somebody works on the run. */
async function send(job: Job, work: Work): Promise<boolean> {
  const { context, destination, signal } = work;
  using lock = await lockRun(job.runPath, context);
  if (lock === null) return false;
  await using far = await connectTo(destination, job, { context, signal });
  await sendLaterRecord(job, { ...work, far, name: RECORD_FILES.ingest });
  return true;
}
