/**
 * Which files of a push are whole over there. The sender's itemised lines name what is sent, before
 * it is; the far rsync, told to (`ARRIVAL_OPTIONS`, 3.1), names each file that it begins and each that
 * it is about to rename into place. It takes one after the other: with the next one begun the last is
 * there. Without those words the end of a good push says it of all.
 */
import { unescapeRsyncName } from "./rsync_names.ts";

/** For the far rsync alone; what it says comes as lines of the local one. */
export const ARRIVAL_OPTIONS = ["--remote-option=--debug=recv1"] as const;

const SENT = /^<f.{9} \d+ (.*)$/;
const BEGUN = /^recv_files\((.*)\)$/;

export class Arrivals {
  readonly #onArrived: (path: string) => void;
  /** Named by the sender and not whole yet, as printed: few where the far rsync speaks. */
  readonly #onTheWay = new Set<string>();
  #begun: string | null = null;
  #isRenamed = false;

  constructor(onArrived: (path: string) => void) {
    this.#onArrived = onArrived;
  }

  onLine(line: string): void {
    const sent = SENT.exec(line)?.[1];
    if (sent !== undefined) this.#onTheWay.add(sent);
    else if (line.startsWith("recv_files")) this.#begin(BEGUN.exec(line)?.[1] ?? null);
    else if (line.startsWith("renaming ")) {
      // What fails its checksum is renamed too, into the folder of partial files.
      this.#isRenamed ||= this.#begun !== null && line.endsWith(` to ${this.#begun}`);
    }
  }

  /** The push went well: whatever was sent is there. */
  finish(): void {
    for (const printed of [...this.#onTheWay]) this.#arrive(printed);
  }

  /** `recv_files(name)`, or a word about the transfer itself. */
  #begin(printed: string | null): void {
    if (this.#isRenamed) this.#arrive(this.#begun!);
    this.#begun = printed;
    this.#isRenamed = false;
  }

  #arrive(printed: string): void {
    if (!this.#onTheWay.delete(printed)) return;
    const path = unescapeRsyncName(printed);
    if (path !== null) this.#onArrived(path);
  }
}
