/** The bytes a client sends, taken by lines and lengths, never more of them than is allowed. */
import { BadRequest } from "./head.ts";

const PIECE_BYTES = 16 * 1024;

export class ByteSource {
  #kept = new Uint8Array(0);
  /** A read that was begun to notice the client's end, and has not been answered yet. */
  #pending: Promise<number | null> | null = null;
  #piece = new Uint8Array(PIECE_BYTES);

  constructor(private readonly connection: Deno.Conn) {}

  /** Up to and without the empty line; null when the client ended before it began a request. */
  async head(maxBytes: number): Promise<string | null> {
    while (true) {
      const end = indexOf(this.#kept, HEAD_END);
      if (end >= 0) return latin1(this.#take(end, HEAD_END.length));
      if (this.#kept.length > maxBytes) throw new BadRequest(431, "the head is too long");
      if (!await this.#more()) {
        if (this.#kept.length === 0) return null;
        throw new BadRequest(400, "the request ends in its head");
      }
    }
  }

  async line(maxBytes: number): Promise<string> {
    while (true) {
      const end = indexOf(this.#kept, LINE_END);
      if (end >= 0) return latin1(this.#take(end, LINE_END.length));
      if (this.#kept.length > maxBytes) throw new BadRequest(400, "a line is too long");
      if (!await this.#more()) throw new BadRequest(400, "the request ends in its body");
    }
  }

  async bytes(length: number): Promise<Uint8Array> {
    while (this.#kept.length < length) {
      if (!await this.#more()) throw new BadRequest(400, "the request ends in its body");
    }
    return this.#take(length, 0);
  }

  /** Resolves when the client has gone; while nothing is asked of this source. Never rejects. */
  async gone(): Promise<void> {
    // What it sends meanwhile (its next request) waits in the socket and here, one piece of it.
    if (this.#kept.length > PIECE_BYTES) return await new Promise(() => {});
    try {
      this.#pending ??= this.connection.read(this.#piece);
      if (await this.#pending !== null) await new Promise(() => {});
    } catch (error) {
      // Reset, or closed from here under the read: either way it is gone.
      if (!(error instanceof Error)) throw error;
    }
  }

  async #more(): Promise<boolean> {
    this.#pending ??= this.connection.read(this.#piece);
    const count = await this.#pending;
    this.#pending = null;
    if (count === null) return false;
    const joined = new Uint8Array(this.#kept.length + count);
    joined.set(this.#kept);
    joined.set(this.#piece.subarray(0, count), this.#kept.length);
    this.#kept = joined;
    return true;
  }

  #take(length: number, skipped: number): Uint8Array {
    const taken = this.#kept.slice(0, length);
    this.#kept = this.#kept.slice(length + skipped);
    return taken;
  }
}

const HEAD_END = new Uint8Array([13, 10, 13, 10]);
const LINE_END = HEAD_END.subarray(0, 2);

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let i = bytes.indexOf(wanted[0]!); i >= 0; i = bytes.indexOf(wanted[0]!, i + 1)) {
    if (i + wanted.length > bytes.length) return -1;
    if (wanted.every((byte, j) => bytes[i + j] === byte)) return i;
  }
  return -1;
}

/** Header bytes are ISO 8859-1; what is beyond ASCII stays distinguishable. */
function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += PIECE_BYTES) {
    text += String.fromCharCode(...bytes.subarray(i, i + PIECE_BYTES));
  }
  return text;
}
