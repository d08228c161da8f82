/** How far the work on each run is, as it was last told: for whoever asks between two pieces of news. */
import type { ProgressView } from "./views.ts";

export class ProgressBoard {
  readonly #latest = new Map<string, ProgressView>();

  note(progress: ProgressView): void {
    this.#latest.set(progress.job_id, progress);
  }

  /** The run has moved: what was told of it belongs to the step before. */
  moved(jobId: string): void {
    this.#latest.delete(jobId);
  }

  of(jobId: string): ProgressView | null {
    return this.#latest.get(jobId) ?? null;
  }
}
