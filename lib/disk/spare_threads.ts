/**
 * Threads that nobody has in hand, for whichever pool of the process wants one next. Starting one
 * costs 40 ms and more, which is most of a small run: a session with a pool of its own for each must
 * not pay it. A thread belongs to one pool at a time, and to none while it is here.
 */
import type { DiskThread } from "./disk_thread.ts";

/** Idle threads hold some 15 to 20 MB each (measured once, on an earlier state). */
const IDLE_MS = 10_000;
/**
 * What two small runs that go at a time give back and want again: a run uses one at a time. Each is
 * memory, so those beyond are kept only for as long as a look at the trees beside them takes.
 */
const LONG_SPARE = 2;
const SURPLUS_MS = 1_500;
/** While many runs come at once a dozen are wanted, given back and wanted again; to start one is dear. */
const MOST_SPARE = 12;

interface Spare {
  readonly thread: DiskThread;
  readonly idleMs: number;
  readonly sinceMs: number;
}

/** Spare threads of one module. They live no longer than the last pool that could use them. */
export class SpareThreads {
  static readonly #byUrl = new Map<string, SpareThreads>();
  /** The one spare longest first. */
  readonly #spares: Spare[] = [];
  #pools = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** For a pool that opens; it has to `leave`. */
  static join(url: string): SpareThreads {
    let spares = SpareThreads.#byUrl.get(url);
    if (!spares) SpareThreads.#byUrl.set(url, spares = new SpareThreads());
    spares.#pools++;
    return spares;
  }

  get size(): number {
    return this.#spares.length;
  }

  /** The one that was used last, so that more than are needed end. */
  take(): DiskThread | null {
    return this.#spares.pop()?.thread ?? null;
  }

  /** Idle, and not lost. */
  put(thread: DiskThread, { idleMs = IDLE_MS }: { readonly idleMs?: number | undefined }): void {
    this.#spares.push({ thread, idleMs, sinceMs: performance.now() });
    thread.onFree = (lost) => this.#drop(lost);
    if (this.#spares.length > MOST_SPARE) this.#spares.shift()!.thread.end();
    this.#endIdleSooner();
  }

  leave(): void {
    if (--this.#pools > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { thread } of this.#spares.splice(0)) thread.end();
  }

  /** One that died while nobody used it. */
  #drop(lost: DiskThread): void {
    const at = this.#spares.findIndex(({ thread }) => thread === lost);
    if (at >= 0) this.#spares.splice(at, 1);
  }

  /** The one that is spare longest is the first beyond those that are kept. */
  #endIdleSooner(): void {
    const at = this.#spares.length - LONG_SPARE - 1;
    const first = this.#spares[at];
    if (first) {
      const soonMs = performance.now() - first.sinceMs + SURPLUS_MS;
      this.#spares[at] = { ...first, idleMs: Math.min(first.idleMs, soonMs) };
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#endIdleLater();
  }

  #endIdleLater(): void {
    if (this.#timer !== undefined || this.#spares.length === 0) return;
    const nowMs = performance.now();
    const firstMs = Math.min(...this.#spares.map(({ sinceMs, idleMs }) => sinceMs + idleMs));
    this.#timer = setTimeout(() => this.#endIdle(), Math.max(1, firstMs - nowMs));
    Deno.unrefTimer(this.#timer);
  }

  #endIdle(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    for (const spare of [...this.#spares]) {
      if (spare.sinceMs + spare.idleMs > nowMs) continue;
      this.#drop(spare.thread);
      spare.thread.end();
    }
    this.#endIdleLater();
  }
}
