/**
 * Copying a batch of files onto a mounted destination, in a worker thread. The batch goes through
 * four steps together, because one flush after another is what costs: bytes into temporary files,
 * flush each, rename each, flush the folders. A file counts as copied when all four are done.
 */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { checkMount, FarFolders } from "./far_folder.ts";
import { type FileStat, isSameFile } from "./file_identity.ts";
import type { CopiedFile, CopyItem, ExpectedStat, MountGuard } from "./messages.ts";
import type { PacedThread } from "./pace.ts";
import { changed, type ReadContext, readThrough } from "./read_through.ts";
import { renameOverSync } from "./rename_over.ts";
import { siblingName } from "./sibling_name.ts";
import { syncDirectorySync } from "./sync_directory.ts";

const PART_SUFFIX = ".labferry-part";

/** True for the name of a temporary file of a copy, finished or not. */
export function isPartName(name: string): boolean {
  return name.startsWith(".") && /\.[0-9a-f]{16}\.labferry-part$/.test(name);
}

export interface CopyContext extends ReadContext {
  readonly root: string;
  readonly guard: MountGuard | null;
  readonly pace: PacedThread;
}

type Step = { item: CopyItem; part: string; file: Deno.FsFile; copied: CopiedFile };
type Result = CopiedFile | { readonly failure: unknown };

/** One result an item, in order. Throws only when the caller has given up. */
export function copyBatch(items: readonly CopyItem[], context: CopyContext): Result[] {
  const folders = new FarFolders(context.root);
  const results: Result[] = [];
  const steps = new Map<number, Step>();
  try {
    items.forEach((item, i) =>
      attempt(results, i, () => {
        const step = writePart(item, folders, context);
        steps.set(i, step);
        return step.copied;
      })
    );
    for (const [i, step] of steps) attempt(results, i, () => flushPart(step));
    for (const [i, step] of steps) {
      if (isFailure(results[i])) continue;
      attempt(results, i, () => takeName(step, folders, context));
      if (!isFailure(results[i])) steps.delete(i);
    }
    flushFolders(folders, items, results);
  } finally {
    for (const step of steps.values()) discard(step);
  }
  return results;

  function attempt(into: Result[], i: number, act: () => CopiedFile): void {
    context.checkCancelled();
    try {
      into[i] = act();
    } catch (failure) {
      context.checkCancelled();
      into[i] = { failure };
    }
  }
}

export function isFailure(result: Result | undefined): result is { readonly failure: unknown } {
  return result !== undefined && "failure" in result;
}

function writePart(item: CopyItem, folders: FarFolders, context: CopyContext): Step {
  checkMount(context.guard);
  const folder = dirname(item.to);
  folders.ensure(folder);
  const part = join(folder, siblingName(basename(item.to), { prefix: ".", suffix: PART_SUFFIX }));
  const file = writing(part, () => Deno.openSync(part, { write: true, createNew: true }));
  try {
    const copied = copyBytes(item, file, part, context);
    writing(part, () => file.utimeSync(new Date(item.mtimeMs), new Date(item.mtimeMs)));
    return { item, part, file, copied };
  } catch (error) {
    file.close();
    removeIfThere(part);
    throw error;
  }
}

/** One pass: each block is hashed and written while it is in the processor's cache. */
function copyBytes(
  item: CopyItem,
  file: Deno.FsFile,
  part: string,
  context: CopyContext,
): CopiedFile {
  const hash = createHash("sha256");
  const block = context.block.subarray(0, context.pace.pieceBytes(context.block.length));
  let sizeBytes = 0;
  const stat = readThrough(item.from, { ...context, block }, (bytes) => {
    hash.update(bytes);
    context.pace.waitFor(bytes.length);
    context.checkCancelled();
    writing(part, () => writeAll(file, bytes));
    sizeBytes += bytes.length;
  });
  compareWithSeal(item, stat, sizeBytes);
  return { sha256: hash.digest("hex"), sizeBytes };
}

function compareWithSeal(item: CopyItem, stat: FileStat, sizeBytes: number): void {
  const sealed: ExpectedStat = item.expect ?? item;
  const differs = sizeBytes !== item.sizeBytes
    ? "size"
    : stat.sizeBytes !== sealed.sizeBytes
    ? "size"
    : stat.mtimeMs !== sealed.mtimeMs
    ? "time"
    : sealed.ctimeS !== undefined && stat.ctimeS !== sealed.ctimeS
    ? "change time"
    : sealed.fileId !== undefined && stat.fileId !== sealed.fileId
    ? "identity"
    : null;
  if (differs) throw changed(item.from, `its ${differs} is not the one that was sealed`);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}

function flushPart(step: Step): CopiedFile {
  writing(step.part, () => step.file.syncSync());
  step.file.close();
  return step.copied;
}

function takeName(step: Step, folders: FarFolders, context: CopyContext): CopiedFile {
  const { item, part } = step;
  checkMount(context.guard);
  const old = statOrNull(item.to);
  if (old && !old.isFile) {
    throw diskError("not_a_file", `${item.to} is taken by something that is not a file`, {
      path: item.to,
      hint: "Look at it on the destination and move it away; labferry does not remove it.",
    });
  }
  if (old && item.setAside !== undefined) setAside(item.to, item.setAside, folders);
  writing(item.to, () => renameOverSync(part, item.to));
  folders.touched(dirname(item.to));
  return step.copied;
}

/**
 * Gives the old file a second name, which fails when that name is taken; the rename over the first
 * name then leaves it under the second. So the old bytes have a name at every instant.
 */
function setAside(path: string, aside: string, folders: FarFolders): void {
  folders.ensure(dirname(aside));
  try {
    Deno.linkSync(path, aside);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === null) throw error;
    const taken = statOrNull(aside);
    // A push that was killed after its link left the very same file there.
    if (taken && isSameFile(taken, Deno.lstatSync(path))) return;
    if (taken) {
      throw diskError("already_exists", `${aside} already exists`, {
        path: aside,
        hint: "Nothing is overwritten there; choose another folder to set files aside in.",
      });
    }
    // No hard links here (exFAT, some shares): one writer works on a run, so look-then-rename will do.
    writing(aside, () => Deno.renameSync(path, aside));
  }
  folders.touched(dirname(aside));
}

/** A name that is not on disk is not copied: its folder's failure is the file's. */
function flushFolders(folders: FarFolders, items: readonly CopyItem[], results: Result[]): void {
  for (const folder of folders.takeTouched()) {
    try {
      syncDirectorySync(folder);
    } catch (failure) {
      items.forEach((item, i) => {
        if (!isFailure(results[i]) && dirname(item.to).startsWith(folder)) results[i] = { failure };
      });
    }
  }
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw diskFailure(error, `${path} could not be examined`, path);
  }
}

function writing<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw diskFailure(error, `${path} could not be written`, path);
  }
}

function discard(step: Step): void {
  try {
    step.file.close();
  } catch (error) {
    // Already closed after its flush.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
  removeIfThere(step.part);
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    // What led here is the error to report; a part that stays is swept up by `removeParts`.
    if (errnoOf(error) === null) throw error;
  }
}
