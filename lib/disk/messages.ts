/**
 * What the pool and its threads say to each other. Every request gets exactly one `done` or
 * `failed`; `progress` may come in between. The control words are shared memory, so that a thread
 * that is reading a file notices a cancellation without looking at its mail.
 */
import type { Code } from "../base/codes.ts";
import type { DiskCode } from "./disk_failure.ts";
import type { FileStat } from "./file_identity.ts";
import type { SmallWork } from "./share_door.ts";

/** Of the same reading as the SHA-256, where asked for. */
export type OtherDigest = "md5" | "sha1";
export type OtherDigests = Readonly<Partial<Record<OtherDigest, string>>>;

export interface FileHash extends FileStat {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly others?: OtherDigests;
  /** True when the bytes certainly did not come from this machine's file cache. */
  readonly cacheDropped: boolean;
}

export interface CopiedFile {
  readonly sha256: string;
  readonly others?: OtherDigests;
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
  /** Null: whatever is there is copied, with the time it has. @default size and time of the item */
  readonly expect?: ExpectedStat | null;
  readonly others?: readonly OtherDigest[];
}

/**
 * Where things go that stand in the way: what is at `<of>/x` is moved to `<into>/x`, and nothing is
 * overwritten there. Both are absolute and below the request's `root`.
 */
export interface AsideFolder {
  readonly of: string;
  readonly into: string;
}

/** What a place cannot do and data can do without; reported once a kind. */
export type DestinationNote = "times_not_set" | "folders_not_flushed";

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
  /** Base of a mounted destination: links below it are refused, and its errors count as its own. */
  readonly root: string | null;
  readonly paths: readonly string[];
  /** By index of the path. */
  readonly others: Readonly<Record<number, readonly OtherDigest[]>>;
  readonly dropCache: boolean;
  /** Shared words of a `Pace`; null for no ceiling. */
  readonly pace: SharedArrayBuffer | null;
}

export interface CopyRequest {
  readonly kind: "copy";
  readonly items: readonly CopyItem[];
  readonly root: string;
  readonly guard: MountGuard | null;
  /** Shared words of a `Pace`; null for no ceiling. */
  readonly pace: SharedArrayBuffer | null;
  /** Null: a file that has a target's name is replaced. */
  readonly aside: AsideFolder | null;
  /** Leave a target that has the same bytes. */
  readonly keepEqual: boolean;
  /** Base of a mounted destination below which the sources are: as `HashRequest.root`. */
  readonly sourceRoot: string | null;
  /** A target whose name is taken is an `already_exists`; nothing is replaced. */
  readonly onlyNew: boolean;
}

/** What a request did to the place beside its results. */
export interface DestinationChanges {
  /** Relative to the aside's `of`, with `/`. */
  readonly setAside: readonly string[];
  readonly notes: readonly DestinationNote[];
}

export interface CopyReply extends DestinationChanges {
  readonly results: ItemResult<CopiedFile>[];
}

/** A finished file and the name it is to have instead of its own; both absolute, on one file system. */
export interface NameItem {
  readonly from: string;
  /** Below the request's `root`; folders on its way are made. */
  readonly to: string;
  /** Set before it is named, in milliseconds since 1970; null: the time it has. */
  readonly mtimeMs: number | null;
}

export interface NameRequest {
  readonly kind: "name";
  readonly items: readonly NameItem[];
  readonly root: string;
  /** Bytes are on disk before a file is named, and the names before the answer. */
  readonly flush: boolean;
}

export interface FoldersRequest {
  readonly kind: "folders";
  readonly root: string;
  readonly guard: MountGuard | null;
  readonly folders: readonly string[];
  readonly aside: AsideFolder | null;
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
  /** Leave what would take long to examine to an `ExamineRequest`. */
  readonly defer: boolean;
}

/** Completes a batch of a walk that another thread listed. */
export interface ExamineRequest {
  readonly kind: "examine";
  readonly root: string;
  readonly packed: PackedEntries;
}

/** What may be replaced, and where anything else goes. */
export interface KnownFile {
  /** As they were looked at; null: nothing was there. */
  readonly bytes: Uint8Array | null;
  /** Absolute, below the base; free. */
  readonly aside: string;
}

/**
 * Small work at a mounted base (`far_files.ts`). All paths are absolute; `root` is the base,
 * everything else lies below it (or is it).
 */
export type FarWork =
  | { readonly kind: "look"; readonly root: string; readonly folder: string }
  | { readonly kind: "make_base"; readonly root: string }
  | {
    readonly kind: "read";
    readonly root: string;
    readonly guard: MountGuard | null;
    readonly paths: readonly string[];
    /** A larger file is an error, not a truncated answer. */
    readonly maxBytes: number;
  }
  | {
    readonly kind: "write";
    readonly root: string;
    readonly guard: MountGuard | null;
    readonly files: readonly {
      readonly path: string;
      readonly bytes: Uint8Array;
      /** Null: whatever file stands there is replaced. */
      readonly known: KnownFile | null;
    }[];
  }
  | {
    readonly kind: "set_aside";
    readonly root: string;
    readonly guard: MountGuard | null;
    readonly moves: readonly { readonly from: string; readonly to: string }[];
  }
  /** The folders themselves, not what is below them; one that is missing is left out. */
  | { readonly kind: "flush"; readonly root: string; readonly folders: readonly string[] }
  | {
    readonly kind: "name_habits";
    readonly root: string;
    readonly guard: MountGuard | null;
    readonly folder: string;
  }
  /** These files of the folder, then the folder if it is empty; `names` are single segments. */
  | {
    readonly kind: "remove_probe";
    readonly root: string;
    readonly guard: MountGuard | null;
    readonly folder: string;
    readonly names: readonly string[];
  }
  /** `folder_trials.ts`: what any folder lets be done, tried with files of our own. */
  | { readonly kind: "try_writing"; readonly folder: string }
  | { readonly kind: "try_locks"; readonly folder: string }
  | { readonly kind: "try_replacing"; readonly folder: string };

export interface FarResults {
  /** Null when there is no such folder. `realPath` has no link in it. */
  readonly look: { readonly dev: number; readonly realPath: string } | null;
  readonly make_base: null;
  /** In the order asked for; null for each that is not there. */
  readonly read: (Uint8Array<ArrayBuffer> | null)[];
  readonly write: null;
  /** In the order asked for; false where there was nothing to set aside. */
  readonly set_aside: boolean[];
  /** False when a folder there cannot be flushed. */
  readonly flush: boolean;
  /** Null for what could not be found out. */
  readonly name_habits: {
    readonly foldsCase: boolean | null;
    readonly normalises: boolean | null;
  };
  readonly remove_probe: null;
  /** Why no file can be made there; null where one can. */
  readonly try_writing: ErrorMessage | null;
  readonly try_locks: LockTrial;
  /** What was refused of `REPLACINGS` times writing, replacing and removing a file; empty: nothing. */
  readonly try_replacing: readonly ErrorMessage[];
}

/** Two tries at one lock: the second is kept out, is let in as well, or there are no locks at all. */
export type LockTrial = "excludes" | "lets_both_in" | "no_locks";

export interface FarRequest {
  readonly kind: "far";
  readonly work: FarWork;
}

/** For a share: see `share_door.ts`. */
export interface SmallRequest {
  readonly kind: "small";
  readonly work: SmallWork;
}

export type Work =
  | HashRequest
  | CopyRequest
  | NameRequest
  | FoldersRequest
  | PartsRequest
  | FarRequest
  | SmallRequest
  | WalkRequest
  | ExamineRequest;

export interface Request {
  readonly id: number;
  /** Int32 words: `CANCELLED` is not zero once the caller has given up. */
  readonly control: SharedArrayBuffer;
  readonly work: Work;
}

export const CANCELLED = 0;

export interface ErrorMessage {
  readonly code: Code;
  readonly message: string;
  readonly hint: string | null;
  readonly path: string | null;
}

/** The result of one item of a batch; the other items are not affected by its failure. */
export type ItemResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ErrorMessage };

/** An entry's index, its message, and what the disk said. */
export type PackedMessage = readonly [number, string, DiskCode | null];

/** Entries of a walk in columns: a thousand small objects cost more to send than to find. */
export interface PackedEntries {
  /** Relative paths, each ended by NUL. */
  readonly paths: string;
  readonly kinds: Uint8Array;
  /** Size, mtime in ms, ctime in s of each entry. */
  readonly numbers: Float64Array;
  /** File ids with a space between; empty for problems and for what is not yet examined. */
  readonly fileIds: string;
  /** Of each problem. */
  readonly messages: readonly PackedMessage[];
  /** How many are left to an `ExamineRequest`. */
  readonly unexamined: number;
  /** True when the walk is over. */
  readonly end: boolean;
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
