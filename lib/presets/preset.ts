/**
 * What is known in public of how one kind of instrument ends its runs, as keys of an `equipment` entry,
 * with how good that knowledge is. A preset claims no more than its grade.
 */

/** A: the maker's document. B: two or more public programs agree. C: one source. U: inferred. */
export type Grade = "A" | "B" | "C" | "U";

export interface Preset {
  /** What `preset:` says. */
  readonly name: string;
  readonly instrument: string;
  readonly grade: Grade;
  /** Where it is known from. */
  readonly source: string;
  /** When a run is over, as people read it. */
  readonly over: string;
  /** What has misled others. */
  readonly traps: readonly string[];
  readonly keys: PresetKeys;
}

/** An instrument for which there is none, and why. */
export interface NoPreset {
  readonly instrument: string;
  readonly why: string;
  /** What to write instead. */
  readonly instead: string;
}

/** Keys of `equipment`, as in the file (`docs/configure.md`). */
export interface PresetKeys {
  readonly completeness_signal?: "quiet_period" | "manual";
  readonly done?: Readonly<Record<string, unknown>>;
  readonly forbid?: readonly string[];
  readonly expect?: readonly string[];
  readonly ignore?: readonly string[];
  readonly failed?: readonly string[];
  readonly outcome?: Readonly<Record<string, unknown>>;
  readonly origin?: readonly ("minknow" | "spikeglx" | "sidecars")[];
  readonly quiet_minutes?: number;
  readonly stalled_after?: string;
  /** Beneath the file's own `intake`. */
  readonly intake?: {
    readonly run: {
      readonly kind: "files";
      readonly match: string;
      readonly group: string;
      readonly beside?: string;
    };
  };
}

/** Files that say that somebody is still writing, whatever the instrument. */
export const UNFINISHED = [
  "*.tmp",
  "*.partial",
  "*.crdownload",
  "*downloading*",
] as const;

/** Those of an SQLite database that is open, or was not closed well. */
export const OPEN_DATABASE = ["*-wal", "*-shm", "*-journal"] as const;
