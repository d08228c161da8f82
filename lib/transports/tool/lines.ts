/** The lines of a tool's output as they come, however much there is; the last may have no newline. */
import { joined } from "./bytes.ts";

/** As text. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** Cuts at newlines before decoding: a name may be no UTF-8, or be cut by a piece's end. */
export class ByteLines {
  readonly #onLine: (line: Uint8Array) => void;
  #rest: Uint8Array = new Uint8Array();

  constructor(onLine: (line: Uint8Array) => void) {
    this.#onLine = onLine;
  }

  add(bytes: Uint8Array): void {
    let at = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, at)) {
      const line = bytes.subarray(at, end);
      this.#onLine(joined(this.#rest, line));
      this.#rest = new Uint8Array();
      at = end + 1;
    }
    // The caller may fill the same memory again.
    if (at < bytes.length) this.#rest = joined(this.#rest, bytes.slice(at));
  }

  end(): void {
    if (this.#rest.length > 0) this.#onLine(this.#rest);
  }
}
