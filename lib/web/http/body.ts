/** A request's body, whole: the service takes small ones only. */
import { BadRequest, type RequestHead } from "./head.ts";
import type { ByteSource } from "./source.ts";

const LONGEST_LINE_BYTES = 8 * 1024;

/** @throws BadRequest 413 when it is longer than `maxBytes` */
export async function readBodyBytes(
  source: ByteSource,
  { bodyBytes }: Pick<RequestHead, "bodyBytes">,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bodyBytes !== null) {
    if (bodyBytes > maxBytes) throw tooLong(maxBytes);
    return new Uint8Array(await source.bytes(bodyBytes));
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  while (true) {
    const size = /^([0-9a-fA-F]{1,8})(?:[ \t]*;.*)?$/.exec(await source.line(LONGEST_LINE_BYTES));
    if (!size) throw new BadRequest(400, "a chunk has no size");
    const length = Number.parseInt(size[1]!, 16);
    if (length === 0) break;
    total += length;
    if (total > maxBytes) throw tooLong(maxBytes);
    chunks.push(await source.bytes(length));
    if (await source.line(0) !== "") throw new BadRequest(400, "a chunk is longer than it says");
  }
  await skipTrailers(source);
  return joined(chunks, total);
}

const MOST_TRAILERS = 32;

async function skipTrailers(source: ByteSource): Promise<void> {
  for (let i = 0; i < MOST_TRAILERS; i++) {
    if (await source.line(LONGEST_LINE_BYTES) === "") return;
  }
  throw new BadRequest(400, "the body has too many trailers");
}

function tooLong(maxBytes: number): BadRequest {
  return new BadRequest(413, `a request may carry ${maxBytes} bytes and no more`);
}

function joined(chunks: readonly Uint8Array[], total: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
