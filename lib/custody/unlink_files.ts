/**
 * Deleting exactly the files that were proven, one by one. Each is looked at once more just before: it
 * must be the very file that was read, with the size, times and number it had then. What is not in the
 * list stays, and so does every folder that holds something. No link is followed: not a file that became
 * one, and not a folder above it.
 */
import { dirname, join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import {
  type FileStat,
  fileStatOf,
  lstatOrNull,
  realPathOrNull,
  syncDirectory,
} from "../disk/mod.ts";

/** A file as it was when its bytes were read. `path` is relative to the folder, with `/`. */
export interface ProvenFile extends FileStat {
  readonly path: string;
}

export interface UnlinkOptions {
  /** What was proven, in the order of the paths. It may be a million long, and is walked once. */
  readonly files: Iterable<ProvenFile> | AsyncIterable<ProvenFile>;
  readonly signal: AbortSignal;
  /** Told of files that are gone now, at most `BATCH` at once, before the next is touched. */
  readonly onGone: (paths: readonly string[]) => void;
  /** Looked at before each batch; a reason ends the deletion. */
  readonly objection?: () => string | null | Promise<string | null>;
}

export interface Unlinked {
  readonly files: number;
  readonly bytes: number;
  /** Files of the list that somebody had deleted before. */
  readonly alreadyGone: number;
  readonly bytesAlreadyGone: number;
}

const BATCH = 100;

/**
 * @throws LabferryError `deletion_stopped` naming the first file that is not what it was, or what the
 * disk said; everything not yet deleted is untouched
 */
export async function unlinkFiles(
  folder: string,
  { files, signal, onGone, objection = () => null }: UnlinkOptions,
): Promise<Unlinked> {
  const root = await realPathOrNull(folder);
  if (root === null) throw stopped(folder, { why: "the run's folder is gone" });
  const safe = new SafeFolders(root);
  let [deleted, bytes, alreadyGone, bytesAlreadyGone] = [0, 0, 0, 0];
  let batch: string[] = [];
  const told = () => {
    if (batch.length > 0) onGone(batch);
    batch = [];
  };
  try {
    for await (const file of files) {
      if (batch.length === 0) {
        signal.throwIfAborted();
        const why = await objection();
        if (why !== null) throw stopped(join(root, file.path), { why });
      }
      if (await unlinkOne(root, { file, safe })) {
        deleted++;
        bytes += file.sizeBytes;
      } else {
        alreadyGone++;
        bytesAlreadyGone += file.sizeBytes;
      }
      batch.push(file.path);
      if (batch.length >= BATCH) told();
    }
  } finally {
    told();
  }
  await safe.flush();
  return { files: deleted, bytes, alreadyGone, bytesAlreadyGone };
}

/** False when somebody had deleted it before. */
async function unlinkOne(
  root: string,
  { file, safe }: { readonly file: ProvenFile; readonly safe: SafeFolders },
): Promise<boolean> {
  const path = join(root, file.path);
  if (!await safe.has(dirname(path))) return false;
  const info = await lstatOrNull(path);
  if (info === null) return false;
  if (!info.isFile) throw stopped(path, { why: "it is no file any more" });
  if (!isSame(fileStatOf(path, info), file)) {
    throw stopped(path, { why: "it was changed after it was read for the last time" });
  }
  try {
    await Deno.remove(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw stopped(path, { why: "it cannot be deleted", cause: error });
  }
  return true;
}

/** Of a file on a share its id was not kept: there it is another whenever the share is mounted anew. */
function isSame(now: FileStat, then: FileStat): boolean {
  return now.sizeBytes === then.sizeBytes && now.mtimeMs === then.mtimeMs &&
    now.ctimeS === then.ctimeS && (then.fileId === "" || now.fileId === then.fileId);
}

/** Folders below the root that were looked at: real ones, reached without a link. */
class SafeFolders {
  readonly #root: string;
  #last: { readonly folder: string; readonly isThere: boolean } | null = null;
  readonly #touched = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Files come in the order of their paths, so that the last answer is nearly always the next one. */
  async has(folder: string): Promise<boolean> {
    if (this.#last?.folder === folder) return this.#last.isThere;
    const real = folder === this.#root ? folder : await realPathOrNull(folder);
    if (real !== null && real !== folder) {
      throw stopped(folder, { why: `it is reached through a link now, and leads to ${real}` });
    }
    this.#last = { folder, isThere: real !== null };
    if (real !== null) this.#touched.add(folder);
    return real !== null;
  }

  /** What was deleted stays deleted, also without power. */
  async flush(): Promise<void> {
    for (const folder of this.#touched) {
      if (await lstatOrNull(folder)) await syncDirectory(folder);
    }
  }
}

/**
 * Removes the folders of the list that hold nothing any more, the deepest first; `folder` itself stays.
 */
export async function removeEmptyFolders(
  folder: string,
  paths: Iterable<string>,
): Promise<void> {
  const root = await realPathOrNull(folder);
  if (root === null) return;
  const deepestFirst = [...new Set(paths)].sort((a, b) => depthOf(b) - depthOf(a));
  for (const path of deepestFirst) await removeIfEmpty(join(root, path));
}

/** The folders that hold these files, and those above them, as far as the run's own. */
export async function foldersOf(
  files: Iterable<{ readonly path: string }> | AsyncIterable<{ readonly path: string }>,
): Promise<ReadonlySet<string>> {
  const folders = new Set<string>();
  for await (const { path } of files) {
    let folder = dirname(path);
    while (folder !== "." && !folders.has(folder)) {
      folders.add(folder);
      folder = dirname(folder);
    }
  }
  return folders;
}

function depthOf(path: string): number {
  return path.split("/").length;
}

async function removeIfEmpty(path: string): Promise<void> {
  const info = await lstatOrNull(path);
  if (!info?.isDirectory || await realPathOrNull(path) !== path) return;
  for await (const _entry of Deno.readDir(path)) return;
  try {
    await Deno.remove(path);
  } catch (error) {
    // Somebody put something there in this moment: it stays, and so does the folder.
    for await (const _entry of Deno.readDir(path)) return;
    throw stopped(path, { why: "the empty folder cannot be removed", cause: error });
  }
}

function stopped(
  path: string,
  { why, cause }: { readonly why: string; readonly cause?: unknown },
): LabferryError {
  return new LabferryError("deletion_stopped", "The local copy was not deleted further", {
    path,
    why,
    hint: "look at it; what was not deleted is untouched, and the far copy is proven",
    ...(cause === undefined ? {} : { cause }),
  });
}
