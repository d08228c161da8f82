/**
 * Asks orchestrators about the runs that were handed over to them, until each is known to be on the
 * NAS. One that does not answer now is asked again; nothing else waits for it.
 */
import { isAbort, LabferryError, Rounds, type RoundsContext } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import type { Destination, SyncContext } from "./destination.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { connectTo } from "./far_connection.ts";
import { askOrchestrator } from "./staged_run.ts";
import { isTakenOver } from "./taken_over.ts";
import type { Work } from "./work.ts";

export interface HandedOverOptions extends RoundsContext {
  readonly context: SyncContext;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly dispatcher: Pick<Dispatcher, "asked" | "breakers">;
  /** A run is known to be on the NAS now. */
  readonly onTaken: (job: Job) => void;
  readonly restMs: number;
}

const PAGE = 500;

export class HandedOver extends Rounds {
  readonly #options: HandedOverOptions;

  constructor(options: HandedOverOptions) {
    super({
      ...options,
      name: "Asking orchestrators",
      round: (signal) => this.#round(signal),
    });
    this.#options = options;
  }

  async #round(signal: AbortSignal): Promise<void | "done"> {
    const { context: { queue, staged, log }, destinations, dispatcher, onTaken } = this.#options;
    if (staged.size === 0) return "done";
    for (const job of this.#waiting()) {
      if (signal.aborted) return;
      const destination = destinations.get(job.equipmentId);
      if (!destination || !dispatcher.breakers.isUp(destination.name)) continue;
      try {
        const isTaken = await dispatcher.asked(
          job,
          (work) => ask(job, { ...work, signal: AbortSignal.any([work.signal, signal]) }),
        );
        if (isTaken) onTaken(queue.jobs.byId(job.id) ?? job);
      } catch (error) {
        if (isAbort(error)) return;
        if (!(error instanceof LabferryError)) throw error;
        log("debug", `The orchestrator could not be asked: ${error.message}`, { job: job.id });
      }
    }
  }

  *#waiting(): Generator<Job> {
    const { queue, staged } = this.#options.context;
    for (const equipmentId of staged.keys()) {
      let after: string | undefined;
      while (true) {
        const page: Job[] = queue.jobs.list({
          states: ["verified"],
          equipmentId,
          limit: PAGE,
          ...(after ? { after } : {}),
        });
        for (const job of page) if (!isTakenOver(job, queue)) yield job;
        if (page.length < PAGE) break;
        after = page.at(-1)!.id;
      }
    }
  }
}

async function ask(job: Job, work: Work): Promise<boolean> {
  const { context, destination, signal } = work;
  await using far = await connectTo(destination, job, { context, signal });
  return await askOrchestrator(job, { ...work, far });
}
