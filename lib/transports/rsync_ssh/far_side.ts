/** What differs between an account with a shell and one that may run rsync and nothing else. */
import type { FarEntry, FarFlush, NameHabits } from "../contract.ts";

/** How rsync gets to a far folder: added to its options, and its far operand after `host:`. */
export interface FarLeg {
  readonly options: readonly string[];
  readonly operand: string;
}

export interface LegOptions {
  readonly farDir: string;
  /** Make the far folder below the base; the base itself is never made. */
  readonly make?: boolean;
  /** Folders below `farDir` through which names lead: none of them may be a link. */
  readonly parents?: readonly string[];
  /** Make those too, and call it a conflict when a file stands where one of them has to be. */
  readonly makeParents?: boolean;
  /** Far folder for what rsync replaces (`--backup-dir`); no link may lead there either. */
  readonly aside?: string;
  /** Keep a folder for partial files there, and remove it after success. */
  readonly partial?: boolean;
  readonly signal?: AbortSignal;
}

export interface FarSide {
  /** @throws TransportError unless the base is there and can be listed */
  check(signal?: AbortSignal): Promise<void>;
  createBase(): Promise<void>;
  /**
   * A way to a far folder that follows no link below the base.
   *
   * @throws TransportError, FarFolderAbsent here or from the rsync that goes this way
   */
  leg(options: LegOptions): Promise<FarLeg>;
  /** Far paths in the far machine's own terms, for options like `--backup-dir`. */
  absolute(farPath: string): string;
  /** The names that were there and were moved. @throws TransportError `destination_conflict` */
  setAside(options: AsideOptions): Promise<string[]>;
  /** Whether a push has to flush each file itself, because nothing can be flushed afterwards. */
  fsyncsPushes(): Promise<boolean>;
  flush(farDir: string): Promise<FarFlush>;
  nameHabits(farDir: string): Promise<NameHabits>;
  /** Lists without rsync; null where it cannot now. @throws FarFolderAbsent in the walk */
  list(options: ListOptions): AsyncGenerator<FarEntry> | null;
  /** Reads without rsync; what is missing in the answer is left to rsync. */
  readSmall(options: ReadOptions): Promise<Map<string, Uint8Array | null> | null>;
  /** Writes without rsync; false where it cannot now. */
  writeSmall(options: WriteOptions): Promise<boolean>;
  /** Whether a leg for a push removes its folder of partial files itself, or leaves that to us. */
  readonly tidiesUp: boolean;
  /** Removes regular files, each by its name; false where some may be left. */
  removeFiles(options: RemoveOptions): Promise<boolean>;
  /** As `FarSession.removeProbe`. */
  removeProbe(farDir: string, names: readonly string[]): Promise<void>;
  /** Removes the far folder's folder of partial files. */
  clear(options: ClearOptions): Promise<void>;
}

export interface AsideOptions {
  readonly farDir: string;
  readonly names: readonly string[];
  readonly intoDir: string;
}

export interface RemoveOptions {
  readonly farDir: string;
  readonly names: readonly string[];
  readonly signal: AbortSignal;
}

export interface ClearOptions {
  readonly farDir: string;
  readonly signal: AbortSignal;
}

export interface ListOptions {
  readonly farDir: string;
  /** `room`: folders and our own temporary files, which are few where files are many. */
  readonly what: "all" | "room";
}

export interface ReadOptions {
  readonly farDir: string;
  readonly names: readonly string[];
}

export interface WriteOptions {
  readonly farDir: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}
