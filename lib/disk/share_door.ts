/** How a share's own thread is spoken to; see `share_threads.ts`. */
import { LabferryError } from "../base/errors.ts";

export interface ShareDoors {
  /** The thread of a share, known by its mount. */
  of(share: string): ShareDoor;
}

export interface ShareDoor {
  /** Resolves once it listens: what its start takes is no silence of the share. */
  readonly started: Promise<unknown>;
  /**
   * After all that was asked for before.
   *
   * @throws LabferryError of the disk; `thread_lost` when the thread has ended
   */
  run<Kind extends SmallWork["kind"]>(
    work: Extract<SmallWork, { readonly kind: Kind }>,
  ): Promise<SmallResults[Kind]>;
}

/**
 * Locks and small files on a share (`share_threads.ts`); a lock is known by its number. Bytes are in shared
 * memory: to send 4 MB in a message took two seconds.
 */
export type SmallWork =
  | { readonly kind: "start" }
  | { readonly kind: "lock"; readonly path: string; readonly mode: "exclusive" | "shared" }
  | { readonly kind: "unlock"; readonly lock: number }
  | { readonly kind: "is_named"; readonly lock: number }
  | {
    readonly kind: "write";
    readonly path: string;
    readonly bytes: SharedArrayBuffer;
    readonly options: NewFileOptions;
  }
  /** A long file, piece by piece, each on disk when it is answered; known by its number. */
  | {
    readonly kind: "begin";
    readonly path: string;
    readonly options: NewFileOptions;
  }
  | { readonly kind: "piece"; readonly file: number; readonly bytes: SharedArrayBuffer }
  | { readonly kind: "finish"; readonly file: number }
  | { readonly kind: "discard"; readonly file: number }
  | {
    readonly kind: "append";
    readonly path: string;
    readonly bytes: SharedArrayBuffer;
    readonly options: { readonly durable: boolean; readonly mode: number };
  }
  | { readonly kind: "sync_folder"; readonly path: string };

/** As `AtomicWriteOptions`. */
interface NewFileOptions {
  readonly mode?: number;
  readonly createOnly?: boolean;
}

export interface SmallResults {
  readonly start: null;
  /** Null: somebody else has it. */
  readonly lock: number | null;
  readonly unlock: null;
  readonly is_named: boolean;
  readonly write: null;
  readonly begin: number;
  readonly piece: null;
  readonly finish: null;
  readonly discard: null;
  readonly append: null;
  /** As `syncDirectory`. */
  readonly sync_folder: boolean;
}

/** In memory that a message only names. */
export function sharedBytes(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

/** Of what nobody waits for: the thread ended, with all that it held. */
export function isThreadLost(error: unknown): void {
  if (!(error instanceof LabferryError)) throw error;
}
