/** A tool's figures as progress that never goes back, reported at most ten times a second. */
import { atMostEvery } from "../../base/mod.ts";
import type { TransportProgress } from "../contract.ts";

const SHORTEST_GAP_MS = 100;

export interface Figures {
  readonly bytes: number;
  readonly files: number;
}

export class SteadyProgress {
  readonly #onProgress: ((progress: TransportProgress) => void) | undefined;
  readonly #isTime: () => boolean;
  #bytesDone = 0;
  #filesDone = 0;

  constructor(
    onProgress: ((progress: TransportProgress) => void) | undefined,
    { nowMs = () => performance.now() }: { readonly nowMs?: () => number } = {},
  ) {
    this.#onProgress = onProgress;
    this.#isTime = atMostEvery(SHORTEST_GAP_MS, { nowMs });
  }

  /** `whole` bounds it: a file that is tried again counts twice for its tool. */
  saw({ bytes, files }: Figures, { currentPath, whole }: {
    readonly currentPath: string | null;
    readonly whole: Figures;
  }): void {
    this.#bytesDone = Math.max(this.#bytesDone, Math.min(bytes, whole.bytes));
    this.#filesDone = Math.max(this.#filesDone, Math.min(files, whole.files));
    if (this.#isTime()) this.#report(currentPath);
  }

  /** All of it has arrived, what was there before included. */
  finish(whole: Figures): void {
    this.#bytesDone = whole.bytes;
    this.#filesDone = whole.files;
    this.#report(null);
  }

  #report(currentPath: string | null): void {
    this.#onProgress?.({
      bytesDone: this.#bytesDone,
      filesDone: this.#filesDone,
      currentPath,
    });
  }
}
