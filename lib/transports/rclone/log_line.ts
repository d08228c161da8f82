/**
 * One line of rclone's standard error under `--use-json-log`. The names of levels and the order of
 * keys changed over versions, so a line is known by the keys it has. Some lines (a fatal error
 * before logging is set up) are plain text in 1.60.
 */

export interface RcloneStats {
  readonly bytes: number;
  readonly transfers: number;
  readonly checks: number;
  readonly renames: number;
  readonly deletes: number;
  readonly currentPath: string | null;
}

export interface RcloneLine {
  /** What it says, for people and for classification; the file it concerns comes first. */
  readonly text: string;
  /** What happened, without paths: one could look like the cause of something else. */
  readonly cause: string;
  /** The file or folder it concerns. */
  readonly object: string | null;
  readonly isError: boolean;
  /** Said of each file; nothing for a log, nor for the last words before a failure. */
  readonly isDetail: boolean;
  /** `object` was sent and is whole over there, under its name. */
  readonly isArrival: boolean;
  readonly stats: RcloneStats | null;
  /** What `--dry-run` left undone: "copy", "make directory"; null in every other line. */
  readonly skipped: string | null;
}

/**
 * Said after the upload was checked and renamed. "Copied (server-side copy)" is not meant: that is how
 * a file is moved aside where the server cannot move.
 */
const ARRIVED = /^(?:Multi-thread )?Copied \((?:new|replaced existing)\)/;

export function readLogLine(line: string): RcloneLine {
  const json = asObject(line);
  if (json === null) return plainLine(line);
  const message = typeof json.msg === "string" ? json.msg : "";
  const object = typeof json.object === "string" && json.object !== "" ? json.object : null;
  return {
    text: object === null ? message : `${object}: ${message}`,
    cause: withoutPaths(message),
    object,
    isError: ["error", "critical", "fatal", "alert", "emergency", "panic"]
      .includes(String(json.level)) || /^Failed to /.test(message),
    isDetail: json.level === "info",
    isArrival: object !== null && ARRIVED.test(message),
    stats: isRecord(json.stats) ? readStats(json.stats) : null,
    skipped: typeof json.skipped === "string" ? json.skipped : null,
  };
}

function plainLine(line: string): RcloneLine {
  const message = line.replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, "").trim();
  const isError = /^(Failed to|Fatal error|Error|ERROR|CRITICAL)/.test(message);
  const cause = withoutPaths(message);
  return {
    text: message,
    cause,
    object: null,
    isError,
    isDetail: false,
    isArrival: false,
    stats: null,
    skipped: null,
  };
}

/** Go's errors read `operation path: reason`. */
function withoutPaths(message: string): string {
  return message
    .replace(/file system for "(?:[^"\\]|\\.)*"/, "file system")
    .replace(/ "?(?:\/|[A-Za-z]:[\\/]).*: (?=[^:]*$)/, " ");
}

function readStats(stats: Record<string, unknown>): RcloneStats {
  const count = (value: unknown) => typeof value === "number" ? value : 0;
  const transferring = Array.isArray(stats.transferring) ? stats.transferring : [];
  const first: unknown = transferring[0];
  return {
    bytes: count(stats.bytes),
    transfers: count(stats.transfers),
    checks: count(stats.checks),
    renames: count(stats.renames),
    deletes: count(stats.deletes),
    currentPath: isRecord(first) && typeof first.name === "string" ? first.name : null,
  };
}

function asObject(line: string): Record<string, unknown> | null {
  if (!line.startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
