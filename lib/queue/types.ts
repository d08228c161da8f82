/**
 * The rows of the queue as values. One `Job` a run; its generations, passes, files and events hang
 * off it. All times are ISO 8601 UTC strings with milliseconds (`Date.toISOString()`).
 */
import type { ProofStrength } from "../base/mod.ts";

export const JOB_STATES = [
  "queued",
  "running",
  "awaiting_verify",
  "verified",
  "cleanup_eligible",
  "cleaned",
  "failed",
] as const;
export type JobState = typeof JOB_STATES[number];

/** Why a job does not move although its state would let it. */
export const HOLDS = ["gate", "destination", "paused", "cancelled"] as const;
export type Hold = typeof HOLDS[number];

export interface JobError {
  readonly code: string;
  readonly message: string;
}

/** The comparison of one pass; lists are capped at `MAX_LISTED` names, counts are whole. */
export interface Verification {
  readonly strength: ProofStrength;
  readonly matched: number;
  readonly mismatched: readonly string[];
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly skipped: readonly string[];
  readonly notes: readonly string[];
}

export interface Job {
  readonly id: string;
  /** Absolute path of the run's folder; unique. */
  readonly runPath: string;
  readonly equipmentId: string;
  /** The destination as people write it, and its identity once it has been read. */
  readonly destination: string;
  readonly destinationUuid: string | null;
  /** The run's folder below the destination's base. */
  readonly farDir: string;
  readonly state: JobState;
  readonly hold: Hold | null;
  readonly holdReason: string | null;
  /** The current generation, from 1; `sealedAt` is null until its file list is fixed. */
  readonly generation: number;
  readonly sealedAt: string | null;
  readonly files: number;
  readonly bytes: number;
  /** Failed attempts charged to the run since it was last enqueued or retried. */
  readonly attempts: number;
  /** The one resend after a hash mismatch has been used up in this generation. */
  readonly resent: boolean;
  /** The generation for which the far side has been made ready (owner, manifest moved aside). */
  readonly preparedGeneration: number;
  readonly verifyPasses: number;
  readonly verifiedAt: string | null;
  readonly enqueuedAt: string;
  readonly nextAttemptAt: string | null;
  readonly lastError: JobError | null;
  readonly verification: Verification | null;
  readonly deletionStartedAt: string | null;
  readonly pinned: boolean;
  readonly updatedAt: string;
}

/** The columns one transition may set; everything else of a job is fixed at enqueue. */
export type JobChange = Partial<
  Pick<
    Job,
    | "state"
    | "hold"
    | "holdReason"
    | "destinationUuid"
    | "generation"
    | "sealedAt"
    | "files"
    | "bytes"
    | "attempts"
    | "resent"
    | "preparedGeneration"
    | "verifyPasses"
    | "verifiedAt"
    | "nextAttemptAt"
    | "lastError"
    | "verification"
    | "deletionStartedAt"
    | "pinned"
  >
>;

export interface JobEvent {
  /** Ascending; the cursor by which reports follow. */
  readonly seq: number;
  readonly jobId: string;
  readonly at: string;
  /** What happened, in one word: `enqueued`, `claimed`, `pushed`, `pass`, `failed`, `held` … */
  readonly kind: string;
  readonly fromState: JobState | null;
  readonly toState: JobState;
  readonly generation: number;
  /** Whatever explains it: error, pass, counts; plain JSON. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export type JobEventDraft = Pick<JobEvent, "kind"> & { detail?: Readonly<Record<string, unknown>> };

/** One sealed data file and what is known of it. */
export interface FileState {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeS: number;
  /** `dev:ino` or the platform's own; text, because it may exceed 2^53. */
  readonly fileId: string;
  /** The generation that sealed it as it is now. */
  readonly generation: number;
  readonly sha256: string | null;
  /** Believed to be on the far side (pushed or found there equal); a pass still has to prove it. */
  readonly sent: boolean;
  /** Hash on the far side in the pass that is under way, and that pass's id. */
  readonly farSha256: string | null;
  readonly farPass: number | null;
  readonly result: "matched" | "mismatched" | "missing" | null;
  /** The hash some pass proved to be on the far side under this path; guards superseding. */
  readonly provenSha256: string | null;
  /** True once a proven file is gone from the local disk: shown, and its proof stands. */
  readonly localMissing: boolean;
}

export interface Pass {
  readonly id: number;
  readonly jobId: string;
  readonly generation: number;
  readonly destinationUuid: string;
  readonly farDir: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly strength: ProofStrength | null;
  readonly matched: number;
  readonly mismatched: number;
  readonly missing: number;
  readonly extra: number;
  readonly notes: readonly string[];
  /** `open` while it runs; only `passed` counts. */
  readonly outcome: "open" | "passed" | "failed" | "abandoned";
}

/** Names listed in a verification or an error; the counts beside them are whole. */
export const MAX_LISTED = 1000;
