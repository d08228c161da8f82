/**
 * Keeps each run's record in step with the queue. A record that cannot be written just now is owed,
 * not forgotten: it is tried again until it says what the queue says.
 */
import { messageOf } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import type { SyncDoors } from "./place.ts";
import { recordStatusOf, setRecordStatus } from "./record_status.ts";

const PAGE = 500;
/** A record somebody else holds longer is owed; the service must be able to stop meanwhile. */
const LOCK_WAIT_MS = 3_000;

export class RecordKeeper {
  #owed = new Set<string>();

  constructor(private readonly doors: Pick<SyncDoors, "queue" | "log">) {}

  get owed(): number {
    return this.#owed.size;
  }

  /** Writes the record of a job as it is now. */
  async keep(jobId: string): Promise<void> {
    const job = this.doors.queue.job(jobId);
    if (!job) return;
    try {
      await setRecordStatus(job.runPath, recordStatusOf(job), this.doors, {
        lockTimeoutMs: LOCK_WAIT_MS,
      });
      this.#owed.delete(jobId);
    } catch (error) {
      this.#owed.add(jobId);
      this.doors.log("warn", `The run's record cannot be written yet: ${messageOf(error)}`, {
        job: jobId,
        run: job.runPath,
      });
    }
  }

  async keepOwed(): Promise<void> {
    for (const jobId of [...this.#owed]) await this.keep(jobId);
  }

  /** After a start: a crash may have come between a failure's commit and its record. */
  async keepAllFailed(): Promise<void> {
    let after: string | undefined;
    while (true) {
      const page: Job[] = this.doors.queue.jobs({
        states: ["failed"],
        limit: PAGE,
        ...(after ? { after } : {}),
      });
      for (const { id } of page) await this.keep(id);
      if (page.length < PAGE) return;
      after = page.at(-1)!.id;
    }
  }
}
