/**
 * Locks and small files on shares, in a thread a share. A call into a share that hangs never returns, and
 * the last of them, which closes the file, the runtime makes in the thread that has the file: in the
 * service's own one it would stand still, with the page, all other instruments and its end. One thread a
 * share: what is done there is done in its order, and what was given up and comes late can come before
 * nothing that was asked for after it.
 */
import { diskError } from "./disk_failure.ts";
import { DiskThread } from "./disk_thread.ts";
import {
  isThreadLost,
  type ShareDoor,
  type ShareDoors,
  type SmallResults,
  type SmallWork,
} from "./share_door.ts";
import { workerUrl } from "./worker.ts";

/** Each is 15 to 20 MB. */
const IDLE_MS = 30_000;

/** What a thread must not end before it is given back; a finish that failed has given it back, too. */
const TAKES: ReadonlySet<SmallWork["kind"]> = new Set(["lock", "begin"]);
const GIVES: ReadonlySet<SmallWork["kind"]> = new Set(["unlock", "finish", "discard"]);

export class ShareThreads implements ShareDoors, Disposable {
  readonly #byShare = new Map<string, ShareThread>();
  readonly #idleMs: number;

  constructor({ idleMs = IDLE_MS }: { readonly idleMs?: number } = {}) {
    this.#idleMs = idleMs;
  }

  of(share: string): ShareThread {
    let thread = this.#byShare.get(share);
    if (!thread) {
      thread = new ShareThread({
        idleMs: this.#idleMs,
        onEnd: () => void this.#byShare.delete(share),
      });
      this.#byShare.set(share, thread);
    }
    return thread;
  }

  [Symbol.dispose](): void {
    for (const thread of [...this.#byShare.values()]) thread.end();
  }
}

class ShareThread implements ShareDoor {
  readonly #thread = new DiskThread(workerUrl);
  readonly #options: { readonly idleMs: number; readonly onEnd: () => void };
  readonly started: Promise<unknown>;
  #last: Promise<unknown> = Promise.resolve();
  #asked = 0;
  /** Locks and files that are begun: they end with the thread. */
  #held = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: { readonly idleMs: number; readonly onEnd: () => void }) {
    this.#options = options;
    this.started = this.run({ kind: "start" }).catch(isThreadLost);
  }

  async run<Kind extends SmallWork["kind"]>(
    work: Extract<SmallWork, { readonly kind: Kind }>,
  ): Promise<SmallResults[Kind]> {
    clearTimeout(this.#timer);
    this.#asked++;
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    try {
      if (this.#thread.lost) {
        throw diskError("thread_lost", "a file operation was given up", {
          path: "",
          why: "the thread of its share has ended",
        });
      }
      const request = { kind: "small", work: work as SmallWork } as const;
      const result = await this.#thread.run<SmallResults[Kind]>(request);
      if (TAKES.has(work.kind) && result !== null) this.#held++;
      return result;
    } finally {
      if (GIVES.has(work.kind)) this.#held--;
      resolve();
      this.#asked--;
      if (this.#thread.lost) this.end();
      else this.#endIdleLater();
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#thread.end();
    this.#options.onEnd();
  }

  #endIdleLater(): void {
    if (this.#asked > 0 || this.#held > 0) return;
    this.#timer = setTimeout(() => this.end(), this.#options.idleMs);
    Deno.unrefTimer(this.#timer);
  }
}
