/** From rsync's output to progress: what is done, how many files, which one now. */
import { atMostEvery } from "../../base/mod.ts";
import type { TransportProgress } from "../contract.ts";
import { unescapeRsyncName } from "./rsync_names.ts";

/**
 * Makes rsync say, for each entry, what it does with it and its size, and in between how many bytes
 * of this transfer are through. `-ii` also names what is there already, so that a resumed push does
 * not begin at zero; `backup` names what was moved aside.
 */
export const PROGRESS_OPTIONS = [
  "--info=progress2,backup",
  "--no-inc-recursive",
  "--no-human-readable",
  "--outbuf=L",
  "-ii",
  "--out-format=%i %l %n",
] as const;

/** `<f+++++++++ 1234 name`: `<` sent, `.` left as it is; `f` is a file; nine marks or spaces. */
const ITEM = /^([<>c.*h])f.{9} (\d+) (.*)$/;
const BYTES = /^\s*([\d,.']+)\s+\d+%/;
const MIN_GAP_MS = 100;

export class PushProgress {
  readonly #onProgress: (progress: TransportProgress) => void;
  readonly #isTime: () => boolean;
  #skippedBytes = 0;
  #sentBytes = 0;
  #filesBegun = 0;
  #filesSkipped = 0;
  #bytesDone = 0;
  #filesDone = 0;
  #currentPath: string | null = null;

  constructor(
    onProgress: (progress: TransportProgress) => void,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#onProgress = onProgress;
    this.#isTime = atMostEvery(MIN_GAP_MS, { nowMs });
  }

  onLine(line: string): void {
    const item = ITEM.exec(line);
    if (item) this.#onItem(item);
    else {
      const bytes = BYTES.exec(line)?.[1];
      if (bytes === undefined) return;
      this.#sentBytes = Number(bytes.replace(/[,.']/g, ""));
    }
    this.#report();
  }

  /** The whole list has arrived. */
  finish(whole: { bytes: number; files: number }): void {
    this.#onProgress({ bytesDone: whole.bytes, filesDone: whole.files, currentPath: null });
  }

  #onItem([, what, size, name]: readonly string[]): void {
    if (what === "<") {
      this.#filesBegun++;
      this.#currentPath = unescapeRsyncName(name!) ?? name!;
    } else {
      this.#filesSkipped++;
      this.#skippedBytes += Number(size);
    }
  }

  /** A file sent twice (it changed on the way) must not make the numbers go back. */
  #report(): void {
    if (!this.#isTime()) return;
    const files = this.#filesSkipped + Math.max(0, this.#filesBegun - 1);
    this.#bytesDone = Math.max(this.#bytesDone, this.#skippedBytes + this.#sentBytes);
    this.#filesDone = Math.max(this.#filesDone, files);
    this.#onProgress({
      bytesDone: this.#bytesDone,
      filesDone: this.#filesDone,
      currentPath: this.#currentPath,
    });
  }
}
