/**
 * An outline as text. Numbers that JavaScript would write differently (`1.0`, twenty digits) keep
 * their text: other programs put them there, in metadata or in fields we do not know.
 */
import { createHash } from "node:crypto";
import { encodeUtf8 } from "../base/mod.ts";
import { MalformedJson, parseJson } from "../base/json.ts";
import { asOutline, malformedOutline, type Outline } from "./outline.ts";

/** Ten thousand runs make some 25 MB; more than this is no outline. */
export const MAX_OUTLINE_BYTES = 256 * 1024 * 1024;

/** @throws {LabferryError} `malformed_report` */
export function parseOutline(bytes: Uint8Array, path: string): Outline {
  try {
    const { text, value } = parseJson(bytes, { maxBytes: MAX_OUTLINE_BYTES });
    return asOutline(ODD_NUMBER.test(text) ? JSON.parse(text, keepText) : value, path);
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    const { position, reason } = error;
    throw malformedOutline(
      position ? `line ${position.line}, column ${position.column}: ${reason}` : reason,
      path,
    );
  }
}

/** Two spaces a level, as the other program writes it. */
export function outlineBytes(outline: Outline): Uint8Array<ArrayBuffer> {
  return encodeUtf8(`${JSON.stringify(outline, null, 2)}\n`);
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A number whose text may not survive; also matches in some strings, which only costs time. */
const ODD_NUMBER =
  /[:,[]\s*-?(?:\d+\.\d*0(?!\d)|\d+(?:\.\d+)?[eE]|\d{16,}|\d+\.\d{15,}|0\s*[,}\]])/;

/** Numbers we reckon with; they are integers, and stay numbers. */
const OUR_NUMBERS = new Set(["outline_version", "order", "importance"]);

/** TypeScript's library does not know these yet (ES2026, "JSON.parse source text access"). */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

function keepText(key: string, value: unknown, context?: { source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined || OUR_NUMBERS.has(key)) return value;
  return JSON.stringify(value) === source ? value : rawJson(source);
}
