/**
 * The thread of a `DiskPool`: the only code of labferry that blocks on files. The module is its own
 * entry: a thread is started with the address of this very module, which in a bundled program is
 * the whole program, so everything it imports must be light and free of effects.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { atMostEvery } from "../base/at_most_every.ts";
import { LabferryError } from "../base/errors.ts";
import { copyBatch, isFailure } from "./copy_batch.ts";
import { checkMount, FarFolders } from "./far_folder.ts";
import { performFar } from "./far_files.ts";
import { FindAhead } from "./find_ahead.ts";
import { hashFar, hashOne } from "./hash_batch.ts";
import { WayMaker } from "./make_way.ts";
import {
  CANCELLED,
  type CopyReply,
  type CopyRequest,
  type DestinationChanges,
  type ErrorMessage,
  type FoldersRequest,
  type HashRequest,
  type ItemResult,
  type NameRequest,
  type PackedEntries,
  type Reply,
  type Request,
  type WalkRequest,
  type Work,
} from "./messages.ts";
import { nameBatch } from "./name_batch.ts";
import { PacedThread } from "./pace.ts";
import { BLOCK_BYTES, type ReadContext } from "./read_through.ts";
import { removePartsIn } from "./parts.ts";
import { performSmall } from "./small_work.ts";
import { syncDirectorySync } from "./sync_directory.ts";
import { examinePacked, packEntries } from "./walk_packing.ts";
import { TreeWalk } from "./walk_tree.ts";

export const workerUrl: string = import.meta.url;
export const WORKER_NAME = "labferry-disk";

/** Entries of a walk in one message: some 100 kB, and a few milliseconds of work. */
const WALK_BATCH = 512;
/** The progress of a large file is reported about ten times a second. */
const PROGRESS_MS = 100;
/** How often a walk that waits looks whether it is still wanted. */
const ASKING_MS = 100;

if (!isMainThread && workerData?.name === WORKER_NAME) serve();

function serve(): void {
  // One request at a time: the pool gives a thread the next when it has answered.
  parentPort!.on("message", async (request: Request) => {
    parentPort!.postMessage(await answer(request));
  });
}

/** The caller has given up; the answer is not looked at any more. */
class Cancelled extends Error {}

async function answer(request: Request): Promise<Reply> {
  try {
    const result = await perform(request.work, contextOf(request));
    return { kind: "done", id: request.id, result };
  } catch (error) {
    return { kind: "failed", id: request.id, error: messageOfFailure(error) };
  }
}

interface Context extends ReadContext {
  readonly control: Int32Array<SharedArrayBuffer>;
}

let block: Uint8Array<ArrayBuffer> | null = null;

function contextOf(request: Request): Context {
  const control = new Int32Array(request.control);
  const isTime = atMostEvery(PROGRESS_MS, { atOnce: false });
  let untold = 0;
  return {
    control,
    get block() {
      return block ??= new Uint8Array(BLOCK_BYTES);
    },
    checkCancelled() {
      if (Atomics.load(control, CANCELLED) !== 0) throw new Cancelled("cancelled");
    },
    onBytes(bytes, path) {
      untold += bytes;
      if (!isTime()) return;
      const reply: Reply = { kind: "progress", id: request.id, bytes: untold, path };
      parentPort!.postMessage(reply);
      untold = 0;
    },
  };
}

function perform(work: Work, context: Context): unknown | Promise<unknown> {
  switch (work.kind) {
    case "hash":
      return hashAll(work, context);
    case "copy":
      return copyAll(work, context);
    case "name":
      return nameAll(work, context);
    case "folders":
      return makeFolders(work, context);
    case "parts":
      return removePartsIn(work.folder, context.checkCancelled);
    case "far":
      return performFar(work.work);
    case "small":
      return performSmall(work.work);
    case "walk":
      return walkOn(work, context);
    case "examine":
      return examinePacked(work.root, work.packed);
  }
}

function hashAll(work: HashRequest, paced: Context): ItemResult<unknown>[] {
  const pace = new PacedThread(work.pace, paced.control);
  const context = { ...paced, pace };
  const folders = work.root === null ? null : new FarFolders(work.root);
  const { dropCache, others } = work;
  return work.paths.map((path, i) => {
    try {
      const value = folders
        ? hashFar(path, { dropCache, context, folders })
        : hashOne(path, { dropCache, context, others: others[i] });
      return { ok: true, value };
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      return { ok: false, error: messageOfFailure(error) };
    }
  });
}

function copyAll(work: CopyRequest, context: Context): CopyReply {
  const pace = new PacedThread(work.pace, context.control);
  const { block, checkCancelled, onBytes } = context;
  const { items, root, guard, aside, keepEqual, onlyNew } = work;
  const sourceFolders = work.sourceRoot === null ? null : new FarFolders(work.sourceRoot);
  const how = { guard, pace, aside, keepEqual, sourceFolders, onlyNew };
  const { results, setAside, notes } = copyBatch(items, {
    block,
    checkCancelled,
    onBytes,
    root,
    ...how,
  });
  return {
    setAside,
    notes,
    results: results.map((result) =>
      isFailure(result)
        ? { ok: false, error: messageOfFailure(result.failure) }
        : { ok: true, value: result }
    ),
  };
}

function nameAll(work: NameRequest, { checkCancelled }: Context): ItemResult<boolean>[] {
  return nameBatch(work, checkCancelled).map((result) =>
    typeof result === "boolean"
      ? { ok: true, value: result }
      : { ok: false, error: messageOfFailure(result.failure) }
  );
}

function makeFolders(work: FoldersRequest, context: Context): DestinationChanges {
  const way = new WayMaker(work.root, work.aside);
  for (const folder of work.folders) {
    context.checkCancelled();
    checkMount(work.guard);
    way.folders.ensure(folder);
  }
  const flushed = way.folders.takeTouched().map(syncDirectorySync);
  return { setAside: way.moved, notes: flushed.includes(false) ? ["folders_not_flushed"] : [] };
}

let walk: TreeWalk | null = null;

async function walkOn(work: WalkRequest, { checkCancelled }: Context): Promise<PackedEntries> {
  if (work.first) {
    walk?.stop();
    const { root, options } = work;
    walk = await TreeWalk.of(root, { ...options, ahead: new FindAhead(root, options) });
  }
  const ours = walk!;
  const cancelled = Promise.withResolvers<never>();
  // While find is waited for this thread reads its mail, and the caller may have given up.
  const asking = setInterval(() => {
    try {
      checkCancelled();
    } catch (error) {
      cancelled.reject(error);
    }
  }, ASKING_MS);
  try {
    const packing = packEntries(ours, { most: WALK_BATCH, defer: work.defer });
    const packed = await Promise.race([packing, cancelled.promise]);
    if (packed.end) walk = null;
    return packed;
  } catch (error) {
    ours.stop();
    throw error;
  } finally {
    clearInterval(asking);
  }
}

function messageOfFailure(error: unknown): ErrorMessage {
  if (error instanceof LabferryError) {
    const { code, message, hint, path } = error;
    return { code, message, hint: hint ?? null, path: path ?? null };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: "thread_lost", message, hint: null, path: null };
}
