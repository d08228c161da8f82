/** From rsync's output to progress: what is done, how many files, which one now. */
import type { TransportProgress } from "../contract.ts";
import { type Figures, SteadyProgress } from "../tool/steady_progress.ts";
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

/** `<f+++++++++ 1234 name`: `<` sent, `>` fetched, `.` left as it is; `f` is a file; nine marks or spaces. */
const ITEM = /^([<>c.*h])f.{9} (\d+) (.*)$/;
const BYTES = /^\s*([\d,.']+)\s+\d+%/;

export class PushProgress {
  readonly #progress: SteadyProgress;
  readonly #whole: Figures;
  #skippedBytes = 0;
  #sentBytes = 0;
  #filesBegun = 0;
  #filesSkipped = 0;
  #currentPath: string | null = null;

  /** `whole` may grow until the first byte is sent. */
  constructor(
    onProgress: ((progress: TransportProgress) => void) | undefined,
    { whole, nowMs }: { readonly whole: Figures; readonly nowMs?: () => number },
  ) {
    this.#progress = new SteadyProgress(onProgress, nowMs ? { nowMs } : {});
    this.#whole = whole;
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
  finish(): void {
    this.#progress.finish(this.#whole);
  }

  #onItem([, what, size, name]: readonly string[]): void {
    if (what === "<" || what === ">") {
      this.#filesBegun++;
      this.#currentPath = unescapeRsyncName(name!) ?? name!;
    } else {
      this.#filesSkipped++;
      this.#skippedBytes += Number(size);
    }
  }

  #report(): void {
    const figures = {
      bytes: this.#skippedBytes + this.#sentBytes,
      files: this.#filesSkipped + Math.max(0, this.#filesBegun - 1),
    };
    this.#progress.saw(figures, { currentPath: this.#currentPath, whole: this.#whole });
  }
}
