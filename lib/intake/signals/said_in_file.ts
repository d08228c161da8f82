/** A word at a place inside a JSON or XML file that an instrument writes. */
import { XMLParser, XMLValidator } from "fast-xml-parser";

export interface Place {
  readonly format: "json" | "xml";
  /** From the outside in. */
  readonly place: readonly string[];
}

/** Null when the file is not whole, or says nothing there: it is being written, or is no such file. */
export function wordAt(text: string | null, { format, place }: Place): string | null {
  if (text === null) return null;
  let at = format === "json" ? jsonOrNull(text) : xmlOrNull(text);
  for (const key of place) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return null;
    at = (at as Record<string, unknown>)[key];
  }
  return ["string", "number", "boolean"].includes(typeof at) ? String(at).trim() : null;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** Entities stay as they are written: none of what instruments say needs them. */
function xmlOrNull(text: string): unknown {
  if (XMLValidator.validate(text) !== true) return null;
  const parser = new XMLParser({
    processEntities: false,
    parseTagValue: false,
    ignoreAttributes: true,
    removeNSPrefix: true,
  });
  return parser.parse(text);
}
