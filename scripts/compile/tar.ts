/**
 * A tar file of a few pieces (POSIX ustar). Written here because the same pieces have to give the
 * same bytes on every machine: no owner, no time, the order that was given.
 */
import type { Piece } from "./pieces.ts";

const BLOCK = 512;

export function tarOf(pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  const folders = new Set(pieces.flatMap(({ name }) => name.split("/").slice(0, -1)));
  const blocks: Uint8Array[] = [...folders].map((name) =>
    header({ name: `${name}/`, mode: 0o700, size: 0, type: "5" })
  );
  for (const { name, bytes, executable } of pieces) {
    blocks.push(header({ name, mode: executable ? 0o700 : 0o600, size: bytes.length, type: "0" }));
    blocks.push(bytes, new Uint8Array((BLOCK - bytes.length % BLOCK) % BLOCK));
  }
  // Two empty blocks end it.
  return joined([...blocks, new Uint8Array(2 * BLOCK)]);
}

function header(
  { name, mode, size, type }: { name: string; mode: number; size: number; type: "0" | "5" },
): Uint8Array {
  if (!/^[\x21-\x7e]{1,99}$/.test(name)) throw new Error(`no name for a plain tar header: ${name}`);
  const block = new Uint8Array(BLOCK);
  const put = (offset: number, text: string) => block.set(new TextEncoder().encode(text), offset);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  put(0, name);
  put(100, octal(mode, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(size, 11));
  put(136, octal(0, 11));
  // The checksum counts its own field as spaces.
  put(148, " ".repeat(8));
  put(156, type);
  put(257, "ustar\x0000");
  put(148, `${octal(block.reduce((sum, byte) => sum + byte, 0), 6)} `);
  return block;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
