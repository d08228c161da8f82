/**
 * A zip file of a few pieces, as Windows unpacks it (APPNOTE 6.3.3, without its 64-bit part). Written
 * here because the same pieces have to give the same bytes on every machine.
 */
import { crc32, deflateRawSync } from "node:zlib";
import type { Piece } from "./pieces.ts";
import { joined } from "./tar.ts";

/** 1 January 1980, the first day a zip knows. */
const FIRST_DAY = 0x0021;
const DEFLATED = 8;

/** All names are put below the folder `top`. */
export function zipOf(
  pieces: readonly Piece[],
  { top, level }: { top: string; level: number },
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, bytes } of pieces) {
    const path = new TextEncoder().encode(`${top}/${name}`);
    const packed = deflateRawSync(bytes, { level });
    const common = fields([
      [2, 20],
      [2, 0],
      [2, DEFLATED],
      [2, 0],
      [2, FIRST_DAY],
      [4, crc32(bytes)],
      [4, packed.length],
      [4, bytes.length],
      [2, path.length],
      [2, 0],
    ]);
    parts.push(fields([[4, 0x04034b50]]), common, path, packed);
    const attributes: Field[] = [[2, 0], [2, 0], [2, 0], [4, 0], [4, offset]];
    directory.push(fields([[4, 0x02014b50], [2, 20]]), common, fields(attributes), path);
    offset += 4 + common.length + path.length + packed.length;
  }
  const listed = joined(directory);
  const count = pieces.length;
  const end = fields([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, listed.length],
    [4, offset],
    [2, 0],
  ]);
  return joined([...parts, listed, end]);
}

type Field = [bytes: 2 | 4, value: number];

function fields(values: readonly Field[]): Uint8Array {
  const length = values.reduce((sum, [bytes]) => sum + bytes, 0);
  const view = new DataView(new ArrayBuffer(length));
  let offset = 0;
  for (const [bytes, value] of values) {
    if (bytes === 2) view.setUint16(offset, value, true);
    else view.setUint32(offset, value, true);
    offset += bytes;
  }
  return new Uint8Array(view.buffer);
}
