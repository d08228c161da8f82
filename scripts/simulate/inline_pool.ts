/**
 * The disk threads' work without threads: the same walk and the same hashing, at once, so that a life
 * is the same each time and starts no worker.
 */
import {
  type FileOutcome,
  type FoldersOptions,
  type HashItem,
  type HashOptions,
  type NameOptions,
} from "../../lib/disk/disk_pool.ts";
import { FarFolders } from "../../lib/disk/far_folder.ts";
import { hashFar, hashOne } from "../../lib/disk/hash_batch.ts";
import type { NameItem } from "../../lib/disk/messages.ts";
import { nameBatch } from "../../lib/disk/name_batch.ts";
import {
  DiskPool,
  type FileHash,
  type FolderWatch,
  type FolderWatchOptions,
  syncDirectorySync,
  type WalkOptions,
} from "../../lib/disk/mod.ts";
import { LabferryError } from "../../lib/base/mod.ts";
import type { WalkEntry } from "../../lib/disk/walk_entry.ts";
import { TreeWalk } from "../../lib/disk/walk_tree.ts";

const BLOCK = new Uint8Array(64 * 1024);

export class InlinePool extends DiskPool {
  override async *hashFiles<Item extends HashItem>(
    items: Iterable<Item> | AsyncIterable<Item>,
    { signal, root }: HashOptions = {},
  ): AsyncGenerator<FileOutcome<Item, FileHash>> {
    const folders = root === undefined ? null : new FarFolders(root);
    const context = {
      block: BLOCK,
      checkCancelled: () => signal?.throwIfAborted(),
      onBytes: () => {},
    };
    for await (const item of items) yield outcomeOf(item, { context, folders });
  }

  override async *walkTree(
    root: string,
    { signal, skipNames = [] }: WalkOptions & { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<WalkEntry[]> {
    const walk = await TreeWalk.of(root, { skipNames });
    const entries: WalkEntry[] = [];
    while (true) {
      signal?.throwIfAborted();
      const entry = await walk.next(false);
      if (entry === null) break;
      if (entry.kind !== "unexamined") entries.push(entry);
    }
    if (entries.length > 0) yield entries;
  }

  override async *nameFiles<Item extends NameItem>(
    items: Iterable<Item> | AsyncIterable<Item>,
    { root, flush = false, signal }: NameOptions,
  ): AsyncGenerator<FileOutcome<Item, boolean>> {
    const batch = await Array.fromAsync(items);
    const work = { kind: "name", items: batch, root, flush } as const;
    const results = nameBatch(work, () => signal?.throwIfAborted());
    for (const [i, item] of batch.entries()) {
      const result = results[i]!;
      if (typeof result === "boolean") yield { ok: true, item, value: result };
      else if (!(result.failure instanceof LabferryError)) throw result.failure;
      else yield { ok: false, item, error: result.failure };
    }
  }

  override makeFolders(folders: Iterable<string>, { root }: FoldersOptions): Promise<void> {
    const way = new FarFolders(root);
    for (const folder of folders) way.ensure(folder);
    for (const folder of way.takeTouched()) syncDirectorySync(folder);
    return Promise.resolve();
  }

  /** There are no events in a life: the scan alone has to find everything. */
  override watchFolder(_folder: string, { onEnd }: FolderWatchOptions): FolderWatch {
    queueMicrotask(() => onEnd("no more watches can be had"));
    return { close: () => {} };
  }
}

interface HashWork {
  readonly context: Parameters<typeof hashOne>[1]["context"];
  readonly folders: FarFolders | null;
}

function outcomeOf<Item extends HashItem>(
  item: Item,
  { context, folders }: HashWork,
): FileOutcome<Item, FileHash> {
  try {
    const how = { dropCache: false, context };
    const value = folders ? hashFar(item.path, { ...how, folders }) : hashOne(item.path, how);
    return { ok: true, item, value };
  } catch (error) {
    if (error instanceof LabferryError) return { ok: false, item, error };
    throw error;
  }
}
