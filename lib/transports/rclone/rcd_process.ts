/**
 * A running `rclone rcd`: it listens on a free port of 127.0.0.1 only (1.60 knows no unix socket), to
 * whoever has the name and password that it got in its environment, made anew for each. It carries the
 * job's token, so that one whose labferry was killed is found and ended like any other tool.
 */
import type { ToolOutcome } from "../../process/mod.ts";
import { TransportError } from "../failure.ts";
import { readLogLine } from "./log_line.ts";
import { askRcd, type RcAddress, type RcAnswer } from "./rc_client.ts";
import { newLogin, portIn, RC_FLAGS } from "./remote_control.ts";
import type { RcloneTool } from "./rclone_tool.ts";
import type { RcloneError, ToolLog } from "./tool_log.ts";

export interface RcdOptions {
  readonly tool: RcloneTool;
  readonly token: string;
  /** Ends it, besides disposing. */
  readonly signal: AbortSignal;
  /** Whoever else has to wait for its end; @default nobody */
  readonly track?: <T>(work: Promise<T>) => Promise<T>;
  readonly onToolLine?: ((line: string) => void) | undefined;
}

export interface Said {
  readonly answer: Readonly<Record<string, unknown>> | null;
  /** As that of rclone's own command would be: 0; 3 for a folder that is not there; 1. */
  readonly exitCode: number;
  readonly errors: readonly RcloneError[];
  /** Without names, to be classified. */
  readonly causes: readonly string[];
  readonly toolTail: string;
  /** rclone ended instead of answering. */
  readonly hasEnded: boolean;
}

const START_LIMIT_MS = 20_000;
/** The log and the answer come by two ways; what is missing after that is not waited for. */
const LOG_LIMIT_MS = 500;

export class RcdProcess implements AsyncDisposable {
  readonly #options: RcdOptions;
  readonly #stop = new AbortController();
  readonly #listening = Promise.withResolvers<RcAddress>();
  readonly #ended: Promise<ToolOutcome>;
  readonly #login = newLogin();
  #log: ToolLog;
  /** Awaits the line with which rcd logs that a request failed, the last one about it. */
  #failureLogged: { readonly method: string; readonly resolve: () => void } | null = null;

  constructor(options: RcdOptions) {
    const { tool, token, signal, track = (work) => work } = options;
    this.#options = options;
    this.#log = tool.newLog(options.onToolLine);
    // What becomes of it is for whoever waits; a session may end without having asked anything.
    this.#listening.promise.catch(() => {});
    this.#ended = track(tool.serve({
      args: ["rcd", ...RCD_FLAGS],
      env: { RCLONE_RC_USER: this.#login.user, RCLONE_RC_PASS: this.#login.password },
      signal: AbortSignal.any([signal, this.#stop.signal]),
      token,
      onLogLine: (text) => this.#heard(text),
    }));
    this.#ended.catch(this.#listening.reject);
  }

  /**
   * @throws {TransportError} `missing_tool`; `unknown` for an rclone that does not begin to listen
   * @throws the signal's reason when it was stopped
   */
  async ask({ method, params, signal }: {
    readonly method: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly signal: AbortSignal;
  }): Promise<Said> {
    const ended = this.#ended.then((outcome) => ({ outcome }));
    const address = await Promise.race([this.#addressOf(signal), ended]);
    if ("outcome" in address) return this.#sayEnded(address.outcome, signal);
    const log = this.#log = this.#options.tool.newLog(this.#options.onToolLine);
    const logged = Promise.withResolvers<void>();
    this.#failureLogged = { method, resolve: logged.resolve };
    const answered = askRcd(address, { method, params, signal });
    try {
      const answer = await Promise.race([answered, ended]);
      if ("outcome" in answer) return this.#sayEnded(answer.outcome, signal);
      if (answer.status === 200) return said(log, { answer: asRecord(JSON.parse(answer.text)) });
      await withinMs(logged.promise, LOG_LIMIT_MS);
      return this.#sayFailed(answer, log);
    } catch (error) {
      if (signal.aborted || !isConnectionError(error)) throw error;
      // Nobody listens any more: its end is a moment away, or it is no rcd that listens there.
      this.#stop.abort();
      return this.#sayEnded(await this.#ended, signal);
    } finally {
      this.#failureLogged = null;
      // When its process ended first.
      await Promise.allSettled([answered]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new DOMException("rcd is no longer needed", "AbortError"));
    await Promise.allSettled([this.#ended]);
  }

  async #addressOf(signal: AbortSignal): Promise<RcAddress> {
    const { promise, reject } = Promise.withResolvers<never>();
    const limit = setTimeout(() => reject(notListening()), START_LIMIT_MS);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([this.#listening.promise, promise]);
    } finally {
      clearTimeout(limit);
      signal.removeEventListener("abort", onAbort);
    }
  }

  #heard(text: string): void {
    const line = readLogLine(text);
    const port = portIn(line.text);
    if (port !== null) {
      this.#listening.resolve({ port, ...this.#login });
      return;
    }
    if (!line.text.startsWith('rc: "')) {
      this.#log.heard(text);
      return;
    }
    // The answer says the same, and this line may hold a whole request.
    const waiting = this.#failureLogged;
    if (waiting !== null && line.text.startsWith(`rc: "${waiting.method}": error: `)) {
      waiting.resolve();
    }
  }

  #sayFailed({ status, text }: RcAnswer, log: ToolLog): Said {
    const { error } = asRecord(readJson(text));
    const message = typeof error === "string" ? error : `rclone answered ${status}`;
    // Only the message: the answer repeats the request, and with it the address and its options.
    const { cause } = log.heard(JSON.stringify({ level: "error", msg: message }));
    const isMissing = status === 404 && /directory not found/.test(cause);
    return said(log, { exitCode: isMissing ? 3 : 1 });
  }

  #sayEnded(outcome: ToolOutcome, signal: AbortSignal): Said {
    signal.throwIfAborted();
    this.#options.signal.throwIfAborted();
    const exitCode = outcome.kind === "exited" && outcome.code !== 0 ? outcome.code : 1;
    return said(this.#log, { exitCode, hasEnded: true });
  }
}

const RCD_FLAGS = [
  ...RC_FLAGS,
  // A listing leaves links out; who looks for them says otherwise in the address.
  "--sftp-skip-links",
  "--dry-run=false",
] as const;

function said(
  log: ToolLog,
  { answer = null, exitCode = 0, hasEnded = false }: Partial<Said>,
): Said {
  const causes = log.errors.length > 0 ? log.errors.map(({ cause }) => cause) : [log.tail];
  return { answer, exitCode, hasEnded, errors: log.errors, causes, toolTail: log.tail };
}

function notListening(): TransportError {
  return new TransportError("unknown", "rclone did not begin to listen", {
    why: `"rclone rcd" was given ${START_LIMIT_MS / 1000} s`,
    hint: "Look whether a firewall on this computer keeps programs from listening on 127.0.0.1.",
  });
}

/** What is no JSON comes from somebody else. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" &&
    /^(ECONN|EPIPE|EHOST|ENET|UND_ERR|ESOCKET)/.test(error.code);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

/** Waits for `work`, but no longer than `limitMs`. */
async function withinMs(work: Promise<unknown>, limitMs: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, limitMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
