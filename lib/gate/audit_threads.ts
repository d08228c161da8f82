/**
 * Audits in threads of their own: the page is served and jobs go on while a tree is walked, and a
 * share that hangs blocks a thread, never the program. Each thread judges its share of the places
 * and keeps what it learned for the next audit.
 */
import { Worker } from "node:worker_threads";
import { LabferryError } from "../base/mod.ts";
import {
  type Order,
  type Report,
  type SentError,
  type SentOptions,
  type Share,
  WORKER_NAME,
  workerUrl,
} from "./audit_worker.ts";
import type { PlaceAudit } from "./place_audit.ts";

export interface AuditThreadsOptions {
  /** Each holds some 40 MB and takes a quarter of a second to start. @default 1 */
  readonly threads?: number;
  /** Directory (the state directory) in which the caches are kept. @default memory only */
  readonly cacheDir?: string;
}

/** How long a thread may take to notice a cancellation before it is given up. */
const CANCEL_BOUND_MS = 2000;

/**
 * V8 lets the young generation of each thread grow to 32 MB before it collects; an audit makes
 * nothing but short-lived values.
 */
const YOUNG_GENERATION_MB = 4;

export class AuditThreads implements Disposable {
  readonly #shares: readonly Share[];
  readonly #workers: (Worker | null)[];
  #nextId = 1;
  #last: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: AuditThreadsOptions = {}) {
    const { threads = 1, cacheDir } = options;
    if (!Number.isInteger(threads) || threads < 1 || threads > 16) {
      throw new RangeError(`threads must be 1 to 16, not ${threads}`);
    }
    this.#shares = Array.from({ length: threads }, (_, index) => ({
      name: WORKER_NAME,
      index,
      of: threads,
      cacheFile: cacheDir === undefined
        ? null
        : `${cacheDir}/audit_cache.${index + 1}of${threads}.jsonl`,
    }));
    this.#workers = this.#shares.map(() => null);
  }

  /**
   * As `auditTree`, in no particular order of places. Audits follow one another: a second one
   * waits for the first to end.
   *
   * @throws as `auditTree`; {LabferryError} `thread_lost` when a thread died or hangs
   */
  async *audit(
    path: string,
    options: SentOptions & { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<PlaceAudit, void> {
    const { signal, ...sent } = options;
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    try {
      await before;
      signal?.throwIfAborted();
      if (this.#closed) throw threadLost("the threads were closed");
      yield* this.#auditNow(path, { sent, signal });
    } finally {
      resolve();
    }
  }

  async *#auditNow(
    path: string,
    about: { sent: SentOptions; signal: AbortSignal | undefined },
  ): AsyncGenerator<PlaceAudit, void> {
    const { sent, signal } = about;
    const id = this.#nextId++;
    const inbox = new Inbox();
    const stops = this.#shares.map((share) => this.#listen(share, { id, inbox }));
    const onAbort = () => inbox.fail(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      for (const worker of this.#workers) {
        worker!.postMessage(order("audit", { id, path, options: sent }));
      }
      let open = this.#workers.length;
      while (open > 0) {
        const { index, report } = await inbox.next();
        if (report.kind === "failed") throw errorOf(report.error);
        if (report.kind === "done") open--;
        else {
          yield* report.places;
          this.#workers[index]?.postMessage(order("more", { id }));
        }
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      await Promise.all(stops.map((stop) => stop()));
    }
  }

  /**
   * Sends a thread's reports to the inbox until stopped. Stopping one that is still at work cancels
   * it and waits for its answer, or gives the thread up.
   */
  #listen(share: Share, about: { id: number; inbox: Inbox }): () => Promise<void> {
    const { index } = share;
    const { id, inbox } = about;
    const worker = this.#workers[index] ??= this.#start(share);
    const ended = Promise.withResolvers<void>();
    const onMessage = (report: Report) => {
      if (report.id !== id) return;
      inbox.add({ index, report });
      if (report.kind !== "places") ended.resolve();
    };
    const onLost = (error?: unknown) => {
      this.#workers[index] = null;
      inbox.fail(threadLost(error instanceof Error ? error.message : "it ended by itself"));
      ended.resolve();
    };
    worker.on("message", onMessage);
    worker.once("error", onLost);
    worker.once("exit", onLost);
    worker.ref();
    return async () => {
      worker.postMessage(order("cancel", { id }));
      const bound = setTimeout(() => {
        this.#workers[index] = null;
        worker.terminate();
        ended.resolve();
      }, CANCEL_BOUND_MS);
      await ended.promise;
      clearTimeout(bound);
      worker.off("message", onMessage);
      worker.off("error", onLost);
      worker.off("exit", onLost);
      worker.unref();
    };
  }

  #start(share: Share): Worker {
    const worker = new Worker(new URL(workerUrl), {
      workerData: share,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    worker.unref();
    return worker;
  }

  /** Ends the threads; an audit under way ends with `thread_lost`. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#workers.forEach((worker, index) => {
      this.#workers[index] = null;
      worker?.terminate();
    });
  }
}

/** An order to a thread; the compiler checks the rest of it against its kind. */
function order<Kind extends Order["kind"]>(
  kind: Kind,
  rest: Omit<Extract<Order, { kind: Kind }>, "kind">,
): Order {
  return { kind, ...rest } as unknown as Order;
}

interface Arrived {
  readonly index: number;
  readonly report: Report;
}

/** Reports of all threads in the order they came, for one reader. */
class Inbox {
  readonly #arrived: Arrived[] = [];
  #failure: { readonly reason: unknown } | null = null;
  #wake: (() => void) | null = null;

  add(arrived: Arrived): void {
    this.#arrived.push(arrived);
    this.#wake?.();
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake?.();
  }

  async next(): Promise<Arrived> {
    for (;;) {
      if (this.#failure) throw this.#failure.reason;
      const next = this.#arrived.shift();
      if (next) return next;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = null;
    }
  }
}

function errorOf(error: SentError): LabferryError {
  const { code, message, hint, path } = error;
  return new LabferryError(code, message, { ...(hint ? { hint } : {}), ...(path ? { path } : {}) });
}

function threadLost(why: string): LabferryError {
  return new LabferryError("thread_lost", "the audit was given up", { why });
}
