/**
 * The disk threads' work without threads: the same walk and the same hashing, at once, so that a life
 * is the same each time and starts no worker.
 */
import { type FileOutcome, type HashItem, type HashOptions } from "../../lib/disk/disk_pool.ts";
import { hashOne } from "../../lib/disk/hash_batch.ts";
import {
  DiskPool,
  type FileHash,
  type FolderWatch,
  type FolderWatchOptions,
  type WalkOptions,
} from "../../lib/disk/mod.ts";
import { LabferryError } from "../../lib/base/mod.ts";
import type { WalkEntry } from "../../lib/disk/walk_entry.ts";
import { TreeWalk } from "../../lib/disk/walk_tree.ts";

const BLOCK = new Uint8Array(64 * 1024);

export class InlinePool extends DiskPool {
  override async *hashFiles<Item extends HashItem>(
    items: Iterable<Item> | AsyncIterable<Item>,
    { signal }: HashOptions = {},
  ): AsyncGenerator<FileOutcome<Item, FileHash>> {
    const context = {
      block: BLOCK,
      checkCancelled: () => signal?.throwIfAborted(),
      onBytes: () => {},
    };
    for await (const item of items) yield outcomeOf(item, context);
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

  /** There are no events in a life: the scan alone has to find everything. */
  override watchFolder(_folder: string, { onEnd }: FolderWatchOptions): FolderWatch {
    queueMicrotask(() => onEnd("no more watches can be had"));
    return { close: () => {} };
  }
}

function outcomeOf<Item extends HashItem>(
  item: Item,
  context: Parameters<typeof hashOne>[1]["context"],
): FileOutcome<Item, FileHash> {
  try {
    return { ok: true, item, value: hashOne(item.path, { dropCache: false, context }) };
  } catch (error) {
    if (error instanceof LabferryError) return { ok: false, item, error };
    throw error;
  }
}
