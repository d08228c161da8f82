/**
 * The job's state machine, as a pure function: `next(job, event, at)` says what changes and what
 * has to be done about it; `moves.ts` commits the change in one guarded UPDATE and has the effects
 * performed. The diagram in `docs/architecture.md` is drawn from `DIAGRAM`, and a test finds exactly
 * its arrows in this function.
 *
 * ```
 * queued → running → awaiting_verify → verified → cleanup_eligible → cleaned
 *    ↑________|____________|______________|_______________|_____________|  new data, a stop, a resend
 *                                any but cleaned → failed → queued
 * ```
 */
import { type Code, counted } from "../base/mod.ts";
import type {
  EventKind,
  Hold,
  Job,
  JobChange,
  JobError,
  JobEventDraft,
  JobState,
  MissingFiles,
  SealFacts,
  Verification,
} from "../queue/mod.ts";
import { backoffMs, MAX_ATTEMPTS } from "./backoff.ts";
import { type FailureClass, failureClassOf } from "./failure_class.ts";

/** What can happen to a job. Every way a job moves is one of these. */
export type MachineEvent =
  | { readonly type: "claimed" }
  /** The process that worked on it is gone. */
  | { readonly type: "recovered" }
  /** Its list of files was fixed, for the first time or anew because the data changed. */
  | { readonly type: "sealed"; readonly seal: SealFacts; readonly sourceFolder?: string | null }
  | { readonly type: "prepared" }
  | {
    readonly type: "pushed";
    /** Whether the far disk has it, and what could not be had over there. */
    readonly sent: { readonly flushed: boolean; readonly notes: readonly string[] };
  }
  | { readonly type: "pass_committed"; readonly verification: Verification }
  | { readonly type: "books_closed" }
  | { readonly type: "resend"; readonly paths: readonly string[]; readonly count: number }
  | { readonly type: "failed"; readonly error: Failure; readonly random: number }
  | { readonly type: "put_back"; readonly reason: string; readonly notBefore: Date | null }
  | { readonly type: "far_damage"; readonly error: Failure; readonly verification: Verification }
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
  /** An interlock does not hold any more, and nothing was deleted yet. */
  | { readonly type: "kept_after_all"; readonly reason: string }
  /** The certificate is written, here and over there; the first file goes next. */
  | { readonly type: "deletion_begun" }
  | { readonly type: "deleted"; readonly files: number; readonly bytes: number };

export interface Failure {
  readonly code: Code;
  readonly message: string;
  /** What to do, in the words of where it was thrown. */
  readonly hint?: string;
  /** Files that only a person can let the run go without. */
  readonly missing?: MissingFiles;
}

/** What the worker has to do once the change is committed. */
export type Effect =
  | { readonly type: "record_status" }
  | { readonly type: "record_pin" }
  | { readonly type: "open_breaker"; readonly error: Failure }
  | { readonly type: "tell"; readonly event: "failed" | "verified"; readonly message: string };

export interface Step {
  readonly change: JobChange;
  readonly event: JobEventDraft;
  readonly effects: readonly Effect[];
}

/** Every arrow there is. `failed` is reached from all but `cleaned`. */
export const DIAGRAM: Readonly<Record<JobState, readonly JobState[]>> = {
  queued: ["running", "failed"],
  running: ["queued", "awaiting_verify", "failed"],
  awaiting_verify: ["queued", "verified", "failed"],
  verified: ["queued", "cleanup_eligible", "failed"],
  cleanup_eligible: ["queued", "verified", "cleaned", "failed"],
  cleaned: ["queued"],
  failed: ["queued"],
};

/** The step `event` takes from `job`, or null when the job's state has no such arrow. */
export function next(job: Job, event: MachineEvent, at: Date): Step | null {
  switch (event.type) {
    case "claimed":
      return from(job, ["queued"]) && job.hold === null
        ? step({ state: "running", nextAttemptAt: null }, "claimed")
        : null;
    case "recovered":
      return from(job, ["running"]) ? step({ state: "queued" }, "recovered") : null;
    case "sealed":
      return sealed(job, event);
    case "prepared":
      return from(job, ["running"])
        ? step({ preparedGeneration: job.generation }, "prepared")
        : null;
    case "pushed":
      return from(job, ["running"])
        ? step({ state: "awaiting_verify" }, "pushed", { ...event.sent })
        : null;
    case "pass_committed":
      return passCommitted(job, event.verification);
    case "books_closed":
      return booksClosed(job, at);
    case "resend":
      return resend(job, event);
    case "failed":
      return failed(job, event, at);
    case "put_back":
      return putBack(job, event);
    case "far_damage":
      return farDamage(job, event);
    case "retry":
      return retry(job);
    case "hold":
      return hold(job, event);
    case "release":
      return job.hold === event.hold
        ? step({ hold: null, holdReason: null }, "released", { hold: event.hold }, [RECORD])
        : null;
    case "pin":
      return job.state !== "cleaned"
        ? step({ pinned: event.pinned }, event.pinned ? "pinned" : "unpinned", {}, [
          { type: "record_pin" },
        ])
        : null;
    case "kept_long_enough":
      return from(job, ["verified"]) && !job.pinned
        ? step({ state: "cleanup_eligible" }, "cleanup_eligible")
        : null;
    case "kept_after_all":
      return from(job, ["cleanup_eligible"]) && job.deletionStartedAt === null
        ? step({ state: "verified" }, "kept_after_all", { reason: event.reason })
        : null;
    case "deletion_begun":
      return from(job, ["cleanup_eligible"]) && !job.pinned
        ? step({ deletionStartedAt: job.deletionStartedAt ?? at.toISOString() }, "deletion_begun")
        : null;
    case "deleted":
      return from(job, ["cleanup_eligible"]) && job.deletionStartedAt !== null
        ? step({ state: "cleaned" }, "cleaned", { files: event.files, bytes: event.bytes }, [
          RECORD,
        ])
        : null;
  }
}

const RECORD: Effect = { type: "record_status" };

function from(job: Job, states: readonly JobState[]): boolean {
  return states.includes(job.state);
}

function step(
  change: JobChange,
  kind: EventKind,
  detail: Readonly<Record<string, unknown>> = {},
  effects: readonly Effect[] = [],
): Step {
  return { change, event: { kind, detail }, effects };
}

/**
 * A new generation has proven nothing yet. What was already pushed, proven or let go goes back into
 * the queue at once; what waits, runs or has failed stays where it is. A cleaned run without a seal
 * is one that a rebuild takes over by its manifest: its first list changes nothing.
 */
function sealed(
  job: Job,
  { seal, sourceFolder }: { seal: SealFacts; sourceFolder?: string | null },
): Step | null {
  const { generation, sealedAt, files, bytes, detail } = seal;
  const list: JobChange = {
    generation,
    sealedAt,
    files,
    bytes,
    ...(sourceFolder === undefined ? {} : { sourceFolder }),
  };
  if (job.state === "cleaned" && job.sealedAt === null) return step(list, "sealed", detail);
  const nothingProven: JobChange = {
    ...list,
    verifyPasses: 0,
    verifiedAt: null,
    verification: null,
    resent: false,
    deletionStartedAt: null,
  };
  if (from(job, ["queued", "running", "failed"])) return step(nothingProven, "sealed", detail);
  const again: JobChange = { state: "queued", attempts: 0, nextAttemptAt: null, lastError: null };
  return step({ ...nothingProven, ...again }, "sealed", detail, [RECORD]);
}

function passCommitted(job: Job, verification: Verification): Step | null {
  if (!from(job, ["awaiting_verify", "verified", "cleanup_eligible"])) return null;
  const { strength, matched, notes } = verification;
  return step(
    { verifyPasses: job.verifyPasses + 1, verification, lastError: null },
    "pass_counted",
    { strength, matched, notes, extra: verification.extra.length },
  );
}

/** All three books say so: the far manifest is written and was read back. */
function booksClosed(job: Job, at: Date): Step | null {
  if (!from(job, ["awaiting_verify"]) || job.verifyPasses < 1) return null;
  return step(
    { state: "verified", verifiedAt: at.toISOString(), lastError: null, attempts: 0 },
    "verified",
    { files: job.files, bytes: job.bytes },
    [{
      type: "tell",
      event: "verified",
      message: `${counted(job.files, "file")} proven at ${job.destination}`,
    }],
  );
}

/** The one resend after a mismatch; a second mismatch is a failure. */
function resend(
  job: Job,
  { paths, count }: { paths: readonly string[]; count: number },
): Step | null {
  if (!from(job, ["awaiting_verify"]) || job.resent) return null;
  return step({ state: "queued", resent: true, nextAttemptAt: null }, "resend", { count, paths });
}

function failed(
  job: Job,
  { error, random }: { error: Failure; random: number },
  at: Date,
): Step | null {
  if (!from(job, ["queued", "running", "awaiting_verify"])) return null;
  const kind: FailureClass = failureClassOf(error.code);
  const lastError = errorOf(error);
  const detail = { ...error };
  switch (kind) {
    case "destination":
      return step({ ...backToWork(job), lastError }, "destination_lost", detail, [{
        type: "open_breaker",
        error,
      }]);
    case "again":
      return step(
        { ...backToWork(job), lastError, nextAttemptAt: later(at, AGAIN_MS) },
        "put_back",
        detail,
      );
    case "retry": {
      const attempts = job.attempts + 1;
      if (attempts >= MAX_ATTEMPTS) return givenUp({ attempts }, error, detail);
      const nextAttemptAt = later(at, backoffMs(attempts, random));
      return step({ state: "queued", attempts, lastError, nextAttemptAt }, "attempt_failed", {
        ...detail,
        attempts,
      });
    }
    case "terminal":
      return givenUp({ attempts: job.attempts + 1 }, error, detail);
  }
}

/** What the job keeps of a failure; the timeline has all of it. */
function errorOf({ code, message, hint }: Failure): JobError {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

/** Waits before something local (a full disk, a run that is still changing) is tried again. */
const AGAIN_MS = 30_000;

/** A verification that could not be made is made again; a push that stopped goes back to the queue. */
function backToWork(job: Job): JobChange {
  return job.state === "awaiting_verify" ? {} : { state: "queued" };
}

function givenUp(more: JobChange, error: Failure, detail: Readonly<Record<string, unknown>>): Step {
  return step(
    {
      ...more,
      state: "failed",
      lastError: errorOf(error),
      nextAttemptAt: null,
      hold: null,
      holdReason: null,
    },
    "failed",
    detail,
    [RECORD, { type: "tell", event: "failed", message: error.message }],
  );
}

function putBack(
  job: Job,
  { reason, notBefore }: { reason: string; notBefore: Date | null },
): Step | null {
  if (!from(job, ["running", "awaiting_verify"])) return null;
  return step({ ...backToWork(job), nextAttemptAt: notBefore?.toISOString() ?? null }, "put_back", {
    reason,
  });
}

function farDamage(
  job: Job,
  { error, verification }: { error: Failure; verification: Verification },
): Step | null {
  if (!from(job, ["verified", "cleanup_eligible"])) return null;
  const nothingProven = { verification, verifyPasses: 0, verifiedAt: null };
  return givenUp(nothingProven, error, { ...error });
}

function retry(job: Job): Step | null {
  const again: JobChange = {
    attempts: 0,
    nextAttemptAt: null,
    lastError: null,
    hold: null,
    holdReason: null,
  };
  if (job.state === "failed") {
    return step(
      { ...again, state: "queued", resent: false, preparedGeneration: 0 },
      "retried",
      {},
      [RECORD],
    );
  }
  if (!from(job, ["queued", "awaiting_verify"])) return null;
  return step(again, "retried", {}, [RECORD]);
}

function hold(job: Job, event: MachineEvent & { type: "hold" }): Step | null {
  if (!from(job, ["queued", "running", "awaiting_verify"])) return null;
  const { hold, reason, detail } = event;
  const change = { ...backToWork(job), hold, holdReason: reason };
  return step(change, "held", { hold, reason, ...detail }, [RECORD]);
}

function later(at: Date, ms: number): string {
  return new Date(at.getTime() + ms).toISOString();
}
