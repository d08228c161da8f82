/** Reading one answer of the far end of a talk out of its stream of bytes (`talk_loop.ts`). */
import { encodeUtf8 } from "../../base/mod.ts";
import { indexOfBytes, joined } from "../tool/bytes.ts";

/** Of what a script says on stderr its end is kept: the last word is the reason. */
const MAX_SAID_BYTES = 16 * 1024;
const LF = 0x0a;

export interface AnswerPart {
  /** What the script printed. */
  readonly printed: Uint8Array;
  /** There when the answer is whole. */
  readonly end: AnswerEnd | null;
}

export interface AnswerEnd {
  readonly code: number;
  readonly said: string;
  /** The bytes that came after it. */
  readonly rest: Uint8Array;
}

export class AnswerReader {
  readonly #beforeCode: Uint8Array;
  readonly #atEnd: Uint8Array;
  #held: Uint8Array = new Uint8Array();
  #code: number | null = null;

  constructor(mark: string) {
    this.#beforeCode = encodeUtf8(`\n${mark} `);
    this.#atEnd = encodeUtf8(`\n${mark}\n`);
  }

  take(bytes: Uint8Array): AnswerPart {
    let all = joined(this.#held, bytes);
    let printed: Uint8Array = new Uint8Array();
    if (this.#code === null) {
      const at = indexOfBytes(all, this.#beforeCode);
      if (at < 0) {
        // A mark may have begun in the last bytes.
        const sure = Math.max(0, all.length - this.#beforeCode.length + 1);
        this.#held = all.slice(sure);
        return { printed: all.subarray(0, sure), end: null };
      }
      const lineEnd = all.indexOf(LF, at + 1);
      printed = all.subarray(0, at);
      if (lineEnd < 0) {
        this.#held = all.slice(at);
        return { printed, end: null };
      }
      const code = decodeLossy(all.subarray(at + this.#beforeCode.length, lineEnd));
      this.#code = Number.parseInt(code, 10);
      // Its line end stays: the second mark begins with one.
      all = all.subarray(lineEnd);
    }
    const end = indexOfBytes(all, this.#atEnd);
    if (end < 0) {
      this.#held = all.slice(-MAX_SAID_BYTES);
      return { printed, end: null };
    }
    const said = decodeLossy(all.subarray(0, end)).replace(/^\n/, "");
    const rest = all.slice(end + this.#atEnd.length);
    return { printed, end: { code: this.#code, said, rest } };
  }
}

function decodeLossy(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
