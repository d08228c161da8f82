/** What can happen to a job, as values. */
import type { Code } from "../base/mod.ts";
import type { Hold, MissingFiles, SealFacts, Verification } from "../queue/mod.ts";

/** What can happen to a job. Every way a job moves is one of these. */
export type MachineEvent =
  | { readonly type: "claimed" }
  /** The process that worked on it is gone. */
  | { readonly type: "recovered" }
  /** Its list of files was fixed, for the first time or anew because the data changed. */
  | { readonly type: "sealed"; readonly seal: SealFacts; readonly sourceFolder?: string | null }
  /** Where it goes: the address of its destination when the first far byte of it was written. */
  | { readonly type: "prepared"; readonly destination: string }
  | {
    readonly type: "pushed";
    /** Whether the far disk has it, and what could not be had over there. */
    readonly sent: {
      readonly flushed: boolean;
      readonly notes: readonly string[];
      /** Of the files that had to be brought over. */
      readonly bytes?: number;
    };
  }
  | { readonly type: "pass_committed"; readonly verification: Verification }
  | { readonly type: "books_closed" }
  | { readonly type: "resend"; readonly paths: readonly string[]; readonly count: number }
  | { readonly type: "failed"; readonly error: Failure; readonly random: number }
  | { readonly type: "put_back"; readonly reason: string; readonly notBefore: Date | null }
  | { readonly type: "far_damage"; readonly error: Failure; readonly verification: Verification }
  /** When it is to be compared again: a later pass, a scrub. */
  | { readonly type: "pass_planned"; readonly at: Date; readonly why: string }
  /** Its destination is at another address now; whatever was proven was proven at the old one. */
  | { readonly type: "destination_moved"; readonly destination: string }
  | { readonly type: "retry" }
  | {
    readonly type: "hold";
    readonly hold: Hold;
    readonly reason: string;
    /** What the timeline keeps of it, such as the gate's findings. */
    readonly detail?: Readonly<Record<string, unknown>>;
  }
  | { readonly type: "release"; readonly hold: Hold }
  | { readonly type: "pin"; readonly pinned: boolean }
  /** Every interlock of deletion holds. */
  | { readonly type: "kept_long_enough" }
  /**
   * An interlock does not hold any more, or the look that a deletion makes first could not be made; nothing
   * was deleted yet. With `error` for what somebody has to mend: it stands with the run until a pass agrees.
   * `isTold`: the look before this one found the same, and told whoever is to be told.
   */
  | {
    readonly type: "kept_after_all";
    readonly reason: string;
    readonly error?: Failure;
    readonly isTold?: boolean;
  }
  /** The certificate is written, here and over there; the first file goes next. */
  | { readonly type: "deletion_begun" }
  /** Something kept a deletion that was begun from going on; it is tried again. */
  | { readonly type: "deletion_stopped"; readonly error: Failure; readonly retryAt: Date }
  | { readonly type: "deleted"; readonly freed: Freed }
  /** Its files came back from the far copy, each with the bytes of the list. */
  | { readonly type: "restored"; readonly back: Readonly<Record<string, unknown>> }
  /** A local file has other bytes than it was sealed with, and nothing wrote it. */
  | { readonly type: "local_damage"; readonly error: Failure };

/** What a deletion took off the local disk. */
export interface Freed {
  readonly files: number;
  readonly bytes: number;
}

export interface Failure {
  readonly code: Code;
  readonly message: string;
  /** What to do, in the words of where it was thrown. */
  readonly hint?: string;
  /** Files that only a person can let the run go without. */
  readonly missing?: MissingFiles;
}
