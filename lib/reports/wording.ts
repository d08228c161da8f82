/** Texts of people in sentences of ours: whole enough to be known, never in the way. */
import { LabferryError } from "../base/mod.ts";

const MOST_QUOTED = 80;

/** `“the first line…”` */
export function quoted(text: string): string {
  const line = visible(text.trim().split("\n", 1)[0] ?? "");
  const points = [...line];
  const short = points.length > MOST_QUOTED
    ? `${points.slice(0, MOST_QUOTED - 1).join("")}…`
    : line;
  return `“${short}”`;
}

/** Control characters and direction marks shown as what they are: something that does not belong. */
export function visible(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

/** The same for a text of several lines. */
export function visibleLines(text: string): string {
  return text.replaceAll("\r\n", "\n").split("\n")
    .map((line) => line.split("\t").map(visible).join("\t")).join("\n");
}

export interface TextRule {
  /** What it is, for the error: `a title`. */
  readonly what: string;
  readonly mostChars: number;
  /** Line breaks and tabs allowed. @default {false} */
  readonly lines?: boolean;
}

/**
 * A text a person gave, trimmed.
 *
 * @throws {LabferryError} `usage` when it is empty, too long, or holds control characters
 */
export function givenText(text: string, { what, mostChars, lines = false }: TextRule): string {
  const trimmed = text.trim();
  if (trimmed === "") throw new LabferryError("usage", `${what} must not be empty`);
  if (trimmed.length > mostChars) {
    throw new LabferryError("usage", `${what} is too long`, {
      why: `it has ${trimmed.length} characters, ${mostChars} are allowed`,
    });
  }
  // deno-lint-ignore no-control-regex
  const control = lines ? /[\u0000-\u0008\u000b-\u001f\u007f]/ : /[\u0000-\u001f\u007f]/;
  if (control.test(trimmed)) {
    throw new LabferryError("usage", `${what} holds control characters`, {
      hint: "Write it as plain text.",
    });
  }
  return trimmed;
}

export const TITLE_RULE: TextRule = { what: "a title", mostChars: 300 };
export const NAME_RULE: TextRule = { what: "the author's name", mostChars: 200 };
export const NOTE_RULE: TextRule = { what: "the text", mostChars: 20_000, lines: true };
