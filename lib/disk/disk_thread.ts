/** One worker thread of a pool, seen from outside. */
import { Worker } from "node:worker_threads";
import { LabferryError } from "../base/mod.ts";
import { diskError } from "./disk_failure.ts";
import { CANCELLED, type ErrorMessage, type Reply, type Request, type Work } from "./messages.ts";
import { WORKER_NAME } from "./worker.ts";

/**
 * V8 lets the young generation of each thread grow to 32 MB and more before it collects; a thread
 * makes nothing but short-lived values. Shipping 100,000 files took 450 MB without this.
 */
const YOUNG_GENERATION_MB = 4;
/** How long a thread may take to notice a cancellation before it is given up. */
const CANCEL_BOUND_MS = 2_000;

interface Task {
  readonly id: number;
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((bytes: number, path: string) => void) | undefined;
}

export interface TaskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number, path: string) => void) | undefined;
}

/**
 * Does one task at a time. It keeps the process alive only while a task runs. After a cancellation
 * it is `busy` until it answers; if it does not (a hung network share), it is ended and `lost`.
 */
export class DiskThread {
  readonly #worker: Worker;
  /** Called whenever the thread has answered or is lost; whoever has it in hand sets it. */
  onFree: (thread: DiskThread) => void = () => {};
  #task: Task | null = null;
  #nextId = 1;
  #boundTimer: ReturnType<typeof setTimeout> | undefined;
  lost = false;

  constructor(url: string) {
    this.#worker = new Worker(new URL(url), {
      workerData: { name: WORKER_NAME },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.#worker.on("message", (reply: Reply) => this.#receive(reply));
    this.#worker.on("error", (error: Error) => this.#giveUp(error.message));
    this.#worker.unref();
  }

  get busy(): boolean {
    return this.#task !== null;
  }

  /** Rejects with the signal's reason as soon as it aborts, whatever the thread is doing. */
  run<T>(work: Work, options: TaskOptions = {}): Promise<T> {
    const { signal, onProgress } = options;
    if (this.#task || this.lost) throw new Error("a disk thread does one task at a time");
    const control = new SharedArrayBuffer(4);
    const request: Request = { id: this.#nextId++, control, work };
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#task = { id: request.id, control: new Int32Array(control), resolve, reject, onProgress };
    this.#worker.ref();
    this.#worker.postMessage(request);
    const onAbort = () => this.#cancel(signal!.reason);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
    return promise.finally(() => signal?.removeEventListener("abort", onAbort)) as Promise<T>;
  }

  /** Ends the thread now; a task that runs is rejected. */
  end(): void {
    if (!this.lost) this.#giveUp("the pool was closed");
  }

  #cancel(reason: unknown): void {
    const task = this.#task;
    if (!task) return;
    task.reject(reason);
    Atomics.store(task.control, CANCELLED, 1);
    Atomics.notify(task.control, CANCELLED);
    this.#boundTimer = setTimeout(
      () => this.#giveUp("it did not answer a cancellation"),
      CANCEL_BOUND_MS,
    );
  }

  #receive(reply: Reply): void {
    const task = this.#task;
    if (!task || task.id !== reply.id) return;
    if (reply.kind === "progress") return task.onProgress?.(reply.bytes, reply.path);
    this.#task = null;
    clearTimeout(this.#boundTimer);
    this.#worker.unref();
    if (reply.kind === "done") task.resolve(reply.result);
    else task.reject(errorOf(reply.error));
    this.onFree(this);
  }

  #giveUp(why: string): void {
    this.lost = true;
    clearTimeout(this.#boundTimer);
    this.#worker.unref();
    this.#worker.terminate();
    const task = this.#task;
    this.#task = null;
    task?.reject(diskError("thread_lost", "a file operation was given up", { path: "", why }));
    this.onFree(this);
  }
}

/** The error as it was thrown in the thread. */
export function errorOf(error: ErrorMessage): LabferryError {
  const { code, message, hint, path } = error;
  return new LabferryError(code, message, { ...(hint ? { hint } : {}), ...(path ? { path } : {}) });
}
