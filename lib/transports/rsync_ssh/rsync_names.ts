/**
 * Names as rsync prints them: a byte it cannot print is `\#ooo` (three octal digits), and so is a
 * backslash that would otherwise look like one (rsync(1), `--8-bit-output`).
 */
import { decodeUtf8, encodeUtf8 } from "../../base/mod.ts";

/** The name itself; null when its bytes are no UTF-8. */
export function unescapeRsyncName(printed: string): string | null {
  if (!printed.includes("\\#")) return printed;
  const bytes: number[] = [];
  const pieces = printed.split(/\\#([0-7]{3})/);
  for (const [index, piece] of pieces.entries()) {
    if (index % 2 === 1) bytes.push(Number.parseInt(piece, 8) & 0xff);
    else for (const byte of encodeUtf8(piece)) bytes.push(byte);
  }
  try {
    return decodeUtf8(Uint8Array.from(bytes));
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
