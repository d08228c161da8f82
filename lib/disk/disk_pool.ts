/**
 * Worker threads for whatever may block on a disk or a network share, or burns the processor:
 * hashing, copying, walking. They start when there is work, go from pool to pool, and end after some
 * seconds without.
 */
import { type LabferryError, turn } from "../base/mod.ts";
import { type DiskThread, errorOf } from "./disk_thread.ts";
import { inBatches, inOrder } from "./in_order.ts";
import type {
  AsideFolder,
  CopiedFile,
  CopyItem,
  CopyReply,
  DestinationChanges,
  DestinationNote,
  FarResults,
  FarWork,
  FileHash,
  ItemResult,
  MountGuard,
  NameItem,
  OtherDigest,
  WalkOptions,
} from "./messages.ts";
import type { Pace } from "./pace.ts";
import { SpareThreads } from "./spare_threads.ts";
import { ThreadCrew } from "./thread_crew.ts";
import type { WalkEntry } from "./walk_entry.ts";
import { streamWalk } from "./walk_stream.ts";
import { type FolderWatch, type FolderWatchOptions, WatchThread } from "./watch_thread.ts";
import { watchWorkerUrl } from "./watch_worker.ts";
import { workerUrl } from "./worker.ts";

const DEFAULT_THREADS = 2;
/** Walks hold a thread each, or two, beside the others, so that a slow reader of a walk blocks nobody. */
const MAX_WALK_THREADS = 16;
/** Small files travel in batches: a message costs as much as hashing 100 kB. */
const BATCH = { maxItems: 64, maxBytes: 8 * 1024 * 1024 } as const;
/** Batches started ahead of the one whose results are wanted next. */
const BATCHES_AHEAD = 16;

export interface DiskPoolOptions {
  /** Threads that hash and copy; @default 2, at most the machine's processors */
  readonly threads?: number;
  /** Where the threads' module is; tests put a stubborn one there. */
  readonly workerUrl?: string;
  /** Threads without work end after that time; @default 10_000 */
  readonly idleMs?: number;
}

export interface HashItem {
  readonly path: string;
  /** When known, lets large files have a thread of their own. */
  readonly sizeBytes?: number;
  /** Computed in the same reading. */
  readonly others?: readonly OtherDigest[];
}

/** The outcome of one file of many; a failure does not touch the others. */
export type FileOutcome<Item, Value> =
  | { readonly ok: true; readonly item: Item; readonly value: Value }
  | { readonly ok: false; readonly item: Item; readonly error: LabferryError };

export interface HashOptions {
  readonly signal?: AbortSignal;
  /** Read past the file cache where that can be done; see `FileHash.cacheDropped`. */
  readonly dropCache?: boolean;
  /**
   * The base of a mounted destination below which all files lie: a link on the way is refused, a
   * missing file is `not_found`, and other errors count as the destination's (`device_lost`, …).
   */
  readonly root?: string;
  /** A ceiling for what is read; it may be changed meanwhile. */
  readonly pace?: Pace;
  /** Bytes read since the last call, about ten times a second for large files. */
  readonly onBytes?: (bytes: number, path: string) => void;
}

/** What is reported of a place while it is written to. */
interface ChangesOptions {
  /** Where things go that stand in the way; without it a file is replaced and a folder refused. */
  readonly aside?: AsideFolder;
  /** Each path (relative to the aside's `of`, with `/`) that was moved. */
  readonly onSetAside?: (path: string) => void;
  readonly onNote?: (note: DestinationNote) => void;
}

export interface CopyOptions extends ChangesOptions {
  /** Folder below which everything is written; it must exist and is never made. */
  readonly root: string;
  readonly guard?: MountGuard;
  readonly pace?: Pace;
  /** Leave a target that has the same bytes, whatever its time; @default false */
  readonly keepEqual?: boolean;
  /** The base of a mounted destination below which all sources lie; as `HashOptions.root`. */
  readonly sourceRoot?: string;
  /** Take no name that is taken: such a file fails with `already_exists`. @default false */
  readonly onlyNew?: boolean;
  readonly signal?: AbortSignal;
  /** Bytes copied since the last call, about ten times a second. */
  readonly onBytes?: (bytes: number, path: string) => void;
}

export interface NameOptions {
  /** Folder below which names are given; it must exist, and no link below it is followed. */
  readonly root: string;
  /** Put bytes and names on disk; @default false */
  readonly flush?: boolean;
  readonly signal?: AbortSignal;
}

export interface FoldersOptions extends ChangesOptions {
  readonly root: string;
  readonly guard?: MountGuard;
  readonly signal?: AbortSignal;
}

/** `using pool = new DiskPool();` An idle pool does not keep the process alive. */
export class DiskPool implements Disposable {
  readonly #workers: ThreadCrew;
  readonly #walkers: ThreadCrew;
  readonly #spares: SpareThreads;
  readonly #watching = new WatchThread(watchWorkerUrl);
  #closed = false;
  readonly #ahead: number;

  constructor(options: DiskPoolOptions = {}) {
    const wanted = options.threads ?? DEFAULT_THREADS;
    if (!(wanted >= 1)) throw new RangeError(`a pool needs at least 1 thread, got ${wanted}`);
    const limit = Math.min(Math.floor(wanted), navigator.hardwareConcurrency);
    const { workerUrl: url = workerUrl, idleMs } = options;
    const spares = this.#spares = SpareThreads.join(url);
    this.#workers = new ThreadCrew({ url, limit, spares, idleMs });
    this.#walkers = new ThreadCrew({ url, limit: MAX_WALK_THREADS, spares, idleMs });
    this.#ahead = limit * BATCHES_AHEAD;
  }

  /** Threads that it has in hand or could have at once. */
  get size(): number {
    return this.#workers.size + this.#walkers.size + this.#spares.size;
  }

  /**
   * SHA-256 and stat of one regular file; links are refused.
   *
   * @throws LabferryError `source_vanished`, `source_unreadable`, `source_changed`, `not_a_file`
   */
  async hashFile(path: string, options: HashOptions = {}): Promise<FileHash> {
    const [result] = await this.#hash([{ path }], options);
    return valueOf(result!);
  }

  /** Hashes many files on all threads; outcomes come in the order of the items. */
  async *hashFiles<Item extends HashItem>(
    items: Iterable<Item> | AsyncIterable<Item>,
    options: HashOptions = {},
  ): AsyncGenerator<FileOutcome<Item, FileHash>> {
    const batches = inBatches(items, { ...BATCH, sizeOf: (item) => item.sizeBytes ?? 0 });
    const run = async (batch: Item[], signal: AbortSignal) =>
      outcomesOf(batch, await this.#hash(batch, { ...options, signal }));
    for await (const outcomes of inOrder(batches, run, this.#order(options.signal))) {
      yield* outcomes;
      await turn();
    }
  }

  /**
   * Copies files below `root` on all threads: each is read once, hashed in the same pass, written
   * to a temporary file beside its target, flushed, given its time and renamed over; its folder is
   * flushed before its outcome is given. Outcomes come in the order of the items. What stands in
   * the way is moved as `aside` says; without it a file is replaced: whether it may be is the caller's.
   */
  async *copyFiles<Item extends CopyItem>(
    items: Iterable<Item> | AsyncIterable<Item>,
    options: CopyOptions,
  ): AsyncGenerator<FileOutcome<Item, CopiedFile>> {
    const batches = inBatches(items, { ...BATCH, sizeOf: (item) => item.sizeBytes });
    const run = async (batch: Item[], signal: AbortSignal) =>
      outcomesOf(batch, await this.#copy(batch, { ...options, signal }));
    for await (const outcomes of inOrder(batches, run, this.#order(options.signal))) {
      yield* outcomes;
      await turn();
    }
  }

  /**
   * Gives finished files their names on all threads; none is ever taken from another: that one fails
   * with `already_exists`. False for a file that is not there. Outcomes come in the order of the items.
   */
  async *nameFiles<Item extends NameItem>(
    items: Iterable<Item> | AsyncIterable<Item>,
    { root, flush = false, signal: given }: NameOptions,
  ): AsyncGenerator<FileOutcome<Item, boolean>> {
    const batches = inBatches(items, { ...BATCH, sizeOf: () => 0 });
    const run = async (batch: Item[], signal: AbortSignal) => {
      const plain = batch.map(({ from, to, mtimeMs }) => ({ from, to, mtimeMs }));
      const work = { kind: "name", items: plain, root, flush } as const;
      const use = (thread: DiskThread) => thread.run<ItemResult<boolean>[]>(work, { signal });
      return outcomesOf(batch, await this.#workers.use(use, signal));
    };
    for await (const outcomes of inOrder(batches, run, this.#order(given))) yield* outcomes;
  }

  /** Makes folders (absolute paths below `root`) that are missing, and flushes them to disk. */
  async makeFolders(folders: Iterable<string>, options: FoldersOptions): Promise<void> {
    const { root, guard = null, aside = null, signal } = options;
    const work = { kind: "folders", root, guard, aside, folders: [...folders] } as const;
    const run = (thread: DiskThread) => thread.run<DestinationChanges>(work, { signal });
    reportChanges(await this.#workers.use(run, signal), options);
  }

  /** One small piece of work below the base of a mounted destination; see `FarWork`. */
  far<Kind extends FarWork["kind"]>(
    work: Extract<FarWork, { readonly kind: Kind }>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<FarResults[Kind]> {
    const { signal } = options;
    const request = { kind: "far", work: work as FarWork } as const;
    return this.#workers.use((thread) => thread.run(request, { signal }), signal);
  }

  /** Removes what killed copies left below `folder`, into which nobody may be copying. */
  removeParts(folder: string, options: { signal?: AbortSignal } = {}): Promise<string[]> {
    const { signal } = options;
    const work = { kind: "parts", folder } as const;
    return this.#workers.use((thread) => thread.run<string[]>(work, { signal }), signal);
  }

  /**
   * Everything below `root` in batches, files in the byte order of their paths; links are reported
   * and never followed. The next batch is made while the caller looks at this one, and no further.
   *
   * @throws LabferryError `not_found`, `link_refused`, `not_a_folder` when the root is none
   */
  walkTree(
    root: string,
    options: WalkOptions & { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<WalkEntry[]> {
    const { signal, skipNames = [] } = options;
    return streamWalk(this.#walkers, root, { skipNames, signal });
  }

  /** File events below `folder`, from a thread of their own: see `FolderWatchOptions`. */
  watchFolder(folder: string, options: FolderWatchOptions): FolderWatch {
    if (this.#closed) throw new Error("the disk pool is closed");
    return this.#watching.watch(folder, options);
  }

  /** Ends the threads that are at work; what is under way is rejected, what is watched is not any more. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watching.close();
    this.#workers.close();
    this.#walkers.close();
    this.#spares.leave();
  }

  #order(signal: AbortSignal | undefined): { ahead: number; signal?: AbortSignal } {
    return { ahead: this.#ahead, ...(signal ? { signal } : {}) };
  }

  #hash(
    items: readonly HashItem[],
    options: HashOptions,
  ): Promise<ItemResult<FileHash>[]> {
    const { dropCache = false, root = null, onBytes: onProgress, signal } = options;
    const pace = options.pace?.shared ?? null;
    const paths = items.map(({ path }) => path);
    const others = Object.fromEntries(
      items.flatMap((item, i) => item.others ? [[i, [...item.others]] as const] : []),
    );
    const work = { kind: "hash", paths, others, dropCache, root, pace } as const;
    return this.#workers.use((thread) => thread.run(work, { signal, onProgress }), signal);
  }

  async #copy(
    batch: readonly CopyItem[],
    options: CopyOptions,
  ): Promise<ItemResult<CopiedFile>[]> {
    const { root, guard = null, aside = null, keepEqual = false, signal } = options;
    const { onBytes: onProgress, sourceRoot = null, onlyNew = false } = options;
    const items = batch.map(plainItem);
    const pace = options.pace?.shared ?? null;
    const how = { pace, aside, keepEqual, sourceRoot, onlyNew };
    const work = { kind: "copy", items, root, guard, ...how } as const;
    const run = (thread: DiskThread) => thread.run<CopyReply>(work, { signal, onProgress });
    const reply = await this.#workers.use(run, signal);
    reportChanges(reply, options);
    return reply.results;
  }
}

function reportChanges(changes: DestinationChanges, options: ChangesOptions): void {
  for (const path of changes.setAside) options.onSetAside?.(path);
  for (const note of changes.notes) options.onNote?.(note);
}

/** Only what a thread needs: items may carry things of the caller's that cannot be sent. */
function plainItem(item: CopyItem): CopyItem {
  const { from, to, sizeBytes, mtimeMs, expect, others } = item;
  return {
    from,
    to,
    sizeBytes,
    mtimeMs,
    ...(expect === undefined ? {} : { expect }),
    ...(others === undefined ? {} : { others }),
  };
}

function outcomesOf<Item, Value>(
  items: readonly Item[],
  results: readonly ItemResult<Value>[],
): FileOutcome<Item, Value>[] {
  return items.map((item, i) => {
    const result = results[i]!;
    return result.ok
      ? { ok: true, item, value: result.value }
      : { ok: false, item, error: errorOf(result.error) };
  });
}

function valueOf<Value>(result: ItemResult<Value>): Value {
  if (result.ok) return result.value;
  throw errorOf(result.error);
}
