/** `wizard.<hostname>.log`: what happened to a run, for people, one event a line. */
import { encodeUtf8, utcSeconds } from "../base/mod.ts";
import { appendLine } from "../disk/mod.ts";
import type { RunKind } from "./layout.ts";

/** A line with its newline; an O_APPEND write of that size does not mix with others'. */
export const MAX_LOG_LINE_BYTES = 1024;

export interface LogEvent {
  readonly at: Date;
  readonly level: "DEBUG" | "INFO" | "WARN" | "ERROR";
  readonly host: string;
  readonly equipmentId?: string;
  readonly project?: string;
  readonly kind?: RunKind;
  readonly run?: string;
  readonly message: string;
}

/** The log of `host` in a records' folder; characters that no file name should hold become `_`. */
export function runLogName(host: string): string {
  return `wizard.${host.replace(/[^A-Za-z0-9._-]/g, "_").slice(0, 200) || "unknown"}.log`;
}

/** Appends one event. The folder has to be there; the line is not flushed to disk. */
export async function logToRun(path: string, event: LogEvent): Promise<void> {
  await appendLine(path, formatLogLine(event), { maxBytes: MAX_LOG_LINE_BYTES });
}

/** The line without its newline, cut to fit; nothing in it can forge a tag or a second line. */
export function formatLogLine(event: LogEvent): string {
  const tags = [
    ["host", event.host],
    ["equip", event.equipmentId],
    ["proj", event.project],
    ["kind", event.kind],
    ["run", event.run],
  ] as const;
  const shown = tags.flatMap(([name, value]) =>
    value === undefined ? [] : [`[${name}:${cut(tagText(value), MAX_TAG_BYTES)}]`]
  );
  const head = `${utcSeconds(event.at)} [${event.level.padEnd(5)}] ${shown.join(" ")} `;
  return cut(head + neutral(event.message), MAX_LOG_LINE_BYTES - 1);
}

const MAX_TAG_BYTES = 120;

/** A project may hold brackets; within a tag they would end it. */
function tagText(value: string): string {
  return neutral(value).replaceAll("[", "(").replaceAll("]", ")");
}

/** Control characters, line separators and direction marks as visible escapes. */
function neutral(text: string): string {
  return text.toWellFormed().replace(
    // deno-lint-ignore no-control-regex
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u{${character.charCodeAt(0).toString(16)}}`,
  );
}

/** Cut between characters, with an ellipsis, to at most `maxBytes` of UTF-8. */
function cut(text: string, maxBytes: number): string {
  if (encodeUtf8(text).length <= maxBytes) return text;
  let kept = "";
  let used = 3;
  for (const character of text) {
    used += encodeUtf8(character).length;
    if (used > maxBytes) break;
    kept += character;
  }
  return `${kept}…`;
}
