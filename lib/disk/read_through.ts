/**
 * Reading a whole file in pieces while nobody may change it: stat before, bytes, stat after. Runs in
 * worker threads, with calls that block.
 */
import { diskError, diskFailure, errnoOf } from "./disk_failure.ts";
import { type FileStat, fileStatOf, isSameFile, mtimeMsOf } from "./file_identity.ts";
import { isInUse, onceFreeSync } from "./in_use.ts";
import type { PacedThread } from "./pace.ts";

/** Larger gains nothing; 64 KiB halves the speed (`docs/` budget: openssl's own speed). */
export const BLOCK_BYTES = 1024 * 1024;

/** What the reader of a batch shares with the code that asked for it. */
export interface ReadContext {
  readonly block: Uint8Array<ArrayBuffer>;
  /** Throws when the caller has given up. */
  readonly checkCancelled: () => void;
  readonly onBytes: (bytes: number, path: string) => void;
  /** Waited for behind each piece; @default none */
  readonly pace?: PacedThread;
}

/**
 * Hands every byte of `path` to `take` and returns the file's stat.
 *
 * @throws LabferryError `source_vanished`, `source_unreadable`, `source_busy`, `source_changed` when the stat
 * differs before and after, `not_a_file` for links, folders, pipes and devices.
 */
export function readThrough(
  path: string,
  context: ReadContext,
  take: (bytes: Uint8Array<ArrayBuffer>) => void,
): FileStat {
  try {
    const named = regularFileAt(path);
    using file = onceFreeSync(() => Deno.openSync(path, { read: true }));
    const before = file.statSync();
    if (!isSameFile(named, before)) throw changed(path, "another file took its name");
    readBlocks(file, path, { context, take, most: before.size });
    return unchangedStat(path, { before, after: file.statSync() });
  } catch (error) {
    throw sourceFailure(error, path);
  }
}

/** The stat of a regular file; a link or a pipe is refused before it is opened. */
export function regularFileAt(path: string): Deno.FileInfo {
  const info = Deno.lstatSync(path);
  if (info.isFile) return info;
  const kind = info.isSymlink
    ? "a symbolic link"
    : info.isDirectory
    ? "a folder"
    : "a special file";
  throw diskError("not_a_file", `${path} is not a regular file`, {
    path,
    why: `it is ${kind}`,
    hint: "Only regular files are hashed and copied; links are never followed.",
  });
}

function readBlocks(
  file: Deno.FsFile,
  path: string,
  { context, take, most }: {
    context: ReadContext;
    take: (bytes: Uint8Array<ArrayBuffer>) => void;
    most: number;
  },
): void {
  for (let total = 0;;) {
    context.checkCancelled();
    const { block, pace } = context;
    const read = file.readSync(block.subarray(0, pace?.pieceBytes(block.length)));
    if (read === null) return;
    pace?.waitFor(read);
    total += read;
    // Otherwise a file that grows as fast as it is read would never end.
    if (total > most) throw changed(path, "it grew while it was read");
    take(block.subarray(0, read));
    context.onBytes(read, path);
  }
}

/** The stat after reading, when it says that nothing was written meanwhile. */
function unchangedStat(
  path: string,
  { before, after }: { readonly before: Deno.FileInfo; readonly after: Deno.FileInfo },
): FileStat {
  if (before.size !== after.size || mtimeMsOf(before) !== mtimeMsOf(after)) {
    throw changed(path, "it was written to while it was read");
  }
  return fileStatOf(path, after);
}

export function changed(path: string, why: string): unknown {
  return diskError("source_changed", `${path} changed`, {
    path,
    why,
    hint: "Wait until the program that writes it is done.",
  });
}

/** An error of the file system while reading, from the reader's side. */
export function sourceFailure(error: unknown, path: string): unknown {
  const errno = errnoOf(error);
  if (errno === null) return error;
  if (errno === "ENOENT" || errno === "ENOTDIR") {
    return diskError("source_vanished", `${path} is gone`, { path, cause: error });
  }
  if (isInUse(error)) {
    return diskError("source_busy", `${path} is open in another program`, {
      path,
      why: "it lets nobody else read it meanwhile",
      hint: "Close it in that program, or wait; it is tried again by itself.",
      cause: error,
    });
  }
  const failure = diskFailure(error, "", path);
  return diskError("source_unreadable", `${path} could not be read`, {
    path,
    why: failure instanceof Error ? failure.message.replace(/^: /, "") : String(error),
    hint: "Let the account labferry runs under read it; look at the disk if that is not the cause.",
    cause: error,
  });
}
