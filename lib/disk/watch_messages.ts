/** What a pool and its watching thread say to each other. */

/** What is told of a watched folder. */
export interface WatchShape {
  /** A change is told by at most so many names below the folder: what lies deeper is one with them. */
  readonly names: number;
  /** What is below a folder of this name is not told. */
  readonly without: string;
}

/** What changed since the last time, each place once. */
export interface FolderChanges {
  /** Relative to the folder, with the system's separator; `""`: itself, or it is not known where. */
  readonly paths: readonly string[];
  /** Events were lost, or too many came: anything may have changed. */
  readonly lost: boolean;
}

export type WatchRequest =
  | {
    readonly kind: "watch";
    readonly id: number;
    readonly folder: string;
    readonly shape: WatchShape;
  }
  | { readonly kind: "close"; readonly id: number }
  /** The last changes were looked at: there may be more. */
  | { readonly kind: "taken"; readonly id: number };

export type WatchReply =
  | { readonly kind: "begun"; readonly id: number }
  | { readonly kind: "changes"; readonly id: number; readonly changes: FolderChanges }
  /** It could not be watched, or is not any more; nothing more is said of it. */
  | { readonly kind: "ended"; readonly id: number; readonly fault: string };
