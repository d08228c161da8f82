/**
 * The thread of `AuditThreads`: audits its share of a tree and keeps its own cache. A thread is
 * started with the address of this very module, which in a bundled program is the whole program, so
 * what it imports must be free of effects.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { type Code, LabferryError, messageOf } from "../base/mod.ts";
import { AuditCache } from "./audit_cache.ts";
import { loadAuditCache, saveAuditCache } from "./cache_file.ts";
import { type AuditOptions, auditTree } from "./engine.ts";
import type { PlaceAudit } from "./place_audit.ts";

export const workerUrl: string = import.meta.url;
export const WORKER_NAME = "labferry-gate";

/** What a thread is started with. */
export interface Share {
  readonly name: typeof WORKER_NAME;
  readonly index: number;
  readonly of: number;
  /** Where the cache is kept over restarts; null keeps it in memory only. */
  readonly cacheFile: string | null;
}

export type Order =
  | {
    readonly kind: "audit";
    readonly id: number;
    readonly path: string;
    readonly options: SentOptions;
  }
  /** The receiver has dealt with one batch. */
  | { readonly kind: "more"; readonly id: number }
  | { readonly kind: "cancel"; readonly id: number };

/** What can be sent to a thread of an audit's options. */
export type SentOptions = Omit<AuditOptions, "cache" | "owns" | "signal">;

export type Report =
  | { readonly kind: "places"; readonly id: number; readonly places: readonly PlaceAudit[] }
  | { readonly kind: "done"; readonly id: number }
  | { readonly kind: "failed"; readonly id: number; readonly error: SentError };

export interface SentError {
  readonly code: Code;
  readonly message: string;
  readonly hint: string | undefined;
  readonly path: string | undefined;
}

/** Places in one message, fewer when they have many findings. */
const BATCH_PLACES = 64;
const BATCH_FINDINGS = 500;
/** Messages that may wait for their receiver; more would pile up in its memory. */
const MOST_WAITING = 4;
/** A daemon audits twice a minute; its cache is worth a few megabytes of writing now and then. */
const SAVE_EVERY_MS = 10 * 60 * 1000;

if (!isMainThread && workerData?.name === WORKER_NAME) serve(workerData as Share);

interface Running {
  readonly id: number;
  readonly cancelled: AbortController;
  waiting: number;
  goOn: (() => void) | null;
}

function serve(share: Share): void {
  let cache: AuditCache | null = null;
  let savedAtMs = -Infinity;
  let running: Running | null = null;
  parentPort!.on("message", (order: Order) => {
    if (order.kind === "audit") {
      const own: Running = {
        id: order.id,
        cancelled: new AbortController(),
        waiting: 0,
        goOn: null,
      };
      running = own;
      void perform(order, own);
    } else if (running?.id === order.id) {
      if (order.kind === "cancel") running.cancelled.abort();
      else running.waiting--;
      running.goOn?.();
    }
  });

  async function perform(order: Order & { kind: "audit" }, own: Running): Promise<void> {
    try {
      cache ??= share.cacheFile === null ? new AuditCache() : await loadAuditCache(share.cacheFile);
      await audit(order, { own, share, cache });
      const dueMs = savedAtMs + SAVE_EVERY_MS;
      if (share.cacheFile !== null && cache.changed && performance.now() >= dueMs) {
        await saveAuditCache(share.cacheFile, cache);
        savedAtMs = performance.now();
      }
      send({ kind: "done", id: order.id });
    } catch (error) {
      send({ kind: "failed", id: order.id, error: sentError(error) });
    }
  }
}

async function audit(
  order: Order & { kind: "audit" },
  about: { own: Running; share: Share; cache: AuditCache },
): Promise<void> {
  const { own, share, cache } = about;
  const owns = (path: string) => shareOf(path, share.of) === share.index;
  const signal = own.cancelled.signal;
  let batch: PlaceAudit[] = [];
  let findings = 0;
  for await (const place of auditTree(order.path, { ...order.options, cache, owns, signal })) {
    batch.push(place);
    findings += place.findings.length + place.above.length;
    if (batch.length < BATCH_PLACES && findings < BATCH_FINDINGS) continue;
    send({ kind: "places", id: order.id, places: batch });
    batch = [];
    findings = 0;
    own.waiting++;
    while (own.waiting >= MOST_WAITING && !signal.aborted) {
      await new Promise<void>((resolve) => own.goOn = resolve);
    }
  }
  if (batch.length > 0) send({ kind: "places", id: order.id, places: batch });
}

function send(report: Report): void {
  parentPort!.postMessage(report);
}

function sentError(error: unknown): SentError {
  if (error instanceof LabferryError) {
    const { code, message, hint, path } = error;
    return { code, message, hint, path };
  }
  return { code: "thread_lost", message: messageOf(error), hint: undefined, path: undefined };
}

/** The same place always falls to the same thread, where its cache is (FNV-1a). */
function shareOf(path: string, shares: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % shares;
}
