/**
 * Copying a batch of files onto a mounted destination, in a worker thread. The batch goes through
 * its steps together, because one flush after another is what costs: bytes into temporary files,
 * flush each, set old files aside, rename each, flush the folders. A file counts as copied when all
 * of them are done.
 */
import { createHash } from "node:crypto";
import { basename, dirname, join, sep } from "node:path";
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
  const batch = new Batch(items, context);
  const folders = new FarFolders(context.root);
  const steps = new Map<number, Step>();
  try {
    items.forEach((item, i) =>
      batch.attempt(i, () => {
        const step = writePart(item, folders, context);
        steps.set(i, step);
        return step.copied;
      })
    );
    for (const [i, step] of steps) batch.attempt(i, () => flushPart(step));
    for (const [i, step] of steps) batch.attempt(i, () => makeWay(step, folders, context));
    // The old bytes' second name is on disk before the first is given away.
    batch.flush(folders);
    for (const [i, step] of steps) {
      if (batch.attempt(i, () => takeName(step, folders, context))) steps.delete(i);
    }
    batch.flush(folders);
  } finally {
    for (const step of steps.values()) discard(step);
  }
  return batch.results;
}

/** The results so far: a file that failed one step is not taken through the next. */
class Batch {
  readonly results: Result[] = [];
  readonly #items: readonly CopyItem[];
  readonly #context: CopyContext;

  constructor(items: readonly CopyItem[], context: CopyContext) {
    this.#items = items;
    this.#context = context;
  }

  /** True when this step of item `i` was done. */
  attempt(i: number, act: () => CopiedFile): boolean {
    this.#context.checkCancelled();
    if (isFailure(this.results[i])) return false;
    try {
      this.results[i] = act();
      return true;
    } catch (failure) {
      this.#context.checkCancelled();
      this.results[i] = { failure };
      return false;
    }
  }

  /** A name that is not on disk is not there: its folder's failure is the file's. */
  flush(folders: FarFolders): void {
    for (const folder of folders.takeTouched()) {
      try {
        syncDirectorySync(folder);
      } catch (failure) {
        this.#items.forEach((item, i) => {
          const concerned = [item.to, item.setAside ?? item.to]
            .some((path) => path.startsWith(folder + sep));
          if (concerned && !isFailure(this.results[i])) this.results[i] = { failure };
        });
      }
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
    const copied = copyBytes(item, { part, file }, context);
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
  { part, file }: Pick<Step, "part" | "file">,
  context: CopyContext,
): CopiedFile {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const paced: ReadContext = {
    checkCancelled: context.checkCancelled,
    onBytes: context.onBytes,
    // Asked for before each piece: the pace may change in the middle of a file.
    get block() {
      return context.block.subarray(0, context.pace.pieceBytes(context.block.length));
    },
  };
  const stat = readThrough(item.from, paced, (bytes) => {
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

/** Sees to it that the target's name may be taken. */
function makeWay(step: Step, folders: FarFolders, context: CopyContext): CopiedFile {
  const { item } = step;
  checkMount(context.guard);
  const old = statOrNull(item.to);
  if (old && !old.isFile) {
    throw diskError("not_a_file", `${item.to} is taken by something that is not a file`, {
      path: item.to,
      hint: "Look at it on the destination and move it away; labferry does not remove it.",
    });
  }
  if (old && item.setAside !== undefined) setAside(item.to, item.setAside, folders);
  return step.copied;
}

function takeName(step: Step, folders: FarFolders, context: CopyContext): CopiedFile {
  const { item, part } = step;
  checkMount(context.guard);
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
