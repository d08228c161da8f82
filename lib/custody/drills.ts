/** The weekly drill of each instrument, below all transfers, when nothing of it waits to be sent. */
import { isAbort, LabferryError, Rounds } from "../base/mod.ts";
import { connectTo, type LentRounds, type Work } from "../sync/mod.ts";
import type { Job } from "../queue/mod.ts";
import { drill, type DrillOutcome } from "./drill.ts";
import { recordDrill } from "./drill_book.ts";

export interface DrillsOptions extends LentRounds {
  /** Of one drill; 0 for none. */
  readonly maxBytes: number;
  readonly onDrill: (outcome: DrillOutcome) => void;
}

const REST_MS = 3_600_000;
const WEEK_MS = 7 * 86_400_000;
/** Runs that are drawn from, the newest of each state. */
const MOST_JOBS = 10_000;

export class Drills extends Rounds {
  readonly #options: DrillsOptions;

  constructor(options: DrillsOptions) {
    super({
      ...options,
      name: "The weekly drill",
      round: (signal) => this.#round(signal),
      restMs: REST_MS,
    });
    this.#options = options;
  }

  async #round(signal: AbortSignal): Promise<void | "done"> {
    const { context, destinations, dispatcher, maxBytes } = this.#options;
    if (maxBytes === 0) return "done";
    for (const [equipmentId, destination] of destinations) {
      if (signal.aborted) return;
      if (!this.#isDue(equipmentId) || context.staged.has(equipmentId)) continue;
      if (!dispatcher.breakers.isUp(destination.name)) continue;
      await this.#drill(equipmentId, signal);
    }
  }

  /** A week of the wall clock; one that was set back drills a little early. */
  #isDue(equipmentId: string): boolean {
    const { queue, clock } = this.#options.context;
    const last = Date.parse(queue.meta.get(keyOf(equipmentId)) ?? "");
    return !(Math.abs(clock.now().getTime() - last) < WEEK_MS);
  }

  async #drill(equipmentId: string, signal: AbortSignal): Promise<void> {
    const { context: { queue, clock, log }, dispatcher } = this.#options;
    const jobs = queue.jobs.list({
      equipmentId,
      states: ["cleaned", "verified"],
      limit: MOST_JOBS,
    });
    const [job] = jobs;
    if (!job) return;
    try {
      const lent = dispatcher.lend(
        job,
        (work) =>
          this.#over({ ...work, signal: AbortSignal.any([work.signal, signal]) }, {
            equipmentId,
            jobs,
          }),
      );
      if (lent === null) return;
      await lent;
      queue.meta.set(keyOf(equipmentId), clock.now().toISOString());
    } catch (error) {
      // A transfer wants the place, or the destination went away: tried again in an hour.
      if (isAbort(error)) return;
      if (!(error instanceof LabferryError)) throw error;
      log("warn", `The drill could not be made: ${error.message}`, { equipmentId });
    }
  }

  async #over(
    { destination, context, signal }: Work,
    { equipmentId, jobs }: { readonly equipmentId: string; readonly jobs: readonly Job[] },
  ): Promise<void> {
    const { maxBytes, onDrill } = this.#options;
    await using far = await connectTo(destination, jobs[0]!, { context, signal });
    await far.confirm();
    const outcome = await drill({
      equipmentId,
      session: far.session,
      address: destination.transport.address,
      runs: jobs.map(({ farDir, state, bytes }) => ({
        farDir,
        isCleaned: state === "cleaned",
        bytes,
      })),
      maxBytes,
      scratchDir: far.scratchDir,
      signal,
      random: context.random,
      monotonicMs: () => context.clock.monotonicMs(),
    });
    await far.confirm();
    await recordDrill(outcome, context);
    context.log(outcome.bad.length > 0 ? "error" : "info", `The drill: ${outcome.sentence}`, {
      equipmentId,
    });
    onDrill(outcome);
  }
}

function keyOf(equipmentId: string): string {
  return `drill:${equipmentId}`;
}
