/**
 * File events below one equipment's folder, where the system has them: they make the scanner look
 * sooner. Nothing rests on them. A watcher that cannot be had, that ends, or that lost events is
 * said once and costs latency.
 *
 * Shares are not watched: they do not say what other computers write, and asking for events there can
 * hang the whole process.
 */
import { sep } from "node:path";
import { type Clock, messageOf } from "../base/mod.ts";
import { lstatOrNull } from "../disk/mod.ts";
import { isShared } from "../process/mod.ts";
import { RECORDS_DIR } from "../records/mod.ts";
import type { SyncContext } from "../sync/mod.ts";

export interface NoticesOptions {
  readonly equipmentId: string;
  readonly log: SyncContext["log"];
  readonly clock: Clock;
  /** Something changed below this run; null: it is not known where, or somewhere else. */
  readonly onNotice: (runPath: string | null) => void;
  /** Events may have been lost: anything may have changed. */
  readonly onLost: () => void;
  /** So many names below the folder name a run: three are `<project>/Runs/<run>`. */
  readonly namesOfRun: number;
  /** @default {Deno.watchFs}, all folders below */
  readonly watch?: (folder: string) => Deno.FsWatcher;
}

/** To ask for a watcher walks the whole tree: where there was none, it is not asked with every listing. */
const RETRY_MS = 10 * 60_000;

export class Notices {
  readonly #options: NoticesOptions;
  #watcher: Deno.FsWatcher | null = null;
  /** Which folder is or was to be watched: under its name there may be another by now. */
  #folder: string | null = null;
  #reading: Promise<void> = Promise.resolve();
  #isWithout = false;
  #retryAtMs = 0;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /** Watches `folder` unless it does already. */
  async keep(folder: string): Promise<void> {
    const info = await lstatOrNull(folder);
    const found = info === null ? null : `${folder}\0${info.dev}:${info.ino}`;
    if (found === this.#folder && (this.#watcher || this.#nowMs() < this.#retryAtMs)) return;
    await this.close();
    this.#folder = found;
    if (found === null) return;
    if (isShared(folder)) return this.#lose("shares are not watched");
    const { watch = watchAll, onLost } = this.#options;
    try {
      this.#watcher = watch(folder);
    } catch (error) {
      // Too many watches, no leave, a folder that is gone again: whatever it is, the scan sees it all.
      return this.#lose(messageOf(error));
    }
    this.#reading = this.#read(this.#watcher, folder);
    if (!this.#isWithout) return;
    this.#isWithout = false;
    onLost();
    const { equipmentId, log } = this.#options;
    log("info", "file events of {equipmentId} are there again", { equipmentId });
  }

  /** Returns when the watcher was read to its end: until then it takes the events of the next one. */
  async close(): Promise<void> {
    const watcher = this.#watcher;
    this.#watcher = null;
    watcher?.close();
    await this.#reading;
  }

  async #read(watcher: Deno.FsWatcher, folder: string): Promise<void> {
    let fault = "the watcher ended";
    try {
      for await (const event of watcher) this.#see(event, folder);
    } catch (error) {
      fault = messageOf(error);
    }
    if (this.#watcher !== watcher) return;
    this.#watcher = null;
    watcher.close();
    this.#lose(fault);
    this.#options.onLost();
  }

  #see({ kind, paths, flag }: Deno.FsEvent, folder: string): void {
    const { onNotice, onLost, namesOfRun } = this.#options;
    if (flag === "rescan") return onLost();
    // Our own reading of a run is such an event.
    if (kind === "access") return;
    for (const path of paths) {
      const names = path.slice(folder.length + 1).split(sep);
      if (names.includes(RECORDS_DIR)) continue;
      const isInRun = path.startsWith(`${folder}${sep}`) && names.length >= namesOfRun;
      onNotice(isInRun ? [folder, ...names.slice(0, namesOfRun)].join(sep) : null);
    }
  }

  #lose(fault: string): void {
    this.#retryAtMs = this.#nowMs() + RETRY_MS;
    if (this.#isWithout) return;
    this.#isWithout = true;
    const { equipmentId, log } = this.#options;
    log("warn", "no file events for {equipmentId}, its runs are found by the scan alone: {fault}", {
      equipmentId,
      fault,
    });
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}

function watchAll(folder: string): Deno.FsWatcher {
  return Deno.watchFs(folder, { recursive: true });
}
