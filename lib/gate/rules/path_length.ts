/** `path_too_long`: longer than the destination takes. */
import type { Hit } from "../finding.ts";
import { MAX_NAME_BYTES } from "../settings.ts";

export interface PathLength {
  readonly name: string;
  /** Bytes of the whole path at the destination, this name included. */
  readonly pathBytes: number;
}

export interface PathLengthSettings {
  /** In bytes. */
  readonly maxPath: number;
}

export function pathTooLong(length: PathLength, settings: PathLengthSettings): Hit | null {
  const { name, pathBytes } = length;
  const nameBytes = utf8Length(name);
  if (nameBytes > MAX_NAME_BYTES) {
    return hit(name, `the name has ${nameBytes} bytes; ${MAX_NAME_BYTES} are allowed`);
  }
  if (pathBytes > settings.maxPath) {
    return hit(name, `the path has ${pathBytes} bytes; ${settings.maxPath} are allowed`);
  }
  return null;
}

function hit(token: string, detail: string): Hit {
  return { rule: "path_too_long", tier: "soft", token, detail };
}

/** Bytes of `text` in UTF-8, without encoding it; a lone surrogate counts as U+FFFD (3). */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) {
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
