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
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(address: string, silenceMs: number) {
    this.#address = address;
    this.#silenceMs = silenceMs;
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(this.#fault()), this.#silenceMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
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
