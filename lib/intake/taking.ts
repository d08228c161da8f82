/**
 * Taking complete runs: records for a folder that has none, then the one way into the queue. It goes
 * on beside the scans, one run of an equipment at a time, because the gate may read much.
 */
import { LabferryError } from "../base/mod.ts";
import { isThere } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import { RECORD_FILES, recordPath } from "../records/mod.ts";
import { admit } from "./admit.ts";
import type { Evidence } from "./completeness.ts";
import type { RunTree } from "./run_tree.ts";
import type { ScanHouse } from "./scan_house.ts";

export interface TakingOptions {
  readonly tree: Pick<RunTree, "prepare">;
  readonly house: ScanHouse;
  readonly signal: AbortSignal;
  /** It is done with a run: there may be another. */
  readonly onFree: () => void;
  /** What is no matter of a run. */
  readonly onFault: (fault: unknown) => void;
}

export interface ToTake {
  readonly runPath: string;
  readonly evidence: Evidence;
  readonly onTaken: (job: Job) => void;
  /** It lies there now, and is found there. */
  readonly onMoved: (to: string) => void;
  /** It may not be taken as it is. */
  readonly onOdd: (error: LabferryError) => void;
}

/** Who brings the runs. */
const BY = "labferry";

export class Taking {
  readonly #options: TakingOptions;
  #work: { readonly runPath: string; readonly end: Promise<void> } | null = null;

  constructor(options: TakingOptions) {
    this.#options = options;
  }

  isAt(runPath: string): boolean {
    return this.#work?.runPath === runPath;
  }

  /** False when it is at another run: ask again when it is free. */
  begin(run: ToTake): boolean {
    if (this.#work) return false;
    const { signal, onFault, onFree } = this.#options;
    const end = this.#take(run).catch((error) => {
      if (signal.aborted) return;
      if (error instanceof LabferryError) run.onOdd(error);
      else onFault(error);
    }).catch((error) => {
      // Not even that can be written down (the queue's disk is full): the next look comes by again.
      if (!(error instanceof LabferryError)) onFault(error);
    }).finally(() => {
      this.#work = null;
      onFree();
    });
    this.#work = { runPath: run.runPath, end };
    return true;
  }

  async settled(): Promise<void> {
    await this.#work?.end;
  }

  async #take({ runPath, evidence, onTaken, onMoved }: ToTake): Promise<void> {
    const { house, signal, tree } = this.#options;
    if (!await isThere(recordPath(runPath, RECORD_FILES.creation))) {
      const to = await prepareOnce(runPath, { tree, signal });
      if (to !== null) return onMoved(to);
    }
    signal.throwIfAborted();
    const { config, context, moves, destinations, onTaken: onWork } = house;
    const { job, isBusy } = await admit(runPath, {
      config,
      context,
      moves,
      destinations,
      by: BY,
      isAsked: false,
      evidence,
      signal,
    });
    if (isBusy) return;
    onTaken(job);
    onWork();
  }
}

/** A head start may have given it its records in this very moment. */
async function prepareOnce(
  runPath: string,
  { tree, signal }: Pick<TakingOptions, "tree" | "signal">,
): Promise<string | null> {
  try {
    return await tree.prepare(runPath, signal);
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "already_exists") throw error;
    if (!await isThere(recordPath(runPath, RECORD_FILES.creation))) throw error;
    return null;
  }
}
