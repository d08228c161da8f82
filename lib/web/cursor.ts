/**
 * Where the next page begins, as callers carry it about: opaque, so that what it holds may change,
 * and named, so that one list's is not taken for another's.
 */
import { decodeUtf8, encodeUtf8 } from "../base/mod.ts";
import { UnreadableRequest } from "./body.ts";

export type CursorList = "jobs" | "files" | "activity" | "report_history";

export function cursorOf(list: CursorList, at: string): string {
  const bytes = encodeUtf8(JSON.stringify([list, at]));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** @throws UnreadableRequest for anything but what `cursorOf` gave for this list */
export function readCursor(list: CursorList, cursor: string): string {
  const read = decoded(cursor);
  if (Array.isArray(read) && read.length === 2 && read[0] === list && typeof read[1] === "string") {
    return read[1];
  }
  const detail = "it is none that an answer of this list gave";
  throw new UnreadableRequest("The cursor cannot be taken", [
    { in: "query", path: "/cursor", detail },
  ]);
}

function decoded(cursor: string): unknown {
  try {
    return JSON.parse(decodeUtf8(Uint8Array.fromBase64(cursor, { alphabet: "base64url" })));
  } catch (error) {
    // No base64, no UTF-8, no JSON.
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}
