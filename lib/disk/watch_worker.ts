/**
 * The thread of a `WatchThread`: asks the system for file events and reads them. Asking walks the whole
 * tree in one call (2.7 s for a million files), and a busy instrument makes thousands of events a
 * second; neither may hold up the program. As `worker.ts`, it is started by its own address.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { FolderEvents } from "./folder_events.ts";
import type { WatchReply, WatchRequest, WatchShape } from "./watch_messages.ts";

export const watchWorkerUrl: string = import.meta.url;
export const WATCH_WORKER_NAME = "labferry-watch";

/** After changes were told the next ones are gathered for so long. */
const GATHER_MS = 100;

if (!isMainThread && workerData?.name === WATCH_WORKER_NAME) serve();

function serve(): void {
  const watches = new Map<number, Watch>();
  let last: Promise<void> = Promise.resolve();
  parentPort!.on("message", (request: WatchRequest) => {
    const { id } = request;
    if (request.kind === "taken") return watches.get(id)?.gather();
    // In turn: a watcher that was not read to its end takes the events of its successor on that folder.
    last = last.then(async () => {
      if (request.kind === "close") {
        await watches.get(id)?.close();
        watches.delete(id);
        return;
      }
      const watch = new Watch(id, request.folder, request.shape);
      watches.set(id, watch);
      watch.begin(() => watches.delete(id));
    });
  });
}

function tell(reply: WatchReply): void {
  parentPort!.postMessage(reply);
}

class Watch {
  readonly #id: number;
  readonly #folder: string;
  readonly #events: FolderEvents;
  #watcher: Deno.FsWatcher | null = null;
  #reading: Promise<void> = Promise.resolve();
  /** Nothing is told before what was told is taken, and a while has gone by. */
  #isWaiting = false;
  #isClosed = false;

  constructor(id: number, folder: string, shape: WatchShape) {
    this.#id = id;
    this.#folder = folder;
    this.#events = new FolderEvents(folder, shape);
  }

  begin(onEnd: () => void): void {
    const end = (fault: unknown) => {
      this.#isClosed = true;
      onEnd();
      const text = fault instanceof Error ? fault.message : String(fault);
      tell({ kind: "ended", id: this.#id, fault: text });
    };
    try {
      this.#watcher = Deno.watchFs(this.#folder, { recursive: true });
    } catch (error) {
      // Too many watches, no leave, a folder that is gone again: whatever it is, it is said.
      return end(error);
    }
    tell({ kind: "begun", id: this.#id });
    this.#reading = this.#read(this.#watcher, end);
  }

  gather(): void {
    setTimeout(() => {
      this.#isWaiting = false;
      this.#say();
    }, GATHER_MS);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watcher?.close();
    await this.#reading;
  }

  async #read(watcher: Deno.FsWatcher, end: (fault: unknown) => void): Promise<void> {
    let fault: unknown = "the watcher ended";
    try {
      for await (const event of watcher) {
        this.#events.see(event);
        this.#say();
      }
    } catch (error) {
      fault = error;
    }
    if (this.#isClosed) return;
    watcher.close();
    end(fault);
  }

  #say(): void {
    if (this.#isWaiting || this.#isClosed || this.#events.isEmpty) return;
    this.#isWaiting = true;
    tell({ kind: "changes", id: this.#id, changes: this.#events.take() });
  }
}
