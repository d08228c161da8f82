/**
 * The records of received runs that were cleared: they stay beside the place where the data was for 90
 * days, for the PC that pushed it to read, and go then (`rules.md` 24). Never those of a run that is not
 * proven, that has new data, that a person keeps, or whose end nobody could read.
 */
import { isAbort, LabferryError, Rounds, type RoundsContext } from "../base/mod.ts";
import { entriesOf, isThere, lstatOrNull } from "../disk/mod.ts";
import type { Job, Queue } from "../queue/mod.ts";
import { readIngest, RECORD_FILES, recordPath, RECORDS_DIR } from "../records/mod.ts";
import { connectTo, type Dispatcher, lockRun, type SyncContext, type Work } from "../sync/mod.ts";
import { areRecordsGone } from "./ingest_record.ts";
import type { StagingArea } from "./staging_area.ts";
import { removeEmptyPlace, takeRecords } from "./take_records.ts";

const DAY_MS = 24 * 3_600_000;
export const RECORDS_STAY_MS = 90 * DAY_MS;

export interface OldRecordsOptions extends RoundsContext {
  readonly area: StagingArea;
  readonly context: SyncContext;
  readonly dispatcher: Pick<Dispatcher, "lend">;
  /** No record is about to be written; who says no rings when it has come to that. */
  readonly mayBegin: () => boolean;
}

/** Nothing of it is urgent. */
const REST_MS = 6 * 3_600_000;
/** More may go, or the equipment has something to send, or its place does not answer. */
const SOON_MS = 10 * 60_000;
const PAGE = 500;
/** A wrong clock, or a wrong configuration, shows itself before everything is gone. */
const MOST_A_ROUND = 50;

export class OldRecords extends Rounds {
  readonly #options: OldRecordsOptions;
  /** What keeps a run's records here, said once. */
  readonly #said = new Map<string, string>();

  constructor(options: OldRecordsOptions) {
    super({
      ...options,
      name: "Removing the records of cleared runs",
      round: (signal) => this.#round(signal),
      restMs: REST_MS,
    });
    this.#options = options;
  }

  async #round(signal: AbortSignal): Promise<number> {
    const { area, mayBegin, context } = this.#options;
    await area.refresh();
    let gone = 0;
    for await (const job of this.#cleared()) {
      if (signal.aborted || gone >= MOST_A_ROUND || !mayBegin()) return SOON_MS;
      const isBegun = areRecordsGone(job, context.queue);
      if (isBegun ? !await isThere(job.runPath) : !await this.#mayGo(job)) continue;
      const outcome = await this.#take(job, { isBegun, signal });
      if (outcome === "busy") return SOON_MS;
      if (outcome === "gone") gone++;
    }
    return REST_MS;
  }

  async *#cleared(): AsyncGenerator<Job> {
    const { queue } = this.#options.context;
    let after: string | undefined;
    while (true) {
      const page: Job[] = queue.jobs.list({
        states: ["cleaned"],
        limit: PAGE,
        ...(after ? { after } : {}),
      });
      for (const job of page) {
        if (this.#options.area.holds(job) && isProvenAndFree(job)) yield job;
      }
      if (page.length < PAGE) return;
      after = page.at(-1)!.id;
      await Promise.resolve();
    }
  }

  async #mayGo(job: Job): Promise<boolean> {
    const { queue, clock } = this.#options.context;
    const cleared = queue.timeline.last(job.id, ["cleaned"]);
    return cleared !== null && isOldEnough(Date.parse(cleared.at), {
      nowMs: clock.now().getTime(),
      observedMs: queue.observedTime.ms(),
      passes: queue.passes.of(job.id, job.generation),
    }) && await saysCleared(job);
  }

  async #take(
    job: Job,
    { isBegun, signal }: { readonly isBegun: boolean; readonly signal: AbortSignal },
  ): Promise<"gone" | "kept" | "busy"> {
    const { dispatcher, context } = this.#options;
    const lent = dispatcher.lend(
      job,
      (work) => take(job, { ...work, isBegun, signal: AbortSignal.any([work.signal, signal]) }),
    );
    if (lent === null) return "busy";
    try {
      const kept = await lent;
      if (kept !== null) return this.#keeps(job, kept);
      this.#said.delete(job.id);
      context.log("info", "the records of a run that was cleared long ago were removed", {
        job: job.id,
        path: job.runPath,
      });
      return "gone";
    } catch (error) {
      if (isAbort(error)) return "kept";
      if (!(error instanceof LabferryError)) throw error;
      return this.#keeps(job, error.message);
    }
  }

  #keeps({ id, runPath }: Job, why: string): "kept" {
    const { log } = this.#options.context;
    if (this.#said.get(id) !== why) {
      log("warn", `The records of a cleared run stay here: ${why}`, { job: id, path: runPath });
    }
    this.#said.set(id, why);
    return "kept";
  }
}

/** By both clocks: one that jumps must not take them early (`rules.md` 18). */
export function isOldEnough(
  clearedMs: number,
  { nowMs, observedMs, passes }: {
    readonly nowMs: number;
    readonly observedMs: number;
    readonly passes: ReturnType<Queue["passes"]["of"]>;
  },
): boolean {
  if (nowMs - clearedMs < RECORDS_STAY_MS) return false;
  // The comparison with which the clearing began says how much the service had lived through by then.
  const before = passes.filter(({ outcome, endedAt }) =>
    outcome === "passed" && endedAt !== null && Date.parse(endedAt) <= clearedMs
  );
  const sinceMs = before.at(-1)?.observedMs ?? null;
  return sinceMs !== null && observedMs - sinceMs >= RECORDS_STAY_MS;
}

function isProvenAndFree({ verifyPasses, alarm, hold, pinned }: Job): boolean {
  return verifyPasses > 0 && alarm === null && hold === null && !pinned;
}

/** Whoever pushed it could read how it ended. */
async function saysCleared({ runPath }: Job): Promise<boolean> {
  const ingest = recordPath(runPath, RECORD_FILES.ingest);
  if (!await isThere(ingest)) return false;
  try {
    return (await readIngest(ingest)).current_state === "cleared";
  } catch (error) {
    if (error instanceof LabferryError) return false;
    throw error;
  }
}

/** Data came since: it is received, and has records. */
async function isEmptyBut({ runPath }: Job): Promise<boolean> {
  if (!(await lstatOrNull(runPath))?.isDirectory) return false;
  return (await entriesOf(runPath)).every(({ name }) => name === RECORDS_DIR);
}

/** What keeps them here; null when they are gone. */
async function take(
  job: Job,
  { isBegun, ...work }: Work & { readonly isBegun: boolean },
): Promise<string | null> {
  const { context, destination, signal } = work;
  {
    using lock = await lockRun(job.runPath, context);
    if (lock === null) return "another program works on the run";
    const now = context.queue.jobs.byId(job.id);
    if (now?.state !== "cleaned" || !isProvenAndFree(now) || !await isEmptyBut(job)) {
      return "something came of the run since";
    }
    await using far = await connectTo(destination, job, { context, signal });
    const kept = await takeRecords(job, { ...work, far, isBegun });
    if (kept !== null) return `${kept} is not over there as it is here`;
  }
  return await removeEmptyPlace(job) ? null : "its folder is not empty";
}
