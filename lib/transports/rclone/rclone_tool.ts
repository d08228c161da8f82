/**
 * Running rclone: which binary, with which configuration, with which flags whatever it does. One
 * `RcloneTool` belongs to one transport; what it runs belongs to the session that asked.
 */
import { LabferryError } from "../../base/mod.ts";
import { runTool, type ToolOutcome } from "../../process/mod.ts";
import { type FailureCode, TransportError } from "../failure.ts";
import { failureCodeOf, hintOf } from "./failure.ts";
import type { RcloneLine, RcloneStats } from "./log_line.ts";
import { type RemoteAddress, shownAddress } from "./remote_address.ts";
import { type RcloneError, ToolLog } from "./tool_log.ts";
import { isAtLeast, OLDEST, type RcloneVersion, readVersion } from "./tool_version.ts";

export interface RcloneRun {
  /** Command, its flags and its paths. */
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly token?: string;
  /** Every line of its log, parsed. */
  readonly onLine?: (line: RcloneLine) => void;
  /** Every line of its log but statistics and what it says of each file, for labferry's log; secrets are taken out. */
  readonly onToolLine?: ((line: string) => void) | undefined;
  /** Standard output in pieces; without it the output is kept. */
  readonly onStdoutChunk?: (bytes: Uint8Array) => void | Promise<void>;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** How often one request is tried before the whole fails; 1 for a probe. */
  readonly lowLevelRetries?: number;
}

/** rclone ran to its end, well or badly. */
export interface RcloneEnd {
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly errors: readonly RcloneError[];
  /** The last lines of its log without statistics; secrets are taken out. */
  readonly toolTail: string;
  readonly stats: RcloneStats | null;
}

/** A server that runs until its signal ends it. */
export interface RcloneServer {
  /** Command and its flags. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly token: string;
  /** Every line of its log as it was written, secrets included. */
  readonly onLogLine: (text: string) => void;
}

type ToolStart = Omit<RcloneRun, "timeoutMs"> & {
  readonly timeoutMs?: number;
};

/** Longer than a slow NAS takes to spin up its disks. */
const CONNECT_LIMIT = "15s";
/** Without a byte for that long a connection is dead; sftp sends a sign of life every minute. */
const IDLE_LIMIT = "5m";
const VERSION_LIMIT_MS = 20_000;
const LOW_LEVEL_RETRIES = 3;
/** Failures of one file, which rclone names by its path in the list. */
const NAMES_A_FILE = /^(source_|name_not_carried|file_too_large)/;

/**
 * Names as they are, on both sides. rclone shows every name in one "standard" encoding, in which
 * the picture `␊` stands for a newline, and translates at each backend. With that same encoding set
 * for the disk no name is translated, and an sftp server gets the very bytes.
 */
const LOCAL_ENCODING = "Slash,Ctl,Del,Dot";

/**
 * The screen library of rclone's `ncdu` makes a table of how wide each character is at every start of rclone,
 * whatever it is started for: a quarter of what a start costs. Told so, it makes none.
 */
const QUICK_START = { TCELL_MINIMIZE: "1" } as const;

export class RcloneTool {
  readonly #binary: string;
  readonly #configFile: string | null;
  readonly #address: RemoteAddress;
  #version: Promise<RcloneVersion> | null = null;

  constructor(options: { binary: string; configFile: string | null; address: RemoteAddress }) {
    this.#binary = options.binary;
    this.#configFile = options.configFile;
    this.#address = options.address;
  }

  /**
   * Asked once; a failure is asked again.
   *
   * @throws {TransportError} `missing_tool` when there is no rclone or it is too old.
   */
  version(signal: AbortSignal): Promise<RcloneVersion> {
    this.#version ??= this.#askVersion(signal).catch((error) => {
      this.#version = null;
      throw error;
    });
    return this.#version;
  }

  get knowsVersion(): boolean {
    return this.#version !== null;
  }

  /** As a running rclone of this tool says it; one that is too old is left to `version`, which says so. */
  hearVersion(text: string): void {
    const version = readVersion(`rclone ${text}`);
    if (version === null || !isAtLeast(version, OLDEST.minor)) return;
    this.#version ??= Promise.resolve(version);
  }

  /**
   * Runs rclone and gives its end, whatever the exit code.
   *
   * @throws {TransportError} `missing_tool`; `unreachable` when it took longer than allowed.
   * @throws the signal's reason when it was stopped.
   */
  async run(run: RcloneRun): Promise<RcloneEnd> {
    const log = this.newLog(run.onToolLine);
    const outcome = await this.#start(run, (text) => {
      const line = log.heard(text);
      run.onLine?.(line);
    });
    const { errors, stats } = log;
    const toolTail = log.tail;
    if (outcome.kind === "exited") {
      return { exitCode: outcome.code, stdout: outcome.stdoutBytes, errors, toolTail, stats };
    }
    if (outcome.kind === "not_found") throw this.#missing();
    if (outcome.kind === "cancelled") throw run.signal.reason;
    throw new TransportError("unreachable", `${shownAddress(this.#address)} does not answer`, {
      why: `rclone ${run.args[0]} was ended after ${Math.round(run.timeoutMs / 1000)} s`,
      toolTail,
    });
  }

  /** The place as people may see it. */
  get shown(): string {
    return shownAddress(this.#address);
  }

  newLog(onToolLine?: (line: string) => void): ToolLog {
    return new ToolLog({ onToolLine, withoutSecrets: (text) => this.#withoutSecrets(text) });
  }

  /**
   * Runs a server; settles when it has ended.
   *
   * @throws {TransportError} `missing_tool`
   */
  async serve(server: RcloneServer): Promise<ToolOutcome> {
    const { onLogLine, ...start } = server;
    const outcome = await this.#start(start, onLogLine);
    if (outcome.kind === "not_found") throw this.#missing();
    return outcome;
  }

  /** What a failed end means; `codeOf` may know better than the message. */
  failure(
    what: string,
    end: Omit<RcloneEnd, "stdout" | "stats">,
    codeOf?: (found: FailureCode) => FailureCode,
  ): TransportError {
    const causes = end.errors.length > 0 ? end.errors.map((it) => it.cause) : [end.toolTail];
    const found = failureCodeOf(end.exitCode, causes);
    const code = codeOf?.(found) ?? found;
    const shown = shownAddress(this.#address);
    const hint = hintOf(code, shown);
    const path = end.errors.find((it) => it.path !== null)?.path;
    return new TransportError(code, `${what} ${shown}`, {
      why: end.errors.at(-1)?.text ?? `rclone ended with exit code ${end.exitCode}`,
      ...(hint ? { hint } : {}),
      ...(path && NAMES_A_FILE.test(code) ? { path } : {}),
      toolTail: end.toolTail,
    });
  }

  async #start(run: ToolStart, onStderrLine: (line: string) => void): Promise<ToolOutcome> {
    try {
      return await runTool({
        command: this.#binary,
        args: [...run.args, ...this.#flags(run)],
        stdout: run.onStdoutChunk ? "chunks" : "bytes",
        onStderrLine,
        signal: run.signal,
        ...(run.timeoutMs === undefined ? {} : { timeoutMs: run.timeoutMs }),
        env: { ...QUICK_START, ...run.env },
        ...(run.onStdoutChunk ? { onStdoutChunk: run.onStdoutChunk } : {}),
        ...(run.token === undefined ? {} : { token: run.token }),
      });
    } catch (error) {
      const forbidden = error instanceof LabferryError && error.code === "permission_denied";
      if (forbidden) throw this.#missing(error);
      throw error;
    }
  }

  #flags(run: ToolStart): string[] {
    return [
      "--use-json-log",
      "--ask-password=false",
      // The job's own retry has the longer breath, and says in between what is wrong.
      "--retries=1",
      `--low-level-retries=${run.lowLevelRetries ?? LOW_LEVEL_RETRIES}`,
      `--contimeout=${CONNECT_LIMIT}`,
      `--timeout=${IDLE_LIMIT}`,
      `--local-encoding=${LOCAL_ENCODING}`,
      ...(this.#configFile === null ? [] : [`--config=${this.#configFile}`]),
    ];
  }

  async #askVersion(signal: AbortSignal): Promise<RcloneVersion> {
    const outcome = await this.#start(
      { args: ["version"], signal, timeoutMs: VERSION_LIMIT_MS },
      () => {},
    );
    if (outcome.kind === "cancelled") throw signal.reason;
    if (outcome.kind !== "exited") throw this.#missing();
    const version = readVersion(new TextDecoder().decode(outcome.stdoutBytes));
    if (version !== null && isAtLeast(version, OLDEST.minor)) return version;
    const found = version ? `${version.major}.${version.minor}` : "unknown";
    const hint = hintOf("missing_tool", "");
    throw new TransportError("missing_tool", `${this.#binary} cannot be used`, {
      why: `its version is ${found}; ${OLDEST.major}.${OLDEST.minor} is needed`,
      ...(hint ? { hint } : {}),
    });
  }

  #missing(cause?: unknown): TransportError {
    const hint = hintOf("missing_tool", "");
    return new TransportError("missing_tool", "rclone could not be started", {
      why: `there is no program "${this.#binary}" that may be run`,
      ...(hint ? { hint } : {}),
      cause,
    });
  }

  /** An address given on the fly can hold a password, and rclone repeats it in its messages. */
  #withoutSecrets(text: string): string {
    const { options, prefix } = this.#address;
    if (options.size === 0) return text;
    const shown = shownAddress({ ...this.#address, path: "" });
    let safe = text.replaceAll(prefix, shown).replaceAll(
      JSON.stringify(prefix).slice(1, -1),
      shown,
    );
    for (const [key, value] of options) {
      if (value.length > 3 && /pass|secret|token|pem|auth|access/i.test(key)) {
        safe = safe.replaceAll(value, "***");
      }
    }
    return safe;
  }
}
