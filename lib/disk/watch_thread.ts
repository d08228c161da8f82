/** The one thread in which a pool's folders are watched, seen from outside. */
import { Worker } from "node:worker_threads";
import type { FolderChanges, WatchReply, WatchRequest, WatchShape } from "./watch_messages.ts";
import { WATCH_WORKER_NAME } from "./watch_worker.ts";

/** Of what is said of a folder nothing comes before `watchFolder` has returned, nor after a `close`. */
export interface FolderWatchOptions extends WatchShape {
  /** From here on changes are told. */
  readonly onBegin: () => void;
  readonly onChanges: (changes: FolderChanges) => void;
  /** It could not be watched, or is not any more. */
  readonly onEnd: (fault: string) => void;
}

export interface FolderWatch {
  close(): void;
}

/** It holds a set of names for each folder, some megabytes at most; more is a fault, and ends it alone. */
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 32 } as const;

/** Starts with the first folder. It keeps the process alive only while somebody waits for an `onBegin`. */
export class WatchThread {
  readonly #url: string;
  readonly #watches = new Map<number, FolderWatchOptions>();
  /** Asked for, and neither begun nor refused. */
  readonly #unanswered = new Set<number>();
  #worker: Worker | null = null;
  #nextId = 1;

  constructor(url: string) {
    this.#url = url;
  }

  /** Returns at once, however large the tree; shares and disks that hang hold up this thread alone. */
  watch(folder: string, options: FolderWatchOptions): FolderWatch {
    const { names, without } = options;
    const id = this.#nextId++;
    this.#watches.set(id, options);
    this.#unanswered.add(id);
    this.#ask({ kind: "watch", id, folder, shape: { names, without } });
    this.#worker!.ref();
    return {
      close: () => {
        if (!this.#watches.delete(id)) return;
        this.#ask({ kind: "close", id });
        this.#answered(id);
      },
    };
  }

  close(): void {
    this.#watches.clear();
    this.#unanswered.clear();
    const worker = this.#worker;
    this.#worker = null;
    worker?.terminate();
  }

  #ask(request: WatchRequest): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const workerData = { name: WATCH_WORKER_NAME };
    const worker = new Worker(new URL(this.#url), { workerData, resourceLimits: LIMITS });
    worker.on("message", (reply: WatchReply) => this.#hear(reply));
    worker.on("error", (error: Error) => this.#lose(worker, error.message));
    worker.on("exit", () => this.#lose(worker, "its thread ended"));
    worker.unref();
    return worker;
  }

  #hear(reply: WatchReply): void {
    const { id } = reply;
    const options = this.#watches.get(id);
    if (!options) return;
    this.#answered(id);
    if (reply.kind === "begun") return options.onBegin();
    if (reply.kind === "changes") {
      this.#ask({ kind: "taken", id });
      return options.onChanges(reply.changes);
    }
    this.#watches.delete(id);
    options.onEnd(reply.fault);
  }

  #answered(id: number): void {
    if (this.#unanswered.delete(id) && this.#unanswered.size === 0) this.#worker?.unref();
  }

  #lose(worker: Worker, fault: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const watches = [...this.#watches.values()];
    this.#watches.clear();
    this.#unanswered.clear();
    for (const { onEnd } of watches) onEnd(fault);
  }
}
