/** A listing over a talk, by GNU find: one entry after the other, NUL behind each. */
import { decodeUtf8 } from "../../base/mod.ts";
import type { FarEntry } from "../contract.ts";
import { joined } from "../tool/bytes.ts";
import { ANSWER_LIMIT_MS, type FarCalls } from "./far_calls.ts";
import { ENTER, PARTIAL_DIR } from "./far_scripts.ts";
import type { ListOptions } from "./far_side.ts";
import type { FarTalk } from "./far_talk.ts";

/** A listing of some thousand entries lies here while it is walked, and leaves the talk free. */
const AHEAD_BYTES = 1024 * 1024;

/** A file that goes away while it is looked at is not there. Code 62: find says why. */
const LIST = `${ENTER} base "$1"; (walk "$2" look; :) || exit 61; walk "$2" absent;` +
  ` find . -ignore_readdir_race -path ./${PARTIAL_DIR} -type d -prune -o`;
const ROOM = " \\( -type d -o -name '.lf-*' -o -name '*.ferry-part' \\)";
const PRINTED = ' -printf "%y %s %T@ %P\\0" || exit 62';

export interface TalkListing {
  readonly base: string;
  readonly farDir: string;
  readonly what: ListOptions["what"];
  readonly talk: FarTalk;
}

/** @throws FarFolderAbsent, TransportError */
export async function* listByTalk(
  calls: FarCalls,
  { base, farDir, what, talk }: TalkListing,
): AsyncGenerator<FarEntry> {
  const doing = "listing";
  const text = `${LIST}${what === "room" ? ROOM : ""}${PRINTED}`;
  const inlet = new Inlet();
  const leaving = new AbortController();
  const answer = talk.ask({
    doing,
    script: { text, args: [base, farDir] },
    onPrinted: (bytes) => inlet.put(bytes),
    silenceMs: ANSWER_LIMIT_MS,
    signal: leaving.signal,
  }).then((whole) => {
    calls.checked(whole, { doing, pulling: true });
    inlet.end();
  });
  answer.catch((error) => inlet.fail(error));
  try {
    let rest: Uint8Array = new Uint8Array();
    for await (const bytes of inlet.stream) {
      let all = joined(rest, bytes);
      for (let end = all.indexOf(0); end >= 0; end = all.indexOf(0)) {
        const entry = entryOf(all.subarray(0, end));
        all = all.subarray(end + 1);
        if (entry !== null) yield entry;
      }
      rest = all.slice();
    }
  } finally {
    inlet.leave();
    leaving.abort(new DOMException("the list is no longer wanted", "AbortError"));
  }
}

/** Null for the listed folder itself. */
function entryOf(bytes: Uint8Array): FarEntry | null {
  let at = 0;
  const word = () => {
    const end = bytes.indexOf(0x20, at);
    const text = decodeUtf8(bytes.subarray(at, end));
    at = end + 1;
    return text;
  };
  const [kind, size, time] = [word(), word(), word()];
  const path = nameOf(bytes.subarray(at));
  if (path === "") return null;
  const seconds = Math.floor(Number(time));
  // Whole seconds, as rsync lists them.
  const mtimeMs = Number.isFinite(seconds) ? seconds * 1000 : null;
  if (kind === "f") return { path, kind: "file", sizeBytes: Number(size), mtimeMs };
  return { path, kind: kind === "d" ? "folder" : "other", sizeBytes: 0, mtimeMs };
}

/** A name that is no UTF-8 is written as rsync writes it. */
function nameOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return Array.from(
      bytes,
      (byte) =>
        byte >= 0x20 && byte < 0x7f
          ? String.fromCharCode(byte)
          : `\\#${byte.toString(8).padStart(3, "0")}`,
    ).join("");
  }
}

/** Between the talk and who walks the list: the talk waits while too much lies here. */
class Inlet {
  readonly stream: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #room = Promise.withResolvers<void>();

  constructor() {
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: AHEAD_BYTES });
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#room.resolve(),
      cancel: () => this.leave(),
    }, strategy);
  }

  put(bytes: Uint8Array): void | Promise<void> {
    const controller = this.#controller;
    if (controller === null) return;
    this.#room = Promise.withResolvers();
    controller.enqueue(bytes.slice());
    if ((controller.desiredSize ?? 0) <= 0) return this.#room.promise;
  }

  end(): void {
    this.#controller?.close();
    this.#controller = null;
  }

  fail(error: unknown): void {
    this.#controller?.error(error);
    this.#controller = null;
  }

  /** Nobody reads any more. */
  leave(): void {
    this.#controller = null;
    this.#room.resolve();
  }
}
