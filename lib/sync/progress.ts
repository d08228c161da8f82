/** How far a transfer is: what the terminal's bar and the page draw. */
import { atMostEvery, type Clock } from "../base/mod.ts";

export interface Progress {
  readonly jobId: string;
  readonly phase: "sealing" | "preparing" | "sending" | "proving" | "recording" | "fetching";
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly filesDone: number | null;
  readonly filesTotal: number;
  /** Over the last seconds; null until there is something to measure. */
  readonly bytesPerSecond: number | null;
  readonly etaSeconds: number | null;
  readonly currentPath: string | null;
}

export type ProgressListener = (progress: Progress) => void;

/** The span over which the rate is taken. */
const WINDOW_MS = 5_000;
/** Listeners are told at most this often; the last word of a phase is never dropped. */
const SHORTEST_GAP_MS = 200;

/** Turns a transport's counts into rates and times to go, for one phase of one job. */
export class ProgressMeter {
  #samples: { atMs: number; bytes: number }[] = [];
  readonly #isTime: () => boolean;

  constructor(
    private readonly about: Pick<Progress, "jobId" | "phase" | "bytesTotal" | "filesTotal">,
    private readonly to: { readonly onProgress: ProgressListener; readonly clock: Clock },
  ) {
    this.#isTime = atMostEvery(SHORTEST_GAP_MS, { nowMs: () => to.clock.monotonicMs() });
  }

  update(done: { bytesDone: number; filesDone: number | null; currentPath: string | null }): void {
    const atMs = this.to.clock.monotonicMs();
    this.#sample({ atMs, bytes: done.bytesDone });
    while (this.#samples.length > 2 && atMs - this.#samples[0]!.atMs > WINDOW_MS) {
      this.#samples.shift();
    }
    const { bytesTotal, filesTotal } = this.about;
    // The last files may be empty.
    const complete = done.bytesDone >= bytesTotal && (done.filesDone ?? filesTotal) >= filesTotal;
    if (!this.#isTime() && !complete) return;
    const bytesPerSecond = this.#rate();
    const toGo = Math.max(0, this.about.bytesTotal - done.bytesDone);
    const etaSeconds = bytesPerSecond ? Math.ceil(toGo / bytesPerSecond) : null;
    this.to.onProgress({ ...this.about, ...done, bytesPerSecond, etaSeconds });
  }

  /** Closer together than anybody is told they say nothing; of small files there are thousands. */
  #sample(sample: { readonly atMs: number; readonly bytes: number }): void {
    const before = this.#samples.at(-2);
    if (before && sample.atMs - before.atMs < SHORTEST_GAP_MS) this.#samples.pop();
    this.#samples.push(sample);
  }

  #rate(): number | null {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs <= first.atMs) return null;
    return ((last.bytes - first.bytes) * 1000) / (last.atMs - first.atMs);
  }
}
