/**
 * The service's log: one line an event, in `app.log` of the state directory and, for a person who
 * watches, on stderr. Rooms ask for a logger and never know where its lines go; without
 * `configureLog` they go nowhere.
 *
 * LogTape does the levels and categories. Its own file sink either syncs every short record (about
 * 3,000 lines a second) or buffers and loses the last ones to SIGKILL, and drops a record that holds
 * a BigInt; ours hands each line to the system at once and syncs nothing.
 */
import { configureSync, getLogger, type Logger, type LogRecord, resetSync } from "@logtape/logtape";
import { encodeUtf8 } from "./bytes.ts";
import { LogFile } from "./log_file.ts";
import { logLine } from "./log_line.ts";

export type { Logger } from "@logtape/logtape";

export type LogLevel = "debug" | "info" | "warning" | "error" | "fatal";

export interface LogOptions {
  /** The least serious level that is written. */
  readonly level: LogLevel;
  /** The log file; its folder must exist. Left out: no file. */
  readonly file?: string;
  /** Size at which the file is set aside, in MB (10^6 bytes). @default {10} */
  readonly maxMb?: number;
  /** Old files that are kept (`app.log.1` is the newest). @default {5} */
  readonly keep?: number;
  /** Also write to stderr. @default {false} */
  readonly stderr?: boolean;
}

/** The logger of a room: `logger("sync").info("pushed {run}", { run })`. */
export function logger(room: string): Logger {
  return getLogger(["labferry", room]);
}

/** What may stand beside a sentence. */
type About = Readonly<Record<string, unknown>>;

/** A log of whole sentences: a `{` in one is a `{`. What is not known is left out of the line. */
export function sentences(
  room: string,
): (level: "debug" | "info" | "warn" | "error", sentence: string, about: About) => void {
  const log = logger(room);
  return (level, sentence, about) => log[level](sentence.replaceAll("{", "{{"), known(about));
}

/** `code=…`, never `stack=undefined`. */
function known(about: About): Record<string, unknown> {
  return Object.fromEntries(Object.entries(about).filter(([, value]) => value !== undefined));
}

/** The sink in force; LogTape's configuration is one for the whole process. */
let current: unknown = null;

/**
 * Says where the lines go, until disposed. A second call replaces the first.
 *
 * @throws when the log file cannot be opened: a service without a log must not start unnoticed.
 */
export function configureLog(options: LogOptions): Disposable {
  const { level, file, maxMb = 10, keep = 5, stderr = false } = options;
  const logFile = file === undefined
    ? null
    : new LogFile(file, { maxBytes: Math.round(maxMb * 1_000_000), keep });
  const sink = Object.assign((record: LogRecord) => {
    const line = logLine(record);
    logFile?.write(line);
    if (stderr) writeStderr(line);
  }, { [Symbol.dispose]: () => logFile?.[Symbol.dispose]() });
  configureSync({
    reset: true,
    sinks: { lines: sink },
    loggers: [
      { category: ["labferry"], lowestLevel: level, sinks: ["lines"] },
      // LogTape's word on its own troubles, such as a sink that threw.
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["lines"] },
    ],
  });
  current = sink;
  return {
    [Symbol.dispose](): void {
      // A later call has replaced this one, and closed its file.
      if (current !== sink) return;
      current = null;
      resetSync();
    },
  };
}

function writeStderr(line: string): void {
  let bytes: Uint8Array = encodeUtf8(line);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
  } catch (error) {
    // The reader left; the file still has the line.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
