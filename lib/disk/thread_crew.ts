/** Threads that a pool has in hand: at most `limit`, taken from the spare ones or started. */
import { nextTurn, turn } from "../base/mod.ts";
import { DiskThread } from "./disk_thread.ts";
import type { SpareThreads } from "./spare_threads.ts";

interface Waiting {
  readonly resolve: (thread: DiskThread) => void;
  readonly reject: (error: unknown) => void;
}

/** By whichever crew. */
let hasStartedThisTurn = false;

export class ThreadCrew {
  readonly #url: string;
  readonly #limit: number;
  readonly #idleMs: number | undefined;
  readonly #spares: SpareThreads;
  readonly #all = new Set<DiskThread>();
  readonly #lent = new Set<DiskThread>();
  readonly #waiting: Waiting[] = [];
  #closed = false;

  constructor(
    options: {
      readonly url: string;
      readonly limit: number;
      readonly spares: SpareThreads;
      readonly idleMs?: number | undefined;
    },
  ) {
    this.#url = options.url;
    this.#limit = options.limit;
    this.#idleMs = options.idleMs;
    this.#spares = options.spares;
  }

  /** Threads in hand. */
  get size(): number {
    return this.#all.size;
  }

  /** Lends a thread to `act`, first come first served. */
  async use<T>(
    act: (thread: DiskThread) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const thread = await this.lend(signal);
    try {
      return await act(thread);
    } finally {
      this.giveBack(thread);
    }
  }

  /** A thread for the caller alone, until it is given back. */
  async lend(signal: AbortSignal | undefined): Promise<DiskThread> {
    signal?.throwIfAborted();
    // Starting one holds the event loop for 20 to 40 ms: two in one turn would be twice that.
    while (this.#wouldStart() && hasStartedThisTurn) {
      await turn();
      signal?.throwIfAborted();
    }
    return this.lendAtOnce() ?? await this.#wait(signal);
  }

  /** The same, or null where one would have to be waited for. */
  lendAtOnce(): DiskThread | null {
    if (this.#closed) throw new Error("the disk pool is closed");
    const thread = this.#start();
    if (thread) this.#lent.add(thread);
    return thread;
  }

  giveBack(thread: DiskThread): void {
    this.#lent.delete(thread);
    this.#settle(thread);
  }

  /** Ends every thread; tasks that run are rejected. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) {
      waiting.reject(new Error("the disk pool is closed"));
    }
    for (const thread of [...this.#all]) thread.end();
    this.#all.clear();
  }

  #wouldStart(): boolean {
    return this.#all.size < this.#limit && this.#spares.size === 0;
  }

  #start(): DiskThread | null {
    if (this.#all.size >= this.#limit) return null;
    const thread = this.#spares.take() ?? this.#startNew();
    thread.onFree = (it) => {
      if (!this.#lent.has(it)) this.#settle(it);
    };
    this.#all.add(thread);
    return thread;
  }

  #startNew(): DiskThread {
    hasStartedThisTurn = true;
    nextTurn().then(() => hasStartedThisTurn = false);
    return new DiskThread(this.#url);
  }

  #wait(signal: AbortSignal | undefined): Promise<DiskThread> {
    const { promise, resolve, reject } = Promise.withResolvers<DiskThread>();
    const waiting = { resolve, reject };
    const onAbort = () => {
      const at = this.#waiting.indexOf(waiting);
      if (at >= 0) this.#waiting.splice(at, 1);
      reject(signal!.reason);
    };
    this.#waiting.push(waiting);
    signal?.addEventListener("abort", onAbort, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", onAbort));
  }

  /** Puts a thread that nobody holds to its next use. */
  #settle(thread: DiskThread): void {
    if (this.#closed) return;
    if (thread.lost) {
      this.#all.delete(thread);
      const waiting = this.#waiting.shift();
      if (waiting) this.#hand(waiting, this.#start()!);
      return;
    }
    // Cancelled, and not yet aware of it: it calls again when it has answered or is lost.
    if (thread.busy) return;
    const waiting = this.#waiting.shift();
    if (waiting) return this.#hand(waiting, thread);
    this.#all.delete(thread);
    this.#spares.put(thread, { idleMs: this.#idleMs });
  }

  /** Lent already here: an answer that arrives before the waiter runs must not free it. */
  #hand(waiting: Waiting, thread: DiskThread): void {
    this.#lent.add(thread);
    waiting.resolve(thread);
  }
}
