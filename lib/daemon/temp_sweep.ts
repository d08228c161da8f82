/**
 * Sweeps up what killed writers left: temporary files in the state directory, in the reports, and
 * beside the records of all known runs. It takes its time: some runs a round, and a day's rest when
 * it has been to all of them.
 */
import { dirname } from "node:path";
import { type FaultListener, type Rest, Rounds } from "../base/mod.ts";
import { sweepTemps, type Swept } from "../disk/mod.ts";
import { findRunAddress, tidyRecords } from "../records/mod.ts";
import { tidyReports } from "../reports/mod.ts";
import type { SyncContext } from "../sync/mod.ts";
import type { StateDir } from "./state_dir.ts";

export interface TempSweepOptions {
  readonly context: Pick<SyncContext, "queue" | "clock" | "log">;
  readonly stateDir: StateDir;
  /** Runs looked at in one round. @default {500} */
  readonly runsARound?: number;
  /** As `RoundsOptions.onFault`. */
  readonly onFault?: FaultListener;
}

/** A hundred thousand runs are looked at in 17 hours, with a folder's listing each. */
const RUNS_A_ROUND = 500;
const REST_MS = 5 * 60_000;
const DAY_MS = 24 * 3600 * 1000;

export class TempSweep extends Rounds {
  readonly #options: TempSweepOptions;
  /** The run up to which this turn has come; null before its first. */
  #after: string | null = null;

  constructor(options: TempSweepOptions) {
    const { context, onFault } = options;
    super({
      name: "Sweeping up temporary files",
      round: (signal) => this.#sweep(signal),
      restMs: REST_MS,
      log: context.log,
      onFault,
      clock: context.clock,
    });
    this.#options = options;
  }

  async #sweep(signal: AbortSignal): Promise<Rest> {
    const { context, stateDir, runsARound: limit = RUNS_A_ROUND } = this.#options;
    const { queue, clock } = context;
    const options = { clock, signal };
    if (this.#after === null) {
      this.#report(await sweepTemps(stateDir.path, options));
      this.#report(await tidyReports(stateDir.reportsDir, options));
    }
    const after = this.#after === null ? {} : { after: this.#after };
    const jobs = queue.jobs.list({ limit, ...after });
    for (const directory of new Set(jobs.flatMap(({ runPath }) => recordPlacesOf(runPath)))) {
      if (signal.aborted) return;
      this.#report(await tidyRecords(directory, options));
    }
    const isLast = jobs.length < limit;
    this.#after = isLast ? null : jobs.at(-1)!.id;
    return isLast ? DAY_MS : undefined;
  }

  #report({ removed, failed }: Swept): void {
    const { log } = this.#options.context;
    for (const path of removed) {
      log("info", "removed a temporary file of a killed program", { path });
    }
    // A share that is away, a folder of somebody else: looked at again with the next turn.
    for (const { message, code } of failed) log("debug", message, { code });
  }
}

/** A run's folder, and its project's and equipment's, which have records too. */
function recordPlacesOf(runPath: string): string[] {
  if (findRunAddress(runPath) === null) return [runPath];
  const project = dirname(dirname(runPath));
  return [runPath, project, dirname(project)];
}
