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
  /** What to do, in the words of where it was thrown. */
  readonly hint?: string;
}

/**
 * What is wrong with the far copy of a run whose state cannot say it: a cleaned run has nothing to send
 * again. The names are in `Job.verification`.
 */
export interface Alarm {
  readonly code: string;
  readonly since: string;
  /** Files over there that are damaged or missing. */
  readonly files: number;
}

/** By which an instrument states what it wrote. */
export type OriginAlgorithm = "md5" | "sha1" | "sha256";
/** Those that are read beside our own hash. */
export type OtherAlgorithm = Exclude<OriginAlgorithm, "sha256">;
export type OtherHashes = Readonly<Partial<Record<OtherAlgorithm, string>>>;

/** In the words of records and receipts. */
export interface OriginCounts {
  readonly matched: number;
  readonly differs: number;
  readonly not_stated: number;
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
  /** When the comparison ended; absent in passes of older labferries. */
  readonly at?: string;
  /** What the instrument states of its files, compared; absent where nothing is stated. */
  readonly origin?: OriginCounts;
  /** What became of far bytes and of files that are gone; absent in passes of older labferries. */
  readonly account?: FarAccount;
}

/**
 * The receipt's account of the generation, in the words of the JSON that is given out. Far bytes are
 * never replaced: what stood in the way is in `set_aside`, under `into` and its old name.
 */
export interface FarAccount {
  readonly set_aside: CappedNames & { readonly into: readonly string[] };
  /** Proven over there and no longer here: still compared in each pass, still in the manifest. */
  readonly kept: CappedNames;
  /** Lost files that a person let the run go without. */
  readonly left_out:
    | (CappedNames & {
      readonly operator: string;
      readonly reason: string;
      /** Those of them that were over there with other bytes, and were left so; absent for none. */
      readonly differing?: CappedNames;
    })
    | null;
  /** What operating systems left over there beside the data. */
  readonly litter: CappedNames;
}

/** How the files of a run are told among those of others (`FileGroup` of records). */
export interface Members {
  readonly match: string;
  readonly group: string;
  readonly key: string;
  readonly beside?: string;
}

export interface Job {
  readonly id: string;
  /** Absolute path of the run's folder; unique. */
  readonly runPath: string;
  /** Absolute: where its data lies; the run's folder, but for runs that are files. */
  readonly dataDir: string;
  /** Which names of `dataDir` are its data; null: all that is in there. */
  readonly members: Members | null;
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
  readonly alarm: Alarm | null;
  /** Which folder of the disk it was when first sealed (inode and birth); null: not known. */
  readonly sourceFolder: string | null;
  readonly updatedAt: string;
}

/** The columns one transition may set; everything else of a job is fixed at enqueue. */
export type JobChange = Partial<
  Pick<
    Job,
    | "state"
    | "hold"
    | "holdReason"
    | "destination"
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
    | "alarm"
    | "sourceFolder"
  >
>;

/** What a walk can see of a file without reading it; if all four agree it was not touched. */
export interface FileStat {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeS: number;
  /** `dev:ino` or the platform's own; text, because it may exceed 2^53. */
  readonly fileId: string;
}

/** A data file met by a walk; `path` is relative to the run, with `/`. */
export interface SeenFile extends FileStat {
  readonly path: string;
}

/** One sealed data file and what is known of it. */
export interface FileState extends FileStat {
  readonly path: string;
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
  /** A push of ours may have put something under this far name: it may be set aside, no conflict. */
  readonly ours: boolean;
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
  /** Service time observed (`Queue.observedMs`) when the pass ended; null while it is open. */
  readonly observedMs: number | null;
}

/** What `Queue.enqueue` needs to know of a run. */
export interface NewJob {
  readonly runPath: string;
  readonly equipmentId: string;
  readonly destination: string;
  readonly destinationUuid?: string | null;
  readonly farDir: string;
  /** Estimates until the run is sealed; they only decide the order. */
  readonly files?: number;
  readonly bytes?: number;
  readonly hold?: { readonly hold: Hold; readonly reason: string };
  readonly pinned?: boolean;
  /** Of a run that is files. @default the run's folder, and all that is in it */
  readonly data?: { readonly dir: string; readonly members: Members | null };
  /** Defaults to now. */
  readonly enqueuedAt?: string;
  /**
   * For a rebuild from records only: the run's local copy is already gone. It starts as `cleaned`
   * without a single pass, because a rebuild never grants any.
   */
  readonly cleaned?: { readonly deletionStartedAt: string; readonly scrubDueAt: string };
}

/** One seal of a run. */
export interface Generation {
  readonly jobId: string;
  readonly generation: number;
  /** `sealed` the first time, then why it was opened again, e.g. `changed_after_seal`. */
  readonly reason: string;
  readonly sealedBy: string;
  readonly sealedAt: string;
  readonly files: number;
  readonly bytes: number;
  /** How completeness was known; plain JSON. */
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** What a seal says of its job; written through the machine, in the seal's own transaction. */
export interface SealFacts extends Pick<Generation, "generation" | "sealedAt" | "files" | "bytes"> {
  /** For the timeline: why, by whom, and what changed since the generation before. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A hash taken here; with `stat`, it is stored only for the very file the queue knows. */
export interface HashedFile {
  readonly path: string;
  readonly sha256: string;
  readonly stat?: FileStat;
  /** Read together with it, where the instrument states such. */
  readonly others?: OtherHashes;
}

/** What a listing of the far folder saw; `path` as it is spelled there. */
export interface SeenFar {
  readonly path: string;
  readonly kind: "file" | "folder" | "other";
  readonly sizeBytes: number;
  /** Null where the place keeps no times. */
  readonly mtimeMs: number | null;
}

/** A hash taken on the far side; null when the file is not there. */
export interface FarHash {
  readonly path: string;
  readonly sha256: string | null;
}

/**
 * Files that are lost, as far as anybody knows: gone from the local disk and not proven as they were
 * sealed, or gone here while over there nothing is under their name, or other bytes.
 */
export interface MissingFiles {
  readonly count: number;
  /** Capped at `MAX_LISTED`, sorted by their bytes. */
  readonly names: readonly string[];
  /** Those of them that have other bytes over there than were sealed. */
  readonly differing: CappedNames;
  /** SHA-256 (hex) of all their names, sorted, each ended by a NUL, a differing one by two. */
  readonly digest: string;
}

/** Names are capped at `MAX_LISTED`, the count is whole. */
export interface CappedNames {
  readonly count: number;
  readonly names: readonly string[];
}

/** Where a pass stands. It may pass only when `matched` equals `files`. */
export interface PassSummary {
  readonly files: number;
  readonly matched: number;
  readonly mismatched: CappedNames;
  readonly missing: CappedNames;
  /** Hashed over there, but this side's hash is not known yet. */
  readonly notComparable: CappedNames;
  /** Not yet hashed on the far side in this pass. */
  readonly pending: number;
  /** Of the list that was summed up: a pass is closed only while the list is still that one. */
  readonly version: number;
}

/** The public state of a destination's breaker. */
export interface DestinationState {
  /** The destination as people write it (`Job.destination`). */
  readonly name: string;
  readonly uuid: string | null;
  readonly state: "up" | "down";
  /** The failure's code and its sentence; null while it is up. */
  readonly code: string | null;
  readonly reason: string | null;
  /** What to do about it, in the words of where it was thrown. */
  readonly hint: string | null;
  readonly since: string;
  readonly nextProbeAt: string | null;
}

/** A pause of one equipment, or of all with scope `*`. */
export interface Pause {
  readonly scope: string;
  readonly since: string;
  readonly by: string;
  readonly reason: string | null;
}

/** Names listed in a verification or an error; the counts beside them are whole. */
export const MAX_LISTED = 1000;
