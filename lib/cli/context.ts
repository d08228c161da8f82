/**
 * What a command needs of the world: where to write, which flags were given, when to stop. People's
 * text goes to stdout, diagnostics and progress to stderr; with `--json` stdout holds one document.
 */
import { diskFailure, errnoOf } from "../disk/mod.ts";
import {
  type Code,
  encodeUtf8,
  exitCodeOf,
  isAbort,
  LabferryError,
  messageOf,
} from "../base/mod.ts";

export interface GlobalOptions {
  readonly config?: string;
  readonly stateDir?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** commander turns `--no-color` into `color: false`. */
  readonly color?: boolean;
}

export interface CliContext {
  readonly options: GlobalOptions;
  readonly env: Readonly<Record<string, string>>;
  /** Aborts on Ctrl-C and on SIGTERM. */
  readonly signal: AbortSignal;
  readonly isTerminal: boolean;
  /** People's text, to stdout; silent with `--json`. */
  print(text: string): void;
  /** The one JSON document of a `--json` run. */
  printJson(value: unknown): void;
  /** A line for stderr; silent with `--quiet`. */
  note(text: string): void;
  /** The exit code a command that did its work may still want (3 for findings). */
  exitCode: number;
}

export function createContext(options: GlobalOptions, signal: AbortSignal): CliContext {
  return {
    options,
    env: Deno.env.toObject(),
    signal,
    isTerminal: Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb",
    print: (text) => {
      if (!options.json) writeAll(Deno.stdout, `${text}\n`);
    },
    printJson: (value) => writeAll(Deno.stdout, `${JSON.stringify(value, null, 2)}\n`),
    note: (text) => {
      if (!options.quiet) writeAll(Deno.stderr, `${text}\n`);
    },
    exitCode: 0,
  };
}

/** Tells the person what went wrong, in the contract's two lines, and gives the exit code. */
export function reportError(error: unknown, json: boolean): number {
  const code = exitCodeOf(error);
  const described = describe(error);
  if (json) {
    writeAll(Deno.stdout, `${JSON.stringify({ error: described }, null, 2)}\n`);
    return code;
  }
  writeAll(Deno.stderr, `labferry: ${described.message}\n`);
  if (described.hint) writeAll(Deno.stderr, `  hint: ${described.hint}\n`);
  return code;
}

function describe(error: unknown): { code: Code; message: string; path?: string; hint?: string } {
  if (error instanceof LabferryError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.path === undefined ? {} : { path: error.path }),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
  const refused = refusalOf(error);
  if (refused) return describe(refused);
  if (isAbort(error)) return { code: "interrupted", message: "stopped before the work was done" };
  return {
    code: "internal",
    message: messageOf(error),
    hint: "this is a fault in labferry; run again with --verbose and report it",
  };
}

/** What the system refused is no fault of labferry's, wherever it was met: null for anything else. */
function refusalOf(error: unknown): LabferryError | null {
  if (!(error instanceof Error) || errnoOf(error) === null) return null;
  // The runtime names what it was doing, and to which file, at the end: `…: readfile '/a/b'`.
  const [, what, path] = /: (\w+) '(.+)'$/.exec(error.message) ?? [];
  const refusal = path === undefined
    ? "The system refused"
    : `The system refused (${what}) ${path}`;
  const failure = diskFailure(error, refusal, path ?? "");
  if (!(failure instanceof LabferryError)) return null;
  const { code, message, hint = "see that the place is there and belongs to this account" } =
    failure;
  // The message has its reason already.
  return new LabferryError(code, message, { hint, ...(path ? { path } : {}), cause: error });
}

/** Writes all bytes although a pipe may take them in parts; a reader that left ends the writing. */
function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes: Uint8Array = encodeUtf8(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
