/** Names of files that live beside another one for a moment. */
import { Buffer } from "node:buffer";

/** Longest file name, in bytes, that common file systems take. */
const MAX_NAME_BYTES = 255;

/**
 * `<prefix><name>.<random><suffix>`, with `name` cut at a character where the whole would be longer
 * than 255 bytes.
 */
export function siblingName(name: string, affix: { prefix?: string; suffix: string }): string {
  const prefix = affix.prefix ?? "";
  const ending = `.${randomPart()}${affix.suffix}`;
  const room = MAX_NAME_BYTES - Buffer.byteLength(prefix) - Buffer.byteLength(ending);
  return `${prefix}${cutToBytes(name, room)}${ending}`;
}

/** The longest beginning of `text`, in whole characters, that fits into `maxBytes` of UTF-8. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  let used = 0;
  let kept = "";
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > maxBytes) break;
    kept += character;
  }
  return kept;
}

/** Eight bytes: two files of one name at one time will not meet. */
function randomPart(): string {
  return crypto.getRandomValues(new Uint8Array(8)).toHex();
}
