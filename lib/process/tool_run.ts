/** What is asked of a tool, and what became of it. */

/** How a tool is to be run. No shell is involved: `args` reach the program as they are. */
export interface ToolRun {
  /** A name looked up on PATH, or a path. */
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this program's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Fed to the tool, which then reads end of file; @default nothing (`/dev/null`) */
  readonly stdin?: Uint8Array | ReadableStream<Uint8Array>;
  /**
   * What becomes of its output: kept as text or bytes, cut into lines for `onStdoutLine`, handed on
   * in pieces to `onStdoutChunk`, or thrown away.
   *
   * @default "lines" or "chunks" when the callback is there, else "text"
   */
  readonly stdout?: "text" | "bytes" | "lines" | "chunks" | "discard";
  /** A line ends at LF, CR or CRLF, so that progress drawn over itself is seen too. */
  readonly onStdoutLine?: (line: string) => void;
  /** Told every line, but of a flood only its beginning and end (`stderrUnheardBytes`). */
  readonly onStderrLine?: (line: string) => void;
  /** The tool waits while a returned promise is pending. */
  readonly onStdoutChunk?: (bytes: Uint8Array) => void | Promise<void>;
  /** Most bytes kept as text or bytes; more is an error; @default 64 MiB */
  readonly maxStdoutBytes?: number;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Put into the environment as `LABFERRY_JOB`; see `jobToken`. */
  readonly token?: string;
  /** Between the polite signal and the one that cannot be ignored; @default 5_000 */
  readonly graceMs?: number;
}

/** A tool that ran to its own end, well or badly, or was killed by somebody else. */
export interface ToolExit {
  readonly kind: "exited";
  /** 128 + n when signal n ended it. */
  readonly code: number;
  /** `SIGSEGV`, `SIGKILL` …; null when it ended by itself. */
  readonly signal: string | null;
  /** The whole output for `stdout: "text"`; otherwise empty. */
  readonly stdout: string;
  /** The whole output for `stdout: "bytes"`; otherwise empty. */
  readonly stdoutBytes: Uint8Array;
  /** The last lines of its error output, at most 8 KiB. */
  readonly stderrTail: string;
  /** Bytes of a flood of error output that `onStderrLine` did not get; usually 0. */
  readonly stderrUnheardBytes: number;
}

/** `forced`: it did not heed the polite signal and was killed. */
export type ToolOutcome =
  | ToolExit
  | { readonly kind: "not_found"; readonly command: string }
  | { readonly kind: "cancelled"; readonly forced: boolean; readonly stderrTail: string }
  | { readonly kind: "timed_out"; readonly forced: boolean; readonly stderrTail: string };

/** True for a tool that ended by itself with code 0. */
export function succeeded(outcome: ToolOutcome): outcome is ToolExit {
  return outcome.kind === "exited" && outcome.code === 0;
}
