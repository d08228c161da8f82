/** Gives up on a tool that stopped getting anywhere: rclone has no limit for a hung local disk. */
import { TransportError } from "../failure.ts";

export class StallWatch implements Disposable {
  readonly #limitMs: number;
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout>;
  #last = "";

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#timer = this.#arm();
  }

  /** Aborts, with an `unreachable` as its reason, when nothing changed for the limit. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Any change of `state` is progress. */
  saw(state: string): void {
    if (state === this.#last) return;
    this.#last = state;
    clearTimeout(this.#timer);
    this.#timer = this.#arm();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #arm(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      const minutes = Math.round(this.#limitMs / 60_000);
      this.#abort.abort(
        new TransportError("unreachable", `nothing moved for ${minutes} minutes`, {
          why: "the destination, or the disk that is read, does not answer",
        }),
      );
    }, this.#limitMs);
  }
}
