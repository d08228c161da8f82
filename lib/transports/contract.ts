/**
 * What every transport must do. Everything above (identity, ownership, superseding, passes, the
 * order of the books) is built once, on these few operations; a transport only knows how to reach
 * its kind of place. One suite, `tests/contract/`, holds all of them to it.
 *
 * Far paths are relative to the destination's base, with `/` between segments; `""` is the base
 * itself. No operation but `createBase` ever creates the base. No operation follows a link.
 */

import type { ProofStrength } from "../base/mod.ts";

export type TransportType = "mount" | "rclone" | "rsync_ssh";

/** A file of the sealed list, as it must arrive. `path` is relative to the run, with `/`. */
export interface FileToSend {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/**
 * Files sorted by their path's bytes. It can be walked again and again and may be a million long:
 * nobody turns it into an array.
 */
export type FileList = Iterable<FileToSend>;

export interface TransportProgress {
  /** Bytes and files of this push (or hash) that are done so far. */
  readonly bytesDone: number;
  readonly filesDone: number | null;
  readonly currentPath: string | null;
}

export interface Transport {
  readonly type: TransportType;
  /** The place as people write it: `/mnt/nas/lab`, `labuser@nas01:/srv/lab`, `lab-nas:lab/X`. */
  readonly address: string;
  /** Why this transport cannot carry a file of that name byte for byte; null when it can. */
  refusalOfName(path: string): string | null;
  /** Opens a new connection; throws a `TransportError` when the place cannot be reached. */
  connect(options: ConnectOptions): Promise<FarSession>;
}

export interface ConnectOptions {
  readonly signal: AbortSignal;
  /** Put into the environment of every child process, so that leftovers can be found and ended. */
  readonly token: string;
  /** A local folder (0700, exists) for lists and snapshots; the caller removes it. */
  readonly scratchDir: string;
  /** One line of a tool's output, for the log. */
  readonly onToolLine?: (line: string) => void;
}

/** One connection to one place. Disposing ends it and every child process it started. */
export interface FarSession extends AsyncDisposable {
  /** Throws a `TransportError` unless the base is there and can be listed: cheap, a round trip. */
  check(): Promise<void>;
  /** Makes the base folder (and its parents). Only `destination init` may call it. */
  createBase(): Promise<void>;
  /** Small files of one far folder (at most 64 MiB each); null for each that is not there. */
  getFiles(farDir: string, names: readonly string[]): Promise<Map<string, Uint8Array | null>>;
  /**
   * Writes small files below one far folder (names may hold `/`), making parent folders below the
   * base; each replaces its old version whole or not at all where the far side allows.
   */
  putFiles(farDir: string, files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /**
   * Moves one far file `<farDir>/<name>` to `<intoDir>/<name>`; false when it is not there. Never
   * overwrites: a name that is taken there is a `destination_conflict`.
   */
  setAside(farDir: string, name: string, intoDir: string): Promise<boolean>;
  /** Every regular file below a far folder (a missing folder yields nothing), in any order. */
  list(farDir: string): AsyncIterable<{ readonly path: string; readonly sizeBytes: number }>;
  /** Sends exactly the list. Resumes what an earlier, killed push left behind. */
  push(request: PushRequest): Promise<void>;
  /** Hashes exactly the listed files as they are on the far side now. */
  hash(request: FarHashRequest): Promise<FarHashOutcome>;
  /** The device of the base, where it is a local mount: to notice `same_disk` and a lost mount. */
  deviceOfBase(): Promise<number | null>;
}

export interface PushRequest {
  /** Absolute path of the run's folder. */
  readonly sourceDir: string;
  readonly files: FileList;
  readonly farDir: string;
  /** Empty folders to make, relative to the run. */
  readonly emptyDirs?: Iterable<string>;
  /**
   * Far folder (fresh, never used before) into which a far file is moved before another takes its
   * name; null when none of the names can hold proven bytes.
   */
  readonly supersedeInto: string | null;
  /** Send even where size and time agree (after a mismatch). */
  readonly resend: boolean;
  /**
   * Ceiling in megabits (10^6 bits) per second; null for none. Where it may change under way the
   * caller gives a getter: transports that can (mount) ask again while they send, others keep the
   * first answer. More than 0: a pause is the caller's, who aborts the push.
   */
  readonly uploadMbps: number | null;
  readonly onProgress?: (progress: TransportProgress) => void;
  /** Called with the SHA-256 of the bytes read here, where the transport reads them itself. */
  readonly onSourceHash?: (path: string, sha256: string) => void;
  readonly signal: AbortSignal;
}

export interface FarHashRequest {
  readonly farDir: string;
  readonly files: FileList;
  /** `sha256` (lower-case hex) is null when the far file is not there. Order is the list's. */
  readonly onHash: (path: string, sha256: string | null) => void;
  /** Drop the cache of each file first where the system allows (the pass before a deletion). */
  readonly dropCache: boolean;
  /** Largest file that may be read back over the wire, in bytes; 0 for no limit. */
  readonly maxStreamBytes: number;
  /** Take a provider's own checksum instead of reading back. */
  readonly acceptProviderAsserted: boolean;
  readonly onProgress?: (progress: TransportProgress) => void;
  readonly signal: AbortSignal;
}

export interface FarHashOutcome {
  readonly strength: ProofStrength;
  /** What weakens or explains the proof: "may have come from cache", "shell is restricted". */
  readonly notes: readonly string[];
}
