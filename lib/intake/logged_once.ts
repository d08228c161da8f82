/** What is wrong with a run or folder is logged once, until it goes well again. */
import type { LabferryError } from "../base/mod.ts";
import type { SyncContext } from "../sync/mod.ts";

export class LoggedOnce {
  readonly #log: SyncContext["log"];
  readonly #logged = new Set<string>();

  constructor(log: SyncContext["log"]) {
    this.#log = log;
  }

  tell({ code, message, path = "" }: LabferryError): void {
    const key = `${path}\0${code}`;
    if (this.#logged.has(key)) return;
    this.#logged.add(key);
    this.#log("warn", message, { code, path });
  }

  /** All that was said of a path, and of what is below it. */
  forget(path: string): void {
    for (const key of this.#logged) if (key.startsWith(path)) this.#logged.delete(key);
  }
}
