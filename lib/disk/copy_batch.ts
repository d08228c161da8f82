/**
 * Copying a batch of files onto a mounted destination, in a worker thread. The batch goes through
 * its steps together, because one flush after another is what costs: bytes into temporary files,
 * flush each, give what stands in the way a second name, flush the folders, take the names, flush
 * the folders. A file counts as copied when all of them are done.
 */
import { digests } from "./digests.ts";
import { dirname, join, sep } from "node:path";
import { LabferryError } from "../base/errors.ts";
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { checkMount, type FarFolders } from "./far_folder.ts";
import { takeFreeName, tookFreeName } from "./free_name.ts";
import { type FileStat, mtimeMsOf } from "./file_identity.ts";
import { readFar } from "./far_read.ts";
import { hashFar } from "./hash_batch.ts";
import { renameOverSync } from "./in_use.ts";
import { type Cleared, WayMaker } from "./make_way.ts";
import type {
  AsideFolder,
  CopiedFile,
  CopyItem,
  DestinationChanges,
  DestinationNote,
  ExpectedStat,
  MountGuard,
} from "./messages.ts";
import type { PacedThread } from "./pace.ts";
import { discardTemp, lstatOrNullSync } from "./presence.ts";
import { changed, type ReadContext, readThrough } from "./read_through.ts";
import { syncDirectorySync } from "./sync_directory.ts";
import { partName } from "./temp_names.ts";

export interface CopyContext extends ReadContext {
  readonly root: string;
  readonly guard: MountGuard | null;
  readonly pace: PacedThread;
  readonly aside: AsideFolder | null;
  readonly keepEqual: boolean;
  /** Seen folders of the mounted destination that is read; null for a source of this computer. */
  readonly sourceFolders: FarFolders | null;
  readonly onlyNew: boolean;
}

type Step = {
  readonly item: CopyItem;
  readonly part: string;
  readonly file: Deno.FsFile;
  readonly copied: CopiedFile;
  cleared: Cleared;
};
type Result = CopiedFile | { readonly failure: unknown };

export interface BatchOutcome extends DestinationChanges {
  /** One an item, in order. */
  readonly results: Result[];
}

/** Throws only when the caller has given up. */
export function copyBatch(items: readonly CopyItem[], context: CopyContext): BatchOutcome {
  const batch = new Batch(items, context);
  const steps = new Map<number, Step>();
  try {
    items.forEach((item, i) =>
      batch.attempt(i, () => {
        const step = batch.write(item);
        if (!batch.isThere(step)) steps.set(i, step);
        return step.copied;
      })
    );
    for (const [i, step] of steps) batch.attempt(i, () => flushPart(step));
    for (const [i, step] of steps) batch.attempt(i, () => batch.makeWay(step));
    // The old bytes' second name is on disk before the first is given away.
    batch.flush();
    for (const [i, step] of steps) {
      if (batch.attempt(i, () => batch.takeName(step))) steps.delete(i);
    }
    batch.flush();
  } finally {
    for (const step of steps.values()) discard(step);
  }
  return { results: batch.results, setAside: batch.way.moved, notes: [...batch.notes] };
}

/** The results so far: a file that failed one step is not taken through the next. */
class Batch {
  readonly results: Result[] = [];
  readonly notes = new Set<DestinationNote>();
  readonly way: WayMaker;
  readonly #items: readonly CopyItem[];
  readonly #context: CopyContext;

  constructor(items: readonly CopyItem[], context: CopyContext) {
    this.#items = items;
    this.#context = context;
    this.way = new WayMaker(context.root, context.aside);
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
  flush(): void {
    for (const folder of this.way.folders.takeTouched()) {
      try {
        if (!syncDirectorySync(folder)) this.notes.add("folders_not_flushed");
      } catch (failure) {
        const ofAside = this.#context.aside?.into.startsWith(folder) ||
          folder.startsWith(`${this.#context.aside?.into}${sep}`);
        this.#items.forEach((item, i) => {
          const concerned = ofAside || item.to.startsWith(folder + sep);
          if (concerned && !isFailure(this.results[i])) this.results[i] = { failure };
        });
      }
    }
  }

  write(item: CopyItem): Step {
    const { guard } = this.#context;
    checkMount(guard);
    const folder = dirname(item.to);
    this.way.folders.ensure(folder);
    const part = join(folder, partName());
    const mode = modeOf(item.from);
    const file = writing(
      part,
      () =>
        Deno.openSync(part, { write: true, createNew: true, ...(mode === null ? {} : { mode }) }),
    );
    try {
      const { mtimeMs, ...copied } = copyBytes(item, { part, file, context: this.#context });
      this.#setTime(part, () => file.utimeSync(new Date(mtimeMs), new Date(mtimeMs)));
      return { item, part, file, copied, cleared: "free" };
    } catch (error) {
      file.close();
      discardTemp(part);
      throw error;
    }
  }

  /**
   * True when a file with these very bytes has the name, and may keep it. Its time differs, or it
   * would not have been sent: shares that keep no times would else set the whole run aside each time.
   */
  isThere(step: Step): boolean {
    const { item, copied } = step;
    if (!this.#context.keepEqual) return false;
    try {
      const old = lstatOrNullSync(item.to);
      if (!old?.isFile || old.size !== copied.sizeBytes) return false;
      const standing = hashFar(item.to, {
        dropCache: false,
        context: this.#context,
        folders: this.way.folders,
      });
      if (standing.sha256 !== copied.sha256) return false;
      const time = new Date(item.mtimeMs);
      if (mtimeMsOf(old) !== item.mtimeMs) {
        this.#setTime(item.to, () => Deno.utimeSync(item.to, time, time));
      }
    } catch (error) {
      this.#context.checkCancelled();
      // It could not be read to its end: then it is not known to be equal, and is moved aside.
      if (!(error instanceof LabferryError) || error.code === "device_lost") throw error;
      return false;
    }
    discard(step);
    return true;
  }

  /** Sees to it that the target's name may be taken. */
  makeWay(step: Step): CopiedFile {
    checkMount(this.#context.guard);
    step.cleared = this.way.clear(step.item.to);
    return step.copied;
  }

  takeName(step: Step): CopiedFile {
    const { item, part } = step;
    checkMount(this.#context.guard);
    // Not renamed over: where case is folded, the name would keep its old spelling.
    if (step.cleared === "linked") this.way.giveUp(item.to);
    if (this.#context.onlyNew) takeFreeName(part, item.to);
    else if (this.#context.aside === null) writing(item.to, () => renameOverSync(part, item.to));
    else if (!tookFreeName(part, item.to)) this.#takeLateName(step);
    this.way.folders.touched(dirname(item.to));
    return step.copied;
  }

  /** Somebody took the name since it was cleared (other files were flushed meanwhile): once more. */
  #takeLateName(step: Step): void {
    this.makeWay(step);
    this.flush();
    if (step.cleared === "linked") this.way.giveUp(step.item.to);
    takeFreeName(step.part, step.item.to);
  }

  /** Times are not the data: where they cannot be set, that is noted. */
  #setTime(path: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!isRefusal(errnoOf(error))) {
        throw diskFailure(error, `${path} could not be written`, path);
      }
      this.notes.add("times_not_set");
    }
  }
}

function isRefusal(errno: string | null): boolean {
  return errno !== null && ["EPERM", "EACCES", "ENOSYS", "ENOTSUP", "EINVAL"].includes(errno);
}

export function isFailure(result: Result | undefined): result is { readonly failure: unknown } {
  return result !== undefined && "failure" in result;
}

/** The copy lets nobody read who may not read the source; the umask takes its part away as well. */
function modeOf(source: string): number | null {
  if (Deno.build.os === "windows") return null;
  const mode = lstatOrNullSync(source)?.mode ?? null;
  return mode === null ? null : mode & 0o777;
}

/** One pass: each block is hashed and written while it is in the processor's cache. */
function copyBytes(
  item: CopyItem,
  { part, file, context }: Pick<Step, "part" | "file"> & { readonly context: CopyContext },
): CopiedFile & { readonly mtimeMs: number } {
  const hash = digests(item.others);
  let readBytes = 0;
  const paced: ReadContext = {
    checkCancelled: context.checkCancelled,
    onBytes: context.onBytes,
    // Asked for before each piece: the pace may change in the middle of a file.
    get block() {
      return context.block.subarray(0, context.pace.pieceBytes(context.block.length));
    },
  };
  const copy = () =>
    readThrough(item.from, paced, (bytes) => {
      hash.update(bytes);
      context.pace.waitFor(bytes.length);
      context.checkCancelled();
      ofItem(item, () => writing(part, () => writeAll(file, bytes)));
      readBytes += bytes.length;
    });
  const { sourceFolders: folders } = context;
  const stat = folders ? readFar(item.from, { folders, read: copy }) : copy();
  compareWithSeal(item, { ...stat, readBytes });
  const { mtimeMs } = item.expect === null ? stat : item;
  return { ...hash.end(), sizeBytes: readBytes, mtimeMs };
}

function compareWithSeal(
  item: CopyItem,
  { readBytes, ...stat }: FileStat & { readonly readBytes: number },
): void {
  if (item.expect === null) return;
  const sealed: ExpectedStat = item.expect ?? item;
  const differs = readBytes !== item.sizeBytes
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

function writing<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw diskFailure(error, `${path} could not be written`, path);
  }
}

/** The one failure of writing that is the file's own, and not the place's, names the file. */
function ofItem<T>(item: CopyItem, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "file_too_large") throw error;
    throw diskError("file_too_large", `${item.from} is too large for the destination`, {
      path: item.from,
      why: `the file system there takes no file of ${item.sizeBytes} bytes`,
      cause: error.cause,
    });
  }
}

function discard(step: Step): void {
  try {
    step.file.close();
  } catch (error) {
    // Already closed after its flush.
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
  discardTemp(step.part);
}
