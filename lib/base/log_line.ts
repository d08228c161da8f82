/** A log record as one line of text: no control characters, no secrets, bounded. */
import type { LogRecord } from "@logtape/logtape";

/** Longer lines are cut; a tool's output may be anything. */
const MAX_LINE_CHARS = 8192;

/** `2026-04-17T14:32:11.042Z [INFO ] sync: pushed Run_… files=142` and a newline. */
export function logLine(record: LogRecord): string {
  const at = new Date(record.timestamp).toISOString();
  const level = (LEVELS[record.level] ?? record.level.toUpperCase()).padEnd(5);
  const room = record.category.slice(record.category[0] === "labferry" ? 1 : 0).join(".");
  const parts = record.message.map((part, i) => i % 2 === 0 ? String(part) : valueText(part));
  const message = maskTemplate(record, parts).join("");
  const text = oneLine(withoutLogins(message + extras(record)));
  const cut = text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS)}…` : text;
  return `${at} [${level}] ${oneLine(room)}: ${cut}\n`;
}

/** Python's names, five letters wide, as in the run's own log. */
const LEVELS: Readonly<Record<string, string>> = { warning: "WARN", fatal: "FATAL" };

const SECRET_NAME = /token|passw|secret|authorization|cookie|passphrase|credential|api_?key/i;

/** Blanks values whose placeholder is the name of a secret. */
function maskTemplate(record: LogRecord, parts: string[]): string[] {
  const names = placeholders(record);
  return parts.map((part, i) =>
    i % 2 === 1 && SECRET_NAME.test(names[(i - 1) / 2] ?? "") ? "***" : part
  );
}

function placeholders({ rawMessage }: LogRecord): string[] {
  if (typeof rawMessage !== "string") return [];
  // `{{` and `}}` stand for braces, as in LogTape's templates.
  const plain = rawMessage.replaceAll("{{", "").replaceAll("}}", "");
  return [...plain.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1]!.trim());
}

/** The properties the message itself does not show, as ` name=value`. */
function extras(record: LogRecord): string {
  const shown = new Set(placeholders(record));
  if (shown.has("*")) return "";
  return Object.entries(record.properties)
    .filter(([name]) => !shown.has(name))
    .map(([name, value]) => ` ${name}=${SECRET_NAME.test(name) ? "***" : valueText(value)}`)
    .join("");
}

/** Never throws: a value that cannot be shown must not cost the line. */
function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value, plainer) ?? String(value);
  } catch (error) {
    // A circle, or a toJSON of its own that throws.
    return `[${error instanceof TypeError ? "circular" : "unprintable"} value]`;
  }
}

function plainer(name: string, value: unknown): unknown {
  if (name !== "" && SECRET_NAME.test(name)) return "***";
  if (typeof value === "bigint") return String(value);
  return value instanceof Error ? `${value.name}: ${value.message}` : value;
}

/** `https://user:password@host` without its password. */
function withoutLogins(text: string): string {
  return text.replace(/(:\/\/[^/\s:@]{0,256}):[^/\s@]{1,256}@/g, "$1:***@");
}

/**
 * Control characters, line separators and direction marks as visible escapes: a file's name can
 * neither begin a line of its own nor steer the terminal that shows the log.
 */
export function oneLine(text: string): string {
  return text.replace(
    // deno-lint-ignore no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
