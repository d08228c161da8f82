/** How an equipment's root answers. What is wrong with it is its own state: no run below it is judged. */
import type { Clock } from "../base/mod.ts";
import { ANSWER_MS } from "../process/mod.ts";
import type { SyncContext } from "../sync/mod.ts";
import type { LookedRoot, RootLook } from "./run_folders.ts";

export interface RootState {
  readonly equipmentId: string;
  readonly path: string;
  /** What is wrong; null when it answers as it should. */
  readonly fault: string | null;
  readonly since: string;
}

export interface RootWatchOptions {
  readonly equipmentId: string;
  readonly path: string;
  /** The device that the runs were on that are known; null when none is. */
  readonly dev: string | null;
  readonly log: SyncContext["log"];
  readonly clock: Clock;
  /** A share that gives no answer for so long is said to hang. @default 30 s */
  readonly answerMs?: number | undefined;
  /** It answers otherwise than before. @default nobody has to know */
  readonly onNotice?: (() => void) | undefined;
}

const SILENT = "it does not answer";

export class RootWatch {
  readonly #options: RootWatchOptions;
  #fault: string | null = null;
  #since: string;
  #stepMs: number;
  /** The device that holds the equipment's runs. */
  #dev: string | null;

  constructor(options: RootWatchOptions) {
    this.#options = options;
    this.#dev = options.dev;
    this.#since = options.clock.now().toISOString();
    this.#stepMs = options.clock.monotonicMs();
  }

  get fault(): string | null {
    return this.#fault;
  }

  /** It was waited for too long. */
  get isSilent(): boolean {
    return this.#fault === SILENT;
  }

  get state(): RootState {
    const { equipmentId, path } = this.#options;
    return { equipmentId, path, fault: this.#fault, since: this.#since };
  }

  /** The walk goes on: the root has answered. */
  step(): void {
    this.#stepMs = this.#options.clock.monotonicMs();
  }

  /** Takes a look at the root. False when no run below it may be judged. */
  see(look: RootLook, { knowsRuns }: { readonly knowsRuns: boolean }): boolean {
    this.step();
    if ("fault" in look) return this.#set(look.fault);
    // The empty mount point of a disk that is away is a folder like any other.
    if (look.dev === null && knowsRuns) return this.#set(`${look.folder} is not there`);
    return true;
  }

  /**
   * Takes what a listing found. The number of a disk may change with each start; another disk is one
   * that has another number and none of the runs.
   */
  recognise(
    { dev }: LookedRoot,
    { knowsRuns, holdsKnown }: { readonly knowsRuns: boolean; readonly holdsKnown: boolean },
  ): boolean {
    this.step();
    if (knowsRuns && !holdsKnown && this.#dev !== null && dev !== this.#dev) {
      return this.#set("another disk is there, with none of the runs that were known");
    }
    this.#dev = dev;
    return this.#set(null);
  }

  /** Asked while a walk is under way: how long has it been waiting for an answer? */
  wait(): void {
    const { clock, answerMs = ANSWER_MS } = this.#options;
    if (clock.monotonicMs() - this.#stepMs > answerMs) this.#set(SILENT);
  }

  /** A walk has come to its end. */
  answered(): void {
    if (this.isSilent) this.#set(null);
  }

  #set(fault: string | null): boolean {
    const { equipmentId, path, log, clock, onNotice } = this.#options;
    if (fault !== this.#fault) {
      this.#fault = fault;
      onNotice?.();
      this.#since = clock.now().toISOString();
      const about = { equipmentId, path };
      if (fault === null) log("info", `the root of ${equipmentId} is there again`, about);
      else log("warn", `the root of ${equipmentId}: ${fault}`, about);
    }
    return fault === null;
  }
}
