/**
 * `retry --all`: everything that failed or waits, except what only a person may decide run by run. A
 * loss is never accepted in bulk: such runs are named, and stay as they are.
 */
import type { Job, Queue } from "../queue/mod.ts";
import { needsAcceptance } from "../sync/mod.ts";

export interface RetryAllContext {
  readonly queue: Queue;
  /** True while the job's destination is down. */
  readonly isDown: (job: Job) => boolean;
  /** Puts one job back to work, and its record with it. */
  readonly retryOne: (job: Job) => Promise<Job>;
  /** Asks every destination that is down, now. */
  readonly probe: () => Promise<void>;
}

export interface RetriedJobs {
  /** As they are after the destinations were asked: some may still wait for theirs. */
  readonly asked: readonly Job[];
  /** Skipped for want of consent. */
  readonly skipped: readonly Job[];
}

const PAGE = 500;

export async function retryAllRuns(context: RetryAllContext): Promise<RetriedJobs> {
  const { queue, isDown, retryOne, probe } = context;
  const asked: Job[] = [];
  const skipped: Job[] = [];
  for (const job of waiting(queue)) {
    if (needsAcceptance(job)) skipped.push(job);
    else if (hasTrouble(job)) asked.push(await retryOne(job));
    else if (isDown(job)) asked.push(job);
  }
  await probe();
  return { asked: asked.map((job) => queue.jobs.byId(job.id) ?? job), skipped };
}

function hasTrouble({ state, nextAttemptAt, lastError }: Job): boolean {
  return state === "failed" || nextAttemptAt !== null || lastError !== null;
}

/** Runs that a person or the gate holds wait for them, and for nothing else. */
function* waiting(queue: Queue): Generator<Job> {
  let after: string | undefined;
  while (true) {
    const page = queue.jobs.list({
      states: ["failed", "queued", "awaiting_verify"],
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const job of page) {
      if (job.hold !== "cancelled" && job.hold !== "gate") yield job;
    }
    if (page.length < PAGE) return;
    after = page.at(-1)!.id;
  }
}
