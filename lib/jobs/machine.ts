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
import { counted, formatBytes } from "../base/mod.ts";
import type { Job, JobChange, JobState, SealFacts, Verification } from "../queue/mod.ts";
import type { Failure, Freed, MachineEvent } from "./event.ts";
import { backToWork, errorOf, failed, givenUp } from "./failed.ts";
import { type Effect, from, RECORD, type Step, step } from "./step.ts";

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
        ? step({ preparedGeneration: job.generation, destination: event.destination }, "prepared")
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
      return farDamage(job, event, at);
    case "pass_planned":
      return from(job, ["verified", "cleanup_eligible", "cleaned"])
        ? step({ nextAttemptAt: event.at.toISOString() }, "pass_planned", { why: event.why })
        : null;
    case "destination_moved":
      return destinationMoved(job, event);
    case "retry":
      return retry(job);
    case "hold":
      return hold(job, event);
    case "release":
      return job.hold === event.hold
        ? step({ hold: null, holdReason: null }, "released", { hold: event.hold }, [RECORD])
        : null;
    case "pin":
      return step({ pinned: event.pinned }, event.pinned ? "pinned" : "unpinned", {}, [
        { type: "record_pin" },
      ]);
    case "kept_long_enough":
      return from(job, ["verified"]) && !job.pinned
        ? step({ state: "cleanup_eligible", nextAttemptAt: null }, "cleanup_eligible")
        : null;
    case "kept_after_all":
      return keptAfterAll(job, event);
    case "deletion_begun":
      return from(job, ["cleanup_eligible"]) && !job.pinned
        ? step({ deletionStartedAt: job.deletionStartedAt ?? at.toISOString() }, "deletion_begun")
        : null;
    case "deletion_stopped":
      return deletionStopped(job, event);
    case "local_damage":
      return localDamage(job, event.error);
    case "deleted":
      return from(job, ["cleanup_eligible"]) && job.deletionStartedAt !== null
        ? step({ state: "cleaned", nextAttemptAt: null, lastError: null }, "cleaned", {
          ...event.freed,
        }, [
          RECORD,
          { type: "tell", event: "cleaned", message: cleanedWords(job, event.freed) },
        ])
        : null;
    case "restored":
      return restored(job, event);
  }
}

/**
 * A run that was let go, or half of it, is here again. It goes the ordinary way once more: the same
 * generation is compared, and nothing has to be sent. It stays until a person lets it go again.
 */
function restored(
  job: Job,
  { back }: { readonly back: Readonly<Record<string, unknown>> },
): Step | null {
  if (!from(job, ["cleaned", "cleanup_eligible"]) || job.deletionStartedAt === null) return null;
  const again: JobChange = { state: "queued", attempts: 0, nextAttemptAt: null, lastError: null };
  const change: JobChange = { ...again, deletionStartedAt: null, pinned: true, alarm: null };
  return step(change, "restored", back, [RECORD, { type: "record_pin" }]);
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
  if (!from(job, ["awaiting_verify", "verified", "cleanup_eligible", "cleaned"])) return null;
  const { strength, matched, notes } = verification;
  return step(
    { verifyPasses: job.verifyPasses + 1, verification, lastError: null, alarm: null },
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

function putBack(
  job: Job,
  { reason, notBefore }: { reason: string; notBefore: Date | null },
): Step | null {
  if (!from(job, ["running", "awaiting_verify"])) return null;
  return step({ ...backToWork(job), nextAttemptAt: notBefore?.toISOString() ?? null }, "put_back", {
    reason,
  });
}

/**
 * With a local copy the run fails, and a person has it sent again. Without one there is nothing to
 * send: it stays cleaned, with an alarm that the next clean pass takes away.
 */
function farDamage(
  job: Job,
  { error, verification }: { error: Failure; verification: Verification },
  at: Date,
): Step | null {
  if (job.state === "cleaned") {
    const since = job.alarm?.since ?? at.toISOString();
    const alarm = { code: error.code, since, files: damagedFiles(verification) };
    // Its hint is for whoever has a copy to send again.
    const { hint: _hint, ...told } = error;
    return step({ alarm, verification }, "far_alarm", told, [
      { type: "tell", event: "far_damage", message: error.message },
    ]);
  }
  if (!from(job, ["verified", "cleanup_eligible"])) return null;
  const nothingProven = { verification, verifyPasses: 0, verifiedAt: null };
  const given = givenUp(nothingProven, error, { ...error });
  const damage: Effect = { type: "tell", event: "far_damage", message: error.message };
  return { ...given, effects: [...given.effects, damage] };
}

/** What stands with the run already is not told again by each look. */
function keptAfterAll(
  job: Job,
  { reason, error, isTold = false }: MachineEvent & { readonly type: "kept_after_all" },
): Step | null {
  const isAboutToGo = from(job, ["cleanup_eligible"]) && job.deletionStartedAt === null;
  if (!isAboutToGo && !from(job, ["verified"])) return null;
  const isNew = error !== undefined && job.lastError?.message !== error.message;
  if (!isAboutToGo && !isNew) return null;
  return step(
    {
      ...(isAboutToGo ? { state: "verified" } : {}),
      ...(isNew ? { lastError: errorOf(error) } : {}),
    },
    "kept_after_all",
    { reason, ...(isNew ? error : {}) },
    isNew && !isTold ? [{ type: "tell", event: "failed", message: error.message }] : [],
  );
}

/**
 * The proof over there stands. A run that has failed meanwhile, because the look that read it here found
 * damage over there too, says both: with what is rotten here nothing over there is mended.
 */
function localDamage(job: Job, error: Failure): Step | null {
  if (from(job, ["verified", "cleanup_eligible"])) return givenUp({}, error, { ...error });
  if (!from(job, ["failed"])) return null;
  const before = job.lastError?.message ?? "";
  if (before.includes(error.message)) return null;
  const both = { ...error, message: before === "" ? error.message : `${error.message}. ${before}` };
  return givenUp({}, both, { ...both });
}

function deletionStopped(
  job: Job,
  { error, retryAt }: { error: Failure; retryAt: Date },
): Step | null {
  if (!from(job, ["cleanup_eligible"]) || job.deletionStartedAt === null) return null;
  return step(
    { lastError: errorOf(error), nextAttemptAt: retryAt.toISOString() },
    "deletion_stopped",
    { ...error },
    [{ type: "tell", event: "failed", message: error.message }],
  );
}

function damagedFiles({ mismatched, missing }: Verification): number {
  return mismatched.length + missing.length;
}

function cleanedWords({ destination }: Job, { files, bytes }: Freed): string {
  return `${counted(files, "file")} (${
    formatBytes(bytes)
  }) deleted here; the proven copy is at ${destination}`;
}

/**
 * What has a local copy goes again: what was copied to the new place is compared, not sent. Without one
 * it stays cleaned, and is not proven until a pass has seen the new place (`rules.md` 12). A deletion
 * that was begun is not gone on with there.
 */
function destinationMoved(job: Job, { destination }: { destination: string }): Step | null {
  if (job.destination === destination || from(job, ["running"])) return null;
  const anew: JobChange = {
    destination,
    preparedGeneration: 0,
    verifyPasses: 0,
    verifiedAt: null,
    verification: null,
    alarm: null,
    nextAttemptAt: null,
  };
  const detail = { from: job.destination, to: destination };
  if (from(job, ["cleaned", "failed", "queued"])) {
    return step(anew, "destination_moved", detail);
  }
  const queued: JobChange = { state: "queued", resent: false, deletionStartedAt: null };
  return step({ ...anew, ...queued, lastError: null }, "destination_moved", detail, [RECORD]);
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
      { ...again, state: "queued", resent: false, preparedGeneration: 0, deletionStartedAt: null },
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
  const blocked: Effect = { type: "tell", event: "blocked", message: reason };
  const effects = hold === "gate" ? [RECORD, blocked] : [RECORD];
  return step(change, "held", { hold, reason, ...detail }, effects);
}
