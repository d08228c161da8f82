/** What is wrong with a run or folder is logged once, until it goes well again. */
import type { LabferryError } from "../base/mod.ts";
import type { SyncContext } from "../sync/mod.ts";

/** Runs that are gone are never well again: beyond so many all are said anew. */
const MOST_REMEMBERED = 10_000;

export class LoggedOnce {
  readonly #log: SyncContext["log"];
  readonly #logged = new Set<string>();

  constructor(log: SyncContext["log"]) {
    this.#log = log;
  }

  tell({ code, message, path = "" }: LabferryError): void {
    const key = `${path}\0${code}`;
    if (this.#logged.has(key)) return;
    if (this.#logged.size >= MOST_REMEMBERED) this.#logged.clear();
    this.#logged.add(key);
    this.#log("warn", message, { code, path });
  }

  /** All that was said of a path, and of what is below it. */
  forget(path: string): void {
    for (const key of this.#logged) {
      const [of = ""] = key.split("\0");
      if (of === path || isInside(of, path)) this.#logged.delete(key);
    }
  }
}

function isInside(path: string, folder: string): boolean {
  return path.startsWith(folder) && /^[\\/]/.test(path.slice(folder.length));
}
