/**
 * Keeps each run's record in step with the queue. A record that cannot be written just now is owed,
 * not forgotten: it is tried again until it says what the queue says.
 */
import { endsWithin } from "../base/ends_within.ts";
import { LabferryError, messageOf } from "../base/mod.ts";
import type { Job, JobState } from "../queue/mod.ts";
import { type Creation, readCreation, RECORD_FILES, recordPath } from "../records/mod.ts";
import type { SyncContext } from "./destination.ts";
import { recordPin } from "./record_pin.ts";
import { recordStatusOf, setRecordStatus } from "./record_status.ts";

const PAGE = 500;
/** Settled runs are looked at in smaller stretches, and as much longer rested: it is nobody's hurry. */
const SETTLED_PAGE = 50;
const REST_TIMES = 9;
/** A record somebody else holds longer is owed; the service must be able to stop meanwhile. */
const LOCK_WAIT_MS = 3_000;
/** Nothing is sent meanwhile. */
const KEEP_WITHIN_MS = 2_000;

export class RecordKeeper {
  readonly #owed = new Set<string>();
  /** Where the next round goes on with the pins that are owed. */
  #pinsAfter = "";
  /** By job: what is being written; in a share that hangs that may be for ever. */
  readonly #keeping = new Map<string, Promise<void>>();

  constructor(
    private readonly context: Pick<SyncContext, "queue" | "log" | "staged" | "clock">,
  ) {}

  /** Writes the record of a job as it is now. */
  async keep(jobId: string): Promise<void> {
    const job = this.context.queue.jobs.byId(jobId);
    if (!job) return;
    try {
      if (!await isTheirs(job)) {
        await setRecordStatus(job.runPath, {
          status: recordStatusOf(job, this.context),
          log: this.context.log,
          lockTimeoutMs: LOCK_WAIT_MS,
        });
      }
      if (this.#isSettled(job)) this.#owed.delete(jobId);
      else this.#owed.add(jobId);
    } catch (error) {
      this.#owed.add(jobId);
      this.context.log("warn", `The run's record cannot be written yet: ${messageOf(error)}`, {
        job: jobId,
        run: job.runPath,
      });
    }
  }

  /** The pin too; see `recordPin`. */
  async keepPin(job: Job): Promise<void> {
    const { jobs, owedPins } = this.context.queue;
    if (!await recordPin(job, this.context)) return owedPins.note(job.id);
    // Another word may have been spoken while this one was written, and its own writing have failed.
    if (jobs.byId(job.id)?.pinned === job.pinned) owedPins.settle(job.id);
  }

  /** Not when it moved on meanwhile: whoever wrote that may have waited for this one in vain. */
  #isSettled(job: Job): boolean {
    const now = this.context.queue.jobs.byId(job.id);
    return now === null || recordStatusOf(now, this.context) === recordStatusOf(job, this.context);
  }

  async keepOwed(): Promise<void> {
    await this.#keepSome([...this.#owed], (jobId) => this.keep(jobId));
    await this.#keepOwedPins();
  }

  /** A page a round: those after it have their turn in the next. */
  async #keepOwedPins(): Promise<void> {
    const { jobs, owedPins } = this.context.queue;
    const owed = owedPins.list({ after: this.#pinsAfter, limit: PAGE });
    this.#pinsAfter = owed.length < PAGE ? "" : owed.at(-1)!;
    await this.#keepSome(owed, async (jobId) => {
      const job = jobs.byId(jobId);
      if (job) await this.keepPin(job);
      else owedPins.settle(jobId);
    });
  }

  /** One that its share keeps waiting is left to itself, and so are the others of its instrument. */
  async #keepSome(
    jobIds: readonly string[],
    keep: (jobId: string) => Promise<void>,
  ): Promise<void> {
    const slow = new Set<string>();
    for (const jobId of jobIds) {
      const equipmentId = this.context.queue.jobs.byId(jobId)?.equipmentId ?? "";
      if (slow.has(equipmentId)) continue;
      const keeping = this.#keeping.get(jobId) ??
        keep(jobId).finally(() => this.#keeping.delete(jobId));
      this.#keeping.set(jobId, keeping);
      if (!await endsWithin(keeping, KEEP_WITHIN_MS)) slow.add(equipmentId);
      else await keeping;
    }
  }

  /** After a start: a crash may have come between a failure's commit and its record. */
  async keepAllFailed(): Promise<void> {
    for (const page of this.#pages(["failed"], PAGE)) {
      await this.#keepSome(page.map(({ id }) => id), (jobId) => this.keep(jobId));
    }
  }

  /**
   * After a start, beside the work: another program may have changed what a settled run's record
   * says, or the one before was stopped before it had written that a person keeps the run. Records are
   * read without their lock, and only those that say something else are written.
   * A tenth of the time goes to it: with a hundred thousand runs the pages waited for it, 10 to 60 ms.
   */
  async keepSettled(signal: AbortSignal): Promise<void> {
    const { clock } = this.context;
    for (const page of this.#pages(["verified", "cleanup_eligible", "cleaned"], SETTLED_PAGE)) {
      const beganMs = clock.monotonicMs();
      for (const job of page) {
        if (signal.aborted) return;
        const record = await recordOf(job);
        if (record === null) continue;
        if (record.sync_status !== recordStatusOf(job, this.context)) await this.keep(job.id);
        if (job.pinned && record.labferry?.pinned !== true) await this.keepPin(job);
      }
      if (page.length < SETTLED_PAGE || signal.aborted) return;
      await clock.sleep((clock.monotonicMs() - beganMs) * REST_TIMES, signal);
    }
  }

  *#pages(states: readonly JobState[], limit: number): Generator<readonly Job[]> {
    let after: string | undefined;
    while (true) {
      const page: Job[] = this.context.queue.jobs.list({
        states,
        limit,
        ...(after ? { after } : {}),
      });
      yield page;
      if (page.length < limit) return;
      after = page.at(-1)!.id;
    }
  }
}

/** The other program cleans up by itself: its word that the local copy is gone is left to stand. */
export async function isTheirs(job: Job): Promise<boolean> {
  if (job.state !== "verified" && job.state !== "cleanup_eligible") return false;
  return (await recordOf(job))?.sync_status === "cleaned";
}

/** Null for a run that has no record, or none that can be read: `audit` tells of those. */
async function recordOf({ runPath }: Job): Promise<Creation | null> {
  try {
    return await readCreation(recordPath(runPath, RECORD_FILES.creation));
  } catch (error) {
    if (error instanceof LabferryError) return null;
    throw error;
  }
}
