/** Strings as ssh packs them (RFC 4251, section 5): a length of four bytes, then so many bytes. */
import { encodeUtf8 } from "../base/mod.ts";

export function packed(...strings: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (const one of strings) {
    const bytes = typeof one === "string" ? encodeUtf8(one) : one;
    parts.push(uint32(bytes.length), bytes);
  }
  return concatBytes(parts);
}

export function uint32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Reads what `packed` wrote, piece by piece; null where the bytes end too early. */
export class Unpacking {
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.#at === this.bytes.length;
  }

  raw(length: number): Uint8Array | null {
    if (this.#at + length > this.bytes.length) return null;
    this.#at += length;
    return this.bytes.subarray(this.#at - length, this.#at);
  }

  uint32(): number | null {
    const four = this.raw(4);
    return four && new DataView(four.buffer, four.byteOffset, 4).getUint32(0);
  }

  string(): Uint8Array | null {
    const length = this.uint32();
    return length === null ? null : this.raw(length);
  }
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
