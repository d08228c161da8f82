/** What a signal may look at, and what it may answer. */

export interface SignalSeen {
  /** Sizes in bytes of the files that the signal names, as far as they are there; by path. */
  readonly named: ReadonlyMap<string, number>;
  /** Null when there is no manifest, or the signal is another. */
  readonly manifest: ReadManifest | null;
  /** SHA-256 of files that were asked for, of the bytes that are there now; by path. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Who said that the run is complete; null when nobody has. */
  readonly word: Word | null;
}

export interface Word {
  readonly by: string;
  readonly at: string;
}

export type SignalVerdict =
  | {
    readonly kind: "complete";
    /** Quiet that this signal asks for, beside what is asked of every run. */
    readonly quietMs?: number;
    /** Paths whose hash decides it. */
    readonly hash?: readonly string[];
    readonly evidence: Readonly<Record<string, unknown>>;
  }
  | { readonly kind: "waits"; readonly waitsFor: string }
  /** It cannot become complete by itself. Said only once the run is quiet. */
  | { readonly kind: "odd"; readonly why: string };

export interface ListedFile {
  /** Below the run, with `/`. */
  readonly path: string;
  /** Null when the list has none. */
  readonly sizeBytes: number | null;
  /** Lower-case hex; null when the list has none. */
  readonly sha256: string | null;
}

/** A manifest that could be read, or why it could not. */
export type ReadManifest =
  | { readonly files: readonly ListedFile[] }
  | { readonly fault: string };
