/**
 * File events below one equipment's folder, where the system has them: they make the scanner look
 * sooner. Nothing rests on them. A watcher that cannot be had, that ends, or that lost events is
 * said once and costs latency.
 *
 * Shares are not watched: they do not say what other computers write, and asking for events there can
 * hang, and with it the events of all other equipment.
 */
import { join, sep } from "node:path";
import type { Clock } from "../base/mod.ts";
import { type DiskPool, type FolderChanges, type FolderWatch, lstatOrNull } from "../disk/mod.ts";
import { isShared } from "../process/mod.ts";
import { RECORDS_DIR } from "../records/mod.ts";
import type { SyncContext } from "../sync/mod.ts";

export interface NoticesOptions {
  readonly equipmentId: string;
  readonly log: SyncContext["log"];
  readonly clock: Clock;
  readonly pool: Pick<DiskPool, "watchFolder">;
  /** Something changed below this run; null: it is not known where, or somewhere else. */
  readonly onNotice: (runPath: string | null) => void;
  /** Events may have been lost: anything may have changed. */
  readonly onLost: () => void;
  /** So many names below the folder name a run: three are `<project>/Runs/<run>`. */
  readonly namesOfRun: number;
}

/** To ask for a watcher walks the whole tree: where there was none, it is not asked with every listing. */
const RETRY_MS = 10 * 60_000;
/** For so long a listing waits, so that nothing happens between it and the first event unseen. */
const PATIENCE_MS = 5_000;

/** A folder that is watched, or is about to be. */
interface Watching {
  readonly folder: string;
  /** Resolves when it is watched, or cannot be. */
  readonly answered: PromiseWithResolvers<void>;
  watch: FolderWatch | null;
  hasBegun: boolean;
  /** Listed before it was watched: what came in between was not seen. */
  isLate: boolean;
}

export class Notices {
  readonly #options: NoticesOptions;
  #watching: Watching | null = null;
  /** Which folder is or was to be watched: under its name there may be another by now. */
  #folder: string | null = null;
  #isWithout = false;
  #retryAtMs = 0;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /**
   * Watches `folder` unless it does already. Returns when it is watched or cannot be, or after some
   * seconds: of a very large tree, or a disk that hangs, the runs are listed all the same.
   */
  async keep(folder: string): Promise<void> {
    const info = await lstatOrNull(folder);
    const found = info === null ? null : `${folder}\0${info.dev}:${info.ino}`;
    if (found === this.#folder && (this.#watching || this.#nowMs() < this.#retryAtMs)) return;
    this.close();
    this.#folder = found;
    if (found === null) return;
    if (isShared(folder)) return this.#lose("shares are not watched");
    await this.#answered(this.#begin(folder));
  }

  /** Changes are told: one that is not would be the loss of an event that nobody noticed. */
  get isWatching(): boolean {
    return this.#watching?.hasBegun ?? false;
  }

  close(): void {
    const watching = this.#watching;
    this.#watching = null;
    watching?.answered.resolve();
    watching?.watch?.close();
  }

  #begin(folder: string): Watching {
    const answered = Promise.withResolvers<void>();
    const watching: Watching = {
      folder,
      answered,
      watch: null,
      hasBegun: false,
      isLate: false,
    };
    this.#watching = watching;
    watching.watch = this.#options.pool.watchFolder(folder, {
      names: this.#options.namesOfRun,
      without: RECORDS_DIR,
      onBegin: () => this.#begun(watching),
      onChanges: (changes) => this.#see(changes, folder),
      onEnd: (fault) => this.#ended(watching, fault),
    });
    return watching;
  }

  async #answered(watching: Watching): Promise<void> {
    const waiting = new AbortController();
    const patience = this.#options.clock.sleep(PATIENCE_MS, waiting.signal).then(
      () => watching.isLate = true,
      () => {},
    );
    await Promise.race([watching.answered.promise, patience]);
    waiting.abort();
  }

  #begun(watching: Watching): void {
    watching.hasBegun = true;
    watching.answered.resolve();
    const { equipmentId, log, onLost } = this.#options;
    if (this.#isWithout || watching.isLate) onLost();
    if (!this.#isWithout) return;
    this.#isWithout = false;
    log("info", `file events of ${equipmentId} are there again`, { equipmentId });
  }

  #ended(watching: Watching, fault: string): void {
    if (this.#watching !== watching) return;
    this.#watching = null;
    watching.answered.resolve();
    this.#lose(fault);
    if (watching.hasBegun) this.#options.onLost();
  }

  #see({ paths, lost }: FolderChanges, folder: string): void {
    const { onNotice, onLost, namesOfRun } = this.#options;
    if (lost) onLost();
    for (const path of paths) {
      onNotice(path.split(sep).length >= namesOfRun ? join(folder, path) : null);
    }
  }

  #lose(fault: string): void {
    this.#retryAtMs = this.#nowMs() + RETRY_MS;
    if (this.#isWithout) return;
    this.#isWithout = true;
    const { equipmentId, log } = this.#options;
    log(
      "warn",
      `no file events for ${equipmentId}, its runs are found by the scan alone: ${fault}`,
      {
        equipmentId,
      },
    );
  }

  #nowMs(): number {
    return this.#options.clock.monotonicMs();
  }
}
