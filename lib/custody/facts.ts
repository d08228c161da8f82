/** What the interlocks look at, as values. `gather.ts` finds it out; nothing here asks anybody. */
import type { ProofStrength } from "../base/mod.ts";
import type { Job, Pass } from "../queue/mod.ts";

/** The settings that a deletion depends on. */
export interface DeletionPolicy {
  readonly enabled: boolean;
  readonly minVerifyPasses: number;
  readonly minGapHours: number;
  readonly minAgeHours: number;
  readonly rehash: boolean;
  readonly allowSameDisk: boolean;
  readonly acceptProviderAsserted: boolean;
}

export interface CustodyFacts {
  readonly job: Job;
  readonly policy: DeletionPolicy;
  /** Wall clock. */
  readonly now: Date;
  /** Time the service has lived through, in all. */
  readonly observedMs: number;
  /** Of the present generation, oldest first. */
  readonly passes: readonly Pass[];
  /** Who the destination must be, as this computer remembers it; null when it does not. */
  readonly destinationUuid: string | null;
  /** Whether the far copy is on the run's own file system; null when that cannot be known. */
  readonly sameDisk: boolean | null;
  /** What the service may not do whatever the run's state: its runs are another's to keep, say. */
  readonly outside: OutsideFacts;
  readonly gate: GateFacts;
  readonly local: LocalFacts;
  readonly users: UserFacts;
  /** What the deletion itself looked at just now; null when it is only asked how things stand. */
  readonly look: LastLook | null;
}

/** What passes and age look at: all of it is in the queue. */
export type TimeFacts = Pick<
  CustodyFacts,
  "job" | "policy" | "now" | "observedMs" | "passes" | "destinationUuid"
>;

export interface OutsideFacts {
  /** The run goes to an orchestrator's staging area: what is there is not yet safe. */
  readonly isStaged: boolean;
  /**
   * The run's record says that a person keeps it. It outlives a queue that was lost or put back to an
   * older copy of itself, which knows of no pin.
   */
  readonly isPinnedInRecord: boolean;
  /** Who asked for a pause that this run is under; null for none. */
  readonly pausedBy: string | null;
  /** Why nothing may be deleted here at all, such as a second service on the tree; null for nothing. */
  readonly held: string | null;
}

export interface GateFacts {
  /** What holds the run back now; null when it passes. */
  readonly blockedBy: string | null;
  /** Overrides that were taken back, and when. */
  readonly revoked: readonly { readonly id: string; readonly at: string }[];
}

export interface LocalFacts {
  /** Data files of the list that are here. */
  readonly files: number;
  readonly bytes: number;
}

export interface UserFacts {
  /** Files of the run that somebody has open for writing. */
  readonly open: readonly { readonly path: string; readonly pid: number }[];
  /** Why there may be more; null when everybody could be looked at. */
  readonly unknown: string | null;
}

/** The comparison and the reading here that a deletion makes first. */
export interface LastLook {
  readonly passId: number;
  readonly strength: ProofStrength;
  /** No byte of it can have come from this computer's memory. */
  readonly isFromThere: boolean;
  /** The destination said who it is before the comparison and after it. */
  readonly isIdentityConfirmed: boolean;
  /** Since the later of comparison and reading ended, by a clock that nobody sets. */
  readonly agoMs: number;
  /** The same by the wall clock. */
  readonly endedAt: string;
  /** How long this computer has been up. */
  readonly uptimeMs: number;
  /** What the reading here found; null when it was not asked for (`rehash: false`). */
  readonly rehashed: { readonly files: number; readonly bytes: number } | null;
  /** Files of the list that were not what they were. */
  readonly changed: number;
}
