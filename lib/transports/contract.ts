/**
 * What every transport must do. Everything above (identity, ownership, superseding, passes, the
 * order of the books) is built once, on these few operations; a transport only knows how to reach
 * its kind of place. One suite, `tests/contract/`, holds all of them to it.
 *
 * Far paths are relative to the destination's base, with `/` between segments; `""` is the base
 * itself. No operation but `createBase` ever creates the base. No operation follows a link.
 */

import type { ProofStrength } from "../base/mod.ts";

/** Of a record or marker, which is held in memory; a larger one is a failure. */
export const MAX_SMALL_FILE_BYTES = 64 * 1024 * 1024;

/**
 * Stands for the hash of a far file that is there and whose bytes cannot be given back, because what
 * is kept is not what was written (encrypted places notice). No file has it: it differs from all.
 */
export const UNREADABLE_SHA256 = "0".repeat(64);

export type TransportType = "mount" | "rclone" | "rsync_ssh";

/** A file of the sealed list, as it must arrive. `path` is relative to the run, with `/`. */
export interface FileToSend {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** Other digests of the same reading, for `onOtherHashes`, where the transport reads the file itself. */
  readonly others?: readonly ("md5" | "sha1")[];
}

/**
 * Files sorted by their path's bytes. It can be walked again and again and may be a million long:
 * nobody turns it into an array, and whoever goes through it lets others have the thread meanwhile
 * (one that comes from the queue does so by itself).
 */
export type FileList = Iterable<FileToSend> | AsyncIterable<FileToSend>;

export interface TransportProgress {
  /** Bytes and files of this push (or hash) that are done so far. */
  readonly bytesDone: number;
  readonly filesDone: number | null;
  readonly currentPath: string | null;
}

/**
 * How the kinds of places differ where the rooms above have to act on it. Nothing above compares a
 * transport's `type`: a new one answers these, and the compiler asks for each.
 */
export interface TransportTraits {
  /** Each source file is read here while it is sent, and its SHA-256 given to `onSourceHash`. */
  readonly hashesWhileSending: boolean;
  /**
   * A push asks for its ceiling again while it runs. One that keeps the ceiling its tool was started
   * with is ended and begun anew when the ceiling changes. A pause ends both.
   */
  readonly followsCeiling: boolean;
  /**
   * What is read is read of the device that was there at connecting, or refused: a copy of the mark on
   * another disk is noticed without asking for the base first.
   */
  readonly readsKnownDevice: boolean;
  /** Connecting waits for nobody else's program or machine, so there is nothing to begin early. */
  readonly connectsAtOnce: boolean;
  /**
   * The base as a folder in this computer's own tree; null for any other. Where a share is not
   * mounted such a folder is missing, or an empty one on the disk below (`mayCreateFolder`).
   */
  readonly localFolder: string | null;
  /**
   * `nameHabits` is asked for every far folder, because one may be another file system than the base
   * and asking costs nothing; otherwise once for a destination.
   */
  readonly habitsDifferByFolder: boolean;
}

export interface Transport {
  readonly type: TransportType;
  readonly traits: TransportTraits;
  /** The place as people write it: `/mnt/nas/lab`, `labuser@nas01:/srv/lab`, `lab-nas:lab/X`. */
  readonly address: string;
  /** Why this transport cannot carry a file of that name byte for byte; null when it can. */
  refusalOfName(path: string): string | null;
  /**
   * Folders of this machine that the base is, as far as its address and the tool's configuration say;
   * nothing is connected to and nothing written. A server that shares this machine's disk under
   * another name is found out by the sign that is put beside a run.
   */
  placesHere(options: Pick<ConnectOptions, "signal" | "token">): Promise<readonly PlaceHere[]>;
  /** Opens a new connection; throws a `TransportError` when the place cannot be reached. */
  connect(options: ConnectOptions): Promise<FarSession>;
}

export interface PlaceHere {
  readonly path: string;
  /** Far names are names of files in it; false under a wrapper that makes others (crypt). */
  readonly keepsNames: boolean;
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
  /**
   * Whether a far hash can count as proof while the push still runs (`rules.md` 13): only where the
   * far side itself hashes, or where reading and stat bypass this computer's cache. Elsewhere the
   * file may be answered from the memory it was written through, and is hashed after the push.
   *
   * | over | |
   * |---|---|
   * | mount | true: by direct reads (`dropCache`), where the file system has them |
   * | rsync_ssh | true with a shell; false where only rsync may run: the one line is the push's |
   * | rclone | true over sftp; false on a local folder, which is read through the page cache, and elsewhere |
   *
   * It says that asking is worth it; each answer says for itself whether it counts
   * (`FarHashOutcome.isFromThere`), and each file whether it is on the far disk (`Arrived`).
   */
  readonly verifiesInFlight: boolean;
  /** Throws a `TransportError` unless the base is there and can be listed: cheap, a round trip. */
  check(): Promise<void>;
  /** Makes the base folder (and its parents). Only `destination init` may call it. */
  createBase(): Promise<void>;
  /** Small files of one far folder; null for each that is not there. */
  getFiles(farDir: string, names: readonly string[]): Promise<Map<string, Uint8Array | null>>;
  /**
   * Writes small files below one far folder (names may hold `/`), making parent folders below the
   * base; each replaces its old version whole or not at all where the far side allows. Of a name in
   * `seen` only what was seen is replaced: what somebody wrote there since the look is moved aside.
   * A mount finds that out up to the rename; elsewhere the look before the call is all there is.
   */
  putFiles(
    farDir: string,
    files: ReadonlyMap<string, Uint8Array>,
    seen?: ReadonlyMap<string, SeenFile>,
  ): Promise<void>;
  /**
   * Moves what stands at `<farDir>/<name>` to `<intoDir>/<name>`: a file, or a folder with all that
   * is in it. Returns the names that were moved; one that is not there is none of them. Never
   * overwrites: a name that is taken there is a `destination_conflict`. Killed between, each thing
   * is still under one of its two names, or under both. At most a thousand names a call.
   */
  setAside(farDir: string, names: readonly string[], intoDir: string): Promise<readonly string[]>;
  /**
   * Everything below a far folder (a missing folder yields nothing), in any order: regular files,
   * folders (where the place has such things), and what is neither, such as a link. Our own
   * temporary files are left out.
   */
  list(farDir: string): AsyncIterable<FarEntry>;
  /** Sends exactly the list. Resumes what an earlier, killed push left behind. */
  push(request: PushRequest): Promise<void>;
  /** Hashes exactly the listed files as they are on the far side now. */
  hash(request: FarHashRequest): Promise<FarHashOutcome>;
  /**
   * Brings exactly the listed files below a folder of this computer; nothing changes over there. What
   * is not there under a listed name, is no regular file or is behind a link, is not brought.
   *
   * @throws TransportError for what the far side refuses; LabferryError of the disk room for what
   * this computer does (`disk_full`, `already_exists`, `link_refused`, …)
   */
  fetch(request: FetchRequest): Promise<void>;
  /**
   * Asks the place to put on its disk whatever was written there below `farDir` over this or an
   * earlier connection, names included. What cannot be asked is no error: it is said in `note`.
   */
  flush(farDir: string): Promise<FarFlush>;
  /**
   * What this place does to names at `farDir` (or the nearest folder above it that is there): a
   * random name is written in mixed case and asked for in the other, then the same in NFC and NFD;
   * what was written is removed again. Null is "could not be found out", and counts as folding.
   */
  nameHabits(farDir: string): Promise<NameHabits>;
  /**
   * Takes a probe away (`probe.ts`): these files, which this very session put there, then the folder,
   * if nothing else is in it. Refused for any other folder and any other file. What is not there is no
   * failure; what somebody else put into the folder stays, and so does the folder then.
   */
  removeProbe(farDir: string, names: readonly string[]): Promise<void>;
  /** The device of the base, where it is a local mount: to notice `same_disk` and a lost mount. */
  deviceOfBase(): Promise<number | null>;
}

/** A small far file as it was looked at just before it is written anew. */
export interface SeenFile {
  /** Null: nothing was there. */
  readonly bytes: Uint8Array | null;
  /** Where anything else goes that is there instead: a far path below the base, which is free. */
  readonly aside: string;
}

/** What stands at a far path, seen by a listing. `path` is relative to the listed folder. */
export interface FarEntry {
  readonly path: string;
  readonly kind: "file" | "folder" | "other";
  /** 0 for what is no file. */
  readonly sizeBytes: number;
  /** As fine as the place keeps it (often whole seconds); null where it keeps no times. */
  readonly mtimeMs: number | null;
  /**
   * Tells this very file, as it is now, from any that is put or written there later; absent where
   * the place has nothing better than size and time. Only compared.
   */
  readonly standing?: string;
}

export interface FarFlush {
  readonly flushed: boolean;
  /** For the receipt, when it could not be asked: "the far side cannot be asked to flush its disk". */
  readonly note: string | null;
}

export interface NameHabits {
  /** `Keep.tif` and `keep.tif` are one file there. */
  readonly foldsCase: boolean | null;
  /** NFC and NFD of a name are one file there. */
  readonly normalises: boolean | null;
}

export interface PushRequest {
  /** Absolute path of the run's folder. */
  readonly sourceDir: string;
  readonly files: FileList;
  readonly farDir: string;
  /** Empty folders to make, relative to the run. */
  readonly emptyDirs?: Iterable<string>;
  /**
   * Far folder (fresh, never used before) into which whatever stands in the way is moved before
   * another takes its name: a file with other bytes, or a file where a folder has to be. The caller
   * has looked and set aside what it knew of; this is for what came in between. Nothing that stands
   * over there is ever replaced or removed by a push.
   */
  readonly supersedeInto: string;
  /** Called with each path (below `farDir`) that the push itself moved into `supersedeInto`. */
  readonly onSetAside?: (path: string) => void;
  /** Send even where size and time agree (after a mismatch). */
  readonly resend: boolean;
  /**
   * Ceiling in megabits (10^6 bits) per second; null for none. Where it may change under way the
   * caller gives a getter: transports that can (mount, rclone) ask again while they send, rsync keeps
   * the first answer. More than 0: a pause is the caller's, who aborts the push.
   */
  readonly uploadMbps: number | null;
  readonly onProgress?: (progress: TransportProgress) => void;
  /**
   * What the place cannot do and data can do without, as a sentence for the receipt ("times cannot be
   * set there"): once for each kind of thing, not for each file.
   */
  readonly onNote?: (note: string) => void;
  /**
   * Called once for each file that this push sends, as soon as the transport knows that it is whole
   * over there, under its own name, and never before; files that were there already are not among
   * them. After a failed push those it was called for are there, others may be. Where the tool does
   * not name what it sent (an rsync before 3.1, openrsync) it is called for none.
   */
  readonly onArrived?: (path: string, arrived: Arrived) => void;
  /** Called with the SHA-256 of the bytes read here, where the transport reads them itself. */
  readonly onSourceHash?: (path: string, sha256: string) => void;
  /** Just before `onSourceHash`, of a file with `others`. */
  readonly onOtherHashes?: (
    path: string,
    hashes: Readonly<Partial<Record<"md5" | "sha1", string>>>,
  ) => void;
  readonly signal: AbortSignal;
}

export interface Arrived {
  /** True when the far side has put it on its disk; false when only the flush at the end will. */
  readonly isFlushed: boolean;
}

export interface FarHashRequest {
  readonly farDir: string;
  readonly files: FileList;
  /**
   * `sha256` (lower-case hex) is null when the far file is not there; `UNREADABLE_SHA256` when it is
   * and is damaged beyond reading. Order is the list's. `standing`
   * as in `FarEntry`, of the file whose bytes were read.
   */
  readonly onHash: (path: string, sha256: string | null, standing?: string) => void;
  /**
   * As `PushRequest.uploadMbps`, of what is read back over the wire or from a share; what the far
   * side hashes itself costs nothing. 0 counts as the least ceiling. @default none
   */
  readonly downloadMbps?: number | null;
  /** Drop the cache of each file first where the system allows (the pass before a deletion). */
  readonly dropCache: boolean;
  /** Largest file that may be read back over the wire, in bytes; 0 for no limit. */
  readonly maxStreamBytes: number;
  /** Take a provider's own checksum instead of reading back. */
  readonly acceptProviderAsserted: boolean;
  readonly onProgress?: (progress: TransportProgress) => void;
  readonly signal: AbortSignal;
}

export interface FetchRequest {
  readonly farDir: string;
  /** Sizes are for the progress; a far file of another size is brought as it is. */
  readonly files: FileList;
  /**
   * A folder that is there and in which nobody else writes. A name below it is taken only when its
   * file is whole, and never from another: a regular file that has a listed name was brought before,
   * and stays as it is. So a fetch that was killed goes on, and ends as one that was not. Nothing is
   * flushed to disk, and times are whatever the tool gives.
   */
  readonly intoDir: string;
  /** As `PushRequest.uploadMbps`, of what comes in. */
  readonly downloadMbps: number | null;
  readonly onProgress?: (progress: TransportProgress) => void;
  readonly signal: AbortSignal;
}

export interface FarHashOutcome {
  readonly strength: ProofStrength;
  /** What weakens or explains the proof: "may have come from cache", "shell is restricted". */
  readonly notes: readonly string[];
  /**
   * True when no byte that was hashed can have come from this computer's memory: the far side hashed
   * itself, or each file was read past the cache. Only then may a hash be taken while the push goes
   * on (`rules.md` 13).
   */
  readonly isFromThere: boolean;
}
