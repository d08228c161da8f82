/** Cuts a stream of bytes into lines of text. */

/** A longer line is cut off there; no tool used here writes such lines. */
const MAX_LINE_BYTES = 1024 * 1024;
const LF = 0x0a;
const CR = 0x0d;

/**
 * Lines end at LF, CR or CRLF. The nothing between a CR and what follows it is not a line; an empty
 * line ended by LF is. Bytes that are no UTF-8 become U+FFFD.
 */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #afterCr = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(bytes: Uint8Array): void {
    let start = 0;
    let nextLf = indexFrom(bytes, LF, 0);
    let nextCr = indexFrom(bytes, CR, 0);
    while (nextLf < bytes.length || nextCr < bytes.length) {
      const end = Math.min(nextLf, nextCr);
      this.#keep(bytes.subarray(start, end));
      const isEmpty = this.#pendingBytes === 0;
      const isLf = end === nextLf;
      // The nothing between CR and LF; what lies between them otherwise is a line of its own.
      if (end > start) this.#afterCr = false;
      const isLine = !isEmpty || (isLf && !this.#afterCr);
      this.#afterCr = !isLf;
      if (isLine) this.#emit();
      start = end + 1;
      if (isLf) nextLf = indexFrom(bytes, LF, start);
      else nextCr = indexFrom(bytes, CR, start);
    }
    if (start < bytes.length) {
      this.#keep(bytes.subarray(start));
      this.#afterCr = false;
    }
  }

  /** A last line without an end is a line too. */
  end(): void {
    if (this.#pendingBytes > 0) this.#emit();
  }

  #keep(piece: Uint8Array): void {
    const room = MAX_LINE_BYTES - this.#pendingBytes;
    const kept = piece.subarray(0, Math.max(0, room));
    if (kept.length === 0) return;
    // A copy: the caller's buffer may be used again before the line is whole.
    this.#pending.push(kept.slice());
    this.#pendingBytes += kept.length;
  }

  #emit(): void {
    const line = joinBytes(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#onLine(this.#decoder.decode(line));
  }
}

/** Searched natively: a line of a gigabyte is no work. The length when there is none. */
function indexFrom(bytes: Uint8Array, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? bytes.length : at;
}

export function joinBytes(pieces: readonly Uint8Array[], total: number): Uint8Array {
  const only = pieces[0];
  if (pieces.length === 1 && only) return only;
  const whole = new Uint8Array(total);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
