/**
 * One `rclone rcd` for the small requests of a session, instead of one start of rclone, with a new
 * connection, for each (0.06 s on a local folder, 0.2 s over sftp on loopback; as a request 0.002 s).
 *
 * Requests go one after the other, so that what rclone logs belongs to the one that is under way. One
 * that is stopped or takes too long ends rcd with whatever it was doing. A connection that was kept
 * open and died meanwhile is no failure yet: the request is made once more of a new rcd. Every
 * request made here can be made twice.
 */
import { bounded } from "../bounded.ts";
import { failureCodeOf } from "./failure.ts";
import { type RcdOptions, RcdProcess } from "./rcd_process.ts";
import type { RcloneEnd } from "./rclone_tool.ts";

export interface RcRequest {
  /** `operations/list` and the like, https://rclone.org/rc/#supported-commands */
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** What became of a request, in the terms of a run of rclone. */
export interface RcEnd extends Omit<RcloneEnd, "stdout" | "stats"> {
  /** The answer; null when it failed. */
  readonly answer: Readonly<Record<string, unknown>> | null;
  /** rclone itself ended, or nothing it was connected to answered any more. */
  readonly isLost: boolean;
}

export class Rcd implements AsyncDisposable {
  readonly #options: RcdOptions;
  #keeps = true;
  #retries = 1;
  #process: RcdProcess | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RcdOptions) {
    this.#options = options;
  }

  /**
   * What the place behind it is like. `keeps`: it may serve one request after the other; otherwise it
   * is started for each (a backend that remembers what it saw would answer from that). `retries`: how
   * often one call over there is tried.
   */
  async settle(options: { readonly keeps: boolean; readonly retries: number }): Promise<void> {
    this.#keeps = options.keeps;
    this.#retries = options.retries;
    if (!options.keeps) await this.#end();
  }

  /**
   * @throws {TransportError} `missing_tool`; `unreachable` when it took longer than allowed
   * @throws the signal's reason when it was stopped
   */
  async ask(request: RcRequest): Promise<RcEnd> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    try {
      await before;
      return await this.#askInTurn(request);
    } finally {
      resolve();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #askInTurn(request: RcRequest): Promise<RcEnd> {
    request.signal.throwIfAborted();
    const wasThere = this.#process !== null;
    let end = await this.#askOnce(request);
    if (end.isLost && wasThere) end = await this.#askOnce(request);
    if (!this.#keeps) await this.#end();
    return end;
  }

  async #askOnce({ method, params, signal, timeoutMs }: RcRequest): Promise<RcEnd> {
    let isAnswered = false;
    try {
      const process = this.#process ??= new RcdProcess(this.#options);
      const config = { LowLevelRetries: this.#retries, ...asRecord(params._config) };
      const asked = { method, params: { ...params, _config: config } };
      const said = await bounded((within) => process.ask({ ...asked, signal: within }), {
        address: this.#options.tool.shown,
        limitMs: timeoutMs,
        signal,
      });
      const isLost = said.exitCode !== 0 &&
        (said.hasEnded || failureCodeOf(said.exitCode, said.causes) === "unreachable");
      isAnswered = !isLost;
      return { ...said, isLost };
    } finally {
      // Nothing of it may go on over there.
      if (!isAnswered) await this.#end();
    }
  }

  async #end(): Promise<void> {
    const process = this.#process;
    this.#process = null;
    await process?.[Symbol.asyncDispose]();
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}
