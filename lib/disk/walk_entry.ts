/** One entry of a walk: what it is, or why that could not be found out. */
import { type DiskCode, diskCodeOf, diskFailure, errnoOf } from "./disk_failure.ts";
import { fileIdOf, fileIdSoon, mtimeMsOf } from "./file_identity.ts";

/** What the runtime shows in place of bytes that are no UTF-8. */
export const REPLACEMENT = "\ufffd";

/** UTF-16 units whose order is not that of their UTF-8 bytes. */
export const HIGH = /[\ud800-\uffff]/;

/** Deeper trees are a loop of mounts or an accident. */
export const MAX_DEPTH = 256;

export type WalkedKind = "file" | "directory" | "symlink" | "other";
export type WalkProblemCode = "invalid_utf8_name" | "unreadable" | "vanished" | "too_deep";

/** An entry as the file system has it. */
export interface WalkedEntry {
  readonly kind: WalkedKind;
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeS: number;
  /** `dev:ino`. */
  readonly fileId: string;
  /** True for a folder that holds nothing but skipped folders; only on folders. */
  readonly empty?: boolean;
  /** True for a file that has other names as well (hard links); only on files. */
  readonly isLinked?: boolean;
  /** True for a file that takes clearly less room than its size: sparse, or compressed. */
  readonly isSparse?: boolean;
}

/** Smaller files may lie in the folder itself and take no blocks at all. */
const SPARSE_FROM_BYTES = 1024 * 1024;
const BLOCK_BYTES = 512;

/** An entry that could not be examined, or a folder that could not be entered. */
export interface WalkProblem {
  readonly kind: "problem";
  readonly path: string;
  readonly code: WalkProblemCode;
  readonly message: string;
  /** What the disk said of it, where it said something. */
  readonly failure: DiskCode | null;
}

export type WalkEntry = WalkedEntry | WalkProblem;

/**
 * The runtime shows bytes that are no UTF-8 as U+FFFD and then cannot find the file, or finds another
 * whose name really holds that character: then both are listed under one name, and the second time
 * it is met it stands for the one that cannot be named.
 */
export function examine(root: string, path: string): WalkEntry {
  const absolute = `${root}/${path}`;
  try {
    const info = Deno.lstatSync(absolute);
    return entryOf(path, { info, fileId: fileIdOf(absolute, info) });
  } catch (error) {
    return notExamined(error, path);
  }
}

/** As `examine`, for who must not be held: a share that hangs answers never. */
export async function examineSoon(root: string, path: string): Promise<WalkEntry> {
  const absolute = `${root}/${path}`;
  try {
    const info = await Deno.lstat(absolute);
    return entryOf(path, { info, fileId: await fileIdSoon(absolute, info) });
  } catch (error) {
    return notExamined(error, path);
  }
}

function entryOf(
  path: string,
  { info, fileId }: { readonly info: Deno.FileInfo; readonly fileId: string },
): WalkedEntry {
  return {
    kind: kindOf(info),
    ...(info.isFile ? peculiarities(info) : {}),
    path,
    sizeBytes: info.size,
    mtimeMs: mtimeMsOf(info),
    ctimeS: Math.floor((info.ctime?.getTime() ?? 0) / 1000),
    fileId,
  };
}

function notExamined(error: unknown, path: string): WalkProblem {
  if (errnoOf(error) === "ENOENT" && path.includes(REPLACEMENT)) return invalidName(path);
  return problemOf(error, path);
}

/** What a copy of the bytes will not have. */
export function peculiarities(
  { nlink, blocks, size }: Pick<Deno.FileInfo, "nlink" | "blocks" | "size">,
): Pick<WalkedEntry, "isLinked" | "isSparse"> {
  const isSparse = blocks !== null && size >= SPARSE_FROM_BYTES &&
    blocks * BLOCK_BYTES < size * 0.9;
  return {
    ...((nlink ?? 1) > 1 ? { isLinked: true } : {}),
    ...(isSparse ? { isSparse: true } : {}),
  };
}

export function invalidName(path: string): WalkProblem {
  return problem(path, { code: "invalid_utf8_name", message: "the name is not valid UTF-8" });
}

function kindOf(info: Deno.FileInfo): WalkedKind {
  if (info.isFile) return "file";
  if (info.isDirectory) return "directory";
  return info.isSymlink ? "symlink" : "other";
}

export function problemOf(error: unknown, path: string): WalkProblem {
  const errno = errnoOf(error);
  if (errno === null) throw error;
  const failure = diskFailure(error, "", path);
  const why = failure instanceof Error ? failure.message.replace(/^: /, "") : errno;
  const code = errno === "ENOENT" ? "vanished" : "unreadable";
  return { ...problem(path, { code, message: why }), failure: diskCodeOf(errno) };
}

export function problem(
  path: string,
  what: Pick<WalkProblem, "code" | "message">,
): WalkProblem {
  return { kind: "problem", path, ...what, failure: null };
}
