/**
 * What the pool and its threads say to each other. Every request gets exactly one `done` or
 * `failed`; `progress` may come in between. The control words are shared memory, so that a thread
 * that is reading a file notices a cancellation without looking at its mail.
 */
import type { FarWork } from "./far_files.ts";
import type { FileStat } from "./file_identity.ts";

export interface FileHash extends FileStat {
  /** Lower-case hex. */
  readonly sha256: string;
  /** True when the bytes certainly did not come from this machine's file cache. */
  readonly cacheDropped: boolean;
}

export interface CopiedFile {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** What the source must still be: its stat when it was sealed. Fields left out are not compared. */
export interface ExpectedStat {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeS?: number;
  readonly fileId?: string;
}

export interface CopyItem {
  /** Absolute path of the source. */
  readonly from: string;
  /** Absolute path of the target, below the pool call's `root`. */
  readonly to: string;
  readonly sizeBytes: number;
  /** Set on the target, in milliseconds since 1970. */
  readonly mtimeMs: number;
  readonly expect?: ExpectedStat;
  /**
   * Where a file that has the target's name is kept (absolute, below `root`, never overwritten)
   * before the new one takes the name.
   */
  readonly setAside?: string;
}

/** The base of a mounted destination: when its device number changes the mount is gone. */
export interface MountGuard {
  readonly path: string;
  readonly dev: number;
}

export interface WalkOptions {
  /** Names of folders that are neither listed nor entered, such as `.exlab-wizard`. */
  readonly skipNames?: readonly string[];
}

export interface HashRequest {
  readonly kind: "hash";
  /** Base of a mounted destination: links below it are refused, and its errors are told as its own. */
  readonly root: string | null;
  readonly paths: readonly string[];
  readonly dropCache: boolean;
}

export interface CopyRequest {
  readonly kind: "copy";
  readonly items: readonly CopyItem[];
  readonly root: string;
  readonly guard: MountGuard | null;
  /** Shared words of a `Pace`; null for no ceiling. */
  readonly pace: SharedArrayBuffer | null;
}

export interface FoldersRequest {
  readonly kind: "folders";
  readonly root: string;
  readonly guard: MountGuard | null;
  readonly folders: readonly string[];
}

export interface PartsRequest {
  readonly kind: "parts";
  readonly folder: string;
}

/** One batch of a walk; the walk's state stays in the thread between batches. */
export interface WalkRequest {
  readonly kind: "walk";
  readonly root: string;
  readonly options: WalkOptions;
  /** True for the first batch; a thread serves one walk at a time. */
  readonly first: boolean;
}

/** See `far_files.ts`. */
export interface FarRequest {
  readonly kind: "far";
  readonly work: FarWork;
}

export type Work =
  | HashRequest
  | CopyRequest
  | FoldersRequest
  | PartsRequest
  | FarRequest
  | WalkRequest;

export interface Request {
  readonly id: number;
  /** Int32 words: `CANCELLED` is not zero once the caller has given up. */
  readonly control: SharedArrayBuffer;
  readonly work: Work;
}

export const CANCELLED = 0;

export interface ErrorMessage {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
  readonly path: string | null;
}

/** The result of one item of a batch; the other items are not affected by its failure. */
export type ItemResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ErrorMessage };

/** Entries of a walk in columns: a thousand small objects cost more to send than to find. */
export interface PackedEntries {
  /** Relative paths, each ended by NUL. */
  readonly paths: string;
  readonly kinds: Uint8Array;
  /** Size, mtime in ms, ctime in s of each entry. */
  readonly numbers: Float64Array;
  /** File ids, each ended by a space; empty for problems. */
  readonly fileIds: string;
  /** Message of each problem, in order. */
  readonly messages: readonly string[];
  /** True when the walk is over. */
  readonly end: boolean;
}

export interface WorkResults {
  readonly hash: ItemResult<FileHash>[];
  readonly copy: ItemResult<CopiedFile>[];
  readonly folders: null;
  readonly parts: string[];
  readonly walk: PackedEntries;
}

export type Reply =
  | {
    readonly kind: "progress";
    readonly id: number;
    readonly bytes: number;
    readonly path: string;
  }
  | { readonly kind: "done"; readonly id: number; readonly result: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: ErrorMessage };
