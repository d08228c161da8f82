/**
 * Waiting for a place that may have stopped answering. A call into a dead share never returns and
 * cannot be interrupted, so the wait is what ends: the thread that hangs is given up.
 */
import { TransportError } from "./failure.ts";

/**
 * Aborts when nothing was heard for `silenceMs`. `using watch = new SilenceWatch(…)`; call
 * `heard()` at every sign of life.
 */
export class SilenceWatch implements Disposable {
  readonly #silenceMs: number;
  readonly #controller = new AbortController();
  readonly #address: string;
  #heardMs = performance.now();
  #timer: ReturnType<typeof setTimeout>;

  constructor(address: string, silenceMs: number) {
    this.#address = address;
    this.#silenceMs = silenceMs;
    this.#timer = setTimeout(() => this.#look(), silenceMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Said for each of a million files: a timer set anew each time would cost more than the file. */
  heard(): void {
    this.#heardMs = performance.now();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const leftMs = this.#silenceMs - (performance.now() - this.#heardMs);
    if (leftMs <= 0) this.#controller.abort(this.#fault());
    else this.#timer = setTimeout(() => this.#look(), Math.ceil(leftMs));
  }

  #fault(): TransportError {
    return new TransportError("unreachable", `${this.#address} does not answer`, {
      why: `nothing came back for ${Math.round(this.#silenceMs / 1000)} s`,
      hint: "Look whether the server and the network are up; the transfer goes on by itself then.",
    });
  }
}

/** `work`, or `unreachable` after `limitMs`, also when `work` does not heed the signal it gets. */
export async function bounded<T>(
  work: (signal: AbortSignal) => Promise<T>,
  options: { readonly address: string; readonly limitMs: number; readonly signal: AbortSignal },
): Promise<T> {
  options.signal.throwIfAborted();
  using watch = new SilenceWatch(options.address, options.limitMs);
  const signal = AbortSignal.any([options.signal, watch.signal]);
  const { promise: given, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work(signal), given]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
