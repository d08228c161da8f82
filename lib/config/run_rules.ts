/**
 * How one kind of instrument ends its runs, beyond a single file: what has to be there, what has to say
 * what, what must not be there any more. Paths and patterns are below the run, with `/`.
 */

/** `done`: every part that is given has to hold. */
export interface DoneRules {
  /** A file (or folder, with `/` at its end) of each. */
  readonly all: readonly string[];
  /** A file of one of them; empty: not asked for. */
  readonly any: readonly string[];
  /** Of each pattern there are files, and none of them is empty. */
  readonly notEmpty: readonly string[];
  readonly json: FileSays | null;
  readonly xml: FileSays | null;
  readonly text: FileHolds | null;
  /** As many names of one pattern as of the other, and at least one. */
  readonly countEquals: { readonly a: string; readonly b: string } | null;
  readonly metaSize: MetaSize | null;
}

/** Every file of the pattern has, at a place inside, one of these words. */
export interface FileSays {
  readonly file: string;
  /** Keys from the outside in: `result.outcome` of JSON, `Run/RunStatus` of XML. */
  readonly place: readonly string[];
  readonly equals: readonly string[];
}

/** Every file of the pattern holds each of these texts. */
export interface FileHolds {
  readonly file: string;
  readonly has: readonly string[];
}

/** Files of `key=value` lines that say how large the file beside them is. */
export interface MetaSize {
  readonly meta: string;
  readonly key: string;
  /** What stands for the ending of the meta file's name in that of its data: `.bin`. */
  readonly of: string;
  /** Keys that have to be there and not empty. */
  readonly filled: readonly string[];
}

/** Where the run itself says how it ended. */
export interface OutcomeRules {
  readonly format: "json" | "xml";
  readonly file: string;
  readonly place: readonly string[];
  readonly completed: readonly string[];
  readonly failed: readonly string[];
  readonly aborted: readonly string[];
}

export const OUTCOMES = ["completed", "aborted", "failed", "unknown"] as const;
export type Outcome = typeof OUTCOMES[number];

/** What holds beside the signal, whichever it is. */
export interface RunRules {
  /** The preset they come from; null: all from the file. */
  readonly preset: string | null;
  /** While one of these is there the run is not over. */
  readonly forbid: readonly string[];
  /** Has to be there and not be empty; where it is not, that is said, and holds nothing. */
  readonly expect: readonly string[];
  /** Neither sealed nor sent nor deleted; named in the receipt. */
  readonly ignore: readonly string[];
  /** One of these says that the instrument failed; the run goes all the same. */
  readonly failed: readonly string[];
  readonly outcome: OutcomeRules | null;
  /** A run without a change for so long that has not ended is shown as stalled; null: never. */
  readonly stalledAfterHours: number | null;
}

export const NO_RULES: RunRules = {
  preset: null,
  forbid: [],
  expect: [],
  ignore: [],
  failed: [],
  outcome: null,
  stalledAfterHours: 168,
};
