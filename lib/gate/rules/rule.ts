/**
 * What a rule of the gate is: one object with its words and what it judges. Everything else (the
 * list of rules, which may be overridden, the explanations, the way past it for harmless names)
 * follows from the list in `mod.ts`.
 */
import type { GateSettings } from "../settings.ts";
import type { FrontMatter } from "../front_matter.ts";

/** `hard` holds a run back until it is fixed or overridden; `soft` is only shown. */
export type Tier = "hard" | "soft";

/** What a rule says is wrong, before anybody knows where. */
export interface Fault<T extends Tier = Tier> {
  readonly tier: T;
  /** The very text that is at fault. */
  readonly token: string;
  /** One sentence for people. */
  readonly detail: string;
}

/** A piece of a text, and where it starts (UTF-16 units). */
export interface TokenAt {
  readonly token: string;
  readonly index: number;
}

/** How a text is looked at. */
export type TextKind = "text" | "markdown" | "markup";

/** What an entry is when it is neither a file nor a folder. */
export type SpecialKind =
  | "symlink"
  | "fifo"
  | "socket"
  | "block device"
  | "character device"
  | "special file";

/** What a rule can be asked about; each rule answers one of these, or more. */
export interface Judges<T extends Tier = Tier> {
  /** One name by itself, of a file or a folder. */
  readonly name?: {
    /**
     * Matches every name that the rule could object to, and few others; it is asked of every name
     * there is. Without flags, and asked without regard to case. A property test holds it to `judge`.
     */
    readonly minds: RegExp;
    judge(name: string, settings: GateSettings): Fault<T> | null;
  };
  /** A name at the end of its path at the destination; all lengths in UTF-8. */
  path?(
    path: { readonly name: string; readonly nameBytes: number; readonly pathBytes: number },
    settings: GateSettings,
  ): Fault<T> | null;
  /** A name whose bytes are no text; `shown` has U+FFFD for each of those. */
  garbled?(shown: string): Fault<T> | null;
  /** All names of one folder, each once; the answer has a fault for some of them. */
  neighbours?(names: readonly string[]): ReadonlyMap<string, Fault<T>>;
  /**
   * Goes with `neighbours`: a name whose key no other name of the folder has is not at fault, so of a
   * million names only those that share one have to be held.
   */
  neighbourKey?(name: string): string;
  /** What is neither a file nor a folder. */
  special?(
    entry: { readonly name: string; readonly kind: SpecialKind },
    settings: GateSettings,
  ): Fault<T> | null;
  /** A project's name; `tier` is hard for a run that is to be made, soft for what exists. */
  project?(name: string, tier: Tier): Fault<T> | null;
  /** The signals that tell an experimental run from a test. */
  runKind?(signals: RunKindSignals): Fault<T> | null;
  /** A project or run as a place that ought to have a `creation.json`. */
  provenance?(place: ProvenanceOf): Fault<T> | null;
  /** One file among the records of a place. */
  record?(record: RecordSeen): Fault<T> | null;
  /** Pieces of a text that a template should have filled in; hard only where one rendered it. */
  readonly text?: {
    /** The ASCII character every such piece begins with. */
    readonly opens: string;
    /** In the order of their places, at most `MAX_TOKENS`; linear in the text. */
    find(text: string, kind: TextKind): readonly TokenAt[];
  };
  /** The front matter of a Markdown text. */
  readonly frontMatter?: {
    /** An ASCII character that no text at fault lacks. */
    readonly opens: string;
    judge(matter: FrontMatter): Fault<T> | null;
  };
}

export interface RunKindSignals {
  /** The folder the run is in: `Runs` or `TestRuns` when all is well. */
  readonly parentFolder: string;
  /** The run's own folder: begins with `Run_` or `TestRun_` when all is well. */
  readonly leaf: string;
  /** What the record says; null when there is no record that can be read. */
  readonly recorded: string | null;
}

export interface ProvenanceOf {
  readonly name: string;
  readonly level: "project" | "run";
  /** Whether there is a `creation.json`, readable or not. */
  readonly hasCreation: boolean;
}

export interface RecordSeen {
  /** The file's name. */
  readonly name: string;
  /** Why it cannot be read; null when it can. */
  readonly error: string | null;
  /** Of the `creation.json` of a project or run that can be read. */
  readonly creation: { readonly schemaVersion: string; readonly hasLimsProject: boolean } | null;
}

export interface GateRule<Id extends string = string> {
  /** Stands in findings, records and scripts: never renamed. */
  readonly id: Id;
  /** Whether it can hold a run back somewhere, and so can be overridden. */
  readonly mayBeHard: boolean;
  /** A few words, for the head of a group. */
  readonly title: string;
  /** What goes wrong when it stays. */
  readonly why: string;
  /** What to do, one sentence. */
  readonly fix: string;
  readonly judges: Judges;
}

/** Checks a rule where it is written: one that may not be hard has no hard faults. */
export function gateRule<
  const Id extends string,
  Hard extends boolean,
  J extends Judges<Hard extends true ? Tier : "soft">,
>(
  rule: GateRule<Id> & { readonly mayBeHard: Hard; readonly judges: J },
): GateRule<Id> & { readonly judges: J } {
  return rule;
}
