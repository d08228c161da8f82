/**
 * What scripts and the page see of a job: the JSON of `ship`, `status RUN`, `queue show` and
 * `/api/v1/jobs`. Field names are a contract (`docs/formats.md`); fields may be added, not renamed.
 */
import type { SessionView } from "./session_view.ts";
import {
  type ExistingRuns,
  type HeldRuns,
  type Hold,
  isHandedOver,
  type Job,
  type JobError,
  type JobEvent,
  type Pause,
  type WriteFault,
} from "../queue/mod.ts";

export interface JobView {
  readonly id: string;
  readonly run_path: string;
  /** Where its data lies: `run_path`, but for runs that are files. */
  readonly data_path: string;
  readonly equipment_id: string;
  readonly state: Job["state"];
  readonly destination: string;
  readonly far_path: string;
  readonly files: number;
  readonly bytes: number;
  readonly hold: Hold | null;
  readonly hold_reason: string | null;
  /** What to do about the hold; null when there is nothing to say. */
  readonly hold_hint: string | null;
  readonly generation: number;
  readonly attempts: number;
  readonly verify_passes: number;
  readonly verified_at: string | null;
  readonly enqueued_at: string;
  readonly next_attempt_at: string | null;
  readonly last_error: JobError | null;
  readonly pinned: boolean;
  /** Damage at a far copy whose local one is gone; such a run is never safe. */
  readonly alarm: Job["alarm"];
  /** Proven at the orchestrator's staging area, and not known to be on the NAS. */
  readonly handed_over: boolean;
  readonly verification: Job["verification"];
}

/** Why a job waits although its own row has no hold: its equipment is paused, its destination down. */
export interface OutsideHold {
  readonly hold: Hold;
  readonly reason: string;
  readonly hint: string | null;
  /** When it is looked at again by itself. */
  readonly nextTryAt: string | null;
}

/** What a job's row does not say of it. */
export interface JobAbout {
  readonly outside?: OutsideHold | null;
  /** Its equipment's runs go to a staging area. */
  readonly isStaged?: boolean;
}

export function jobView(
  job: Job,
  { outside = null, isStaged = false }: JobAbout = {},
): JobView {
  const waits = job.state === "queued" || job.state === "running" ||
    job.state === "awaiting_verify";
  const own = job.hold === null
    ? null
    : { hold: job.hold, reason: job.holdReason, hint: null, nextTryAt: null };
  const { hold = null, reason = null, hint = null, nextTryAt = null } = own ??
    (waits ? outside : null) ?? {};
  return {
    id: job.id,
    run_path: job.runPath,
    data_path: job.dataDir,
    equipment_id: job.equipmentId,
    state: job.state,
    destination: job.destination,
    far_path: job.farDir,
    files: job.files,
    bytes: job.bytes,
    hold,
    hold_reason: reason,
    hold_hint: hint,
    generation: job.generation,
    attempts: job.attempts,
    verify_passes: job.verifyPasses,
    verified_at: job.verifiedAt,
    enqueued_at: job.enqueuedAt,
    next_attempt_at: job.nextAttemptAt ?? nextTryAt,
    last_error: job.lastError,
    pinned: job.pinned,
    alarm: job.alarm,
    handed_over: isHandedOver(job, isStaged),
    verification: job.verification,
  };
}

export interface EventView {
  readonly seq: number;
  readonly at: string;
  readonly kind: string;
  readonly from_state: string | null;
  readonly to_state: string;
  readonly generation: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

export function eventView(event: JobEvent): EventView {
  const { seq, at, kind, fromState, toState, generation, detail } = event;
  return { seq, at, kind, from_state: fromState, to_state: toState, generation, detail };
}

/** How far the work on a job is: the `progress` news. */
export interface ProgressView {
  readonly job_id: string;
  readonly phase: string;
  readonly bytes_done: number;
  readonly bytes_total: number;
  readonly files_done: number | null;
  readonly files_total: number;
  readonly bytes_per_second: number | null;
  readonly eta_seconds: number | null;
  readonly current_path: string | null;
}

/** What the mover of runs tells, as far as it is shown. */
export interface ShownProgress {
  readonly jobId: string;
  readonly phase: string;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly filesDone: number | null;
  readonly filesTotal: number;
  readonly bytesPerSecond: number | null;
  readonly etaSeconds: number | null;
  readonly currentPath: string | null;
}

export function progressView(progress: ShownProgress): ProgressView {
  return {
    job_id: progress.jobId,
    phase: progress.phase,
    bytes_done: progress.bytesDone,
    bytes_total: progress.bytesTotal,
    files_done: progress.filesDone,
    files_total: progress.filesTotal,
    bytes_per_second: progress.bytesPerSecond,
    eta_seconds: progress.etaSeconds,
    current_path: progress.currentPath,
  };
}

export interface DestinationView {
  readonly name: string;
  readonly address: string;
  readonly state: "up" | "down" | "unknown";
  /** The failure's code while it is down. */
  readonly code: string | null;
  readonly reason: string | null;
  /** What to do about it, in the words of where it was found out. */
  readonly hint: string | null;
  readonly next_probe_at: string | null;
  /** The end of the hours in which nothing is sent there (`bandwidth`); null outside of them. */
  readonly closed_until: string | null;
}

/** A run that is not in the queue as it is now: being acquired, or odd. */
export interface AcquiringView {
  readonly run_path: string;
  /** Where its data lies: `run_path`, but for runs that are files. */
  readonly data_path: string;
  readonly equipment_id: string;
  /** `odd`: it is quiet and will not become complete by itself. */
  readonly phase: "acquiring" | "odd";
  readonly since: string;
  readonly changed_at: string;
  readonly files: number;
  readonly bytes: number;
  /** What it waits for, or why it is odd. */
  readonly waits_for: string;
  /** Who said that it is to be left alone as it is; null when nobody has. */
  readonly dismissed: { readonly by: string; readonly at: string } | null;
  /** It lay there before its equipment was first looked after, and is left alone. */
  readonly existing: boolean;
  /** Files that were sent ahead of its end: they count for nothing. Null: none is. */
  readonly ahead: {
    readonly files: number;
    readonly bytes: number;
    /** What keeps more of it from going now. */
    readonly waits_for: string | null;
  } | null;
}

export interface NotLookedAfterView {
  readonly equipment_id: string;
  readonly runs: number;
  readonly bytes: number;
}

export function notLookedAfterView({ equipmentId, runs, bytes }: ExistingRuns): NotLookedAfterView {
  return { equipment_id: equipmentId, runs, bytes };
}

/** How the root of an equipment's runs answers; `fault` is null when it does. */
export interface RootView {
  readonly equipment_id: string;
  readonly path: string;
  readonly fault: string | null;
  readonly since: string;
}

/** A disk that holds runs, as the service last looked. */
export interface StorageView {
  readonly roots: readonly string[];
  readonly equipment: readonly string[];
  readonly total_bytes: number;
  readonly free_bytes: number;
  /** Data that came on a usual day. */
  readonly bytes_per_day: number;
  /** When it is full if nothing goes, ISO 8601; null when nothing comes. */
  readonly full_at: string | null;
  /** Proven copies that nobody keeps. */
  readonly proven_bytes: number;
  readonly warning: "almost_full" | "full_soon" | null;
  /** Deleting made no room here, so nothing more is deleted until a person has looked. */
  readonly no_space_gained: boolean;
}

export interface YieldingView {
  /** `ZEN.exe is running`; null when nothing waits. */
  readonly waits_for: string | null;
  readonly since: string | null;
  /** What of it cannot be told; transfers do not wait for that. */
  readonly unknown: string | null;
}

export interface StatusView {
  readonly daemon: {
    readonly pid: number;
    readonly version: string;
    readonly started_at: string;
    readonly url: string;
  } | null;
  readonly counts: Readonly<Record<string, number>>;
  /** Of these, those that something holds up. */
  readonly held: readonly HeldRuns[];
  /** Of the `cleaned` ones: taken over from records by a rebuild, their far copy not proven since. */
  readonly not_proven: number;
  /** Runs whose far copy is damaged and whose local one is gone; none of them is safe. */
  readonly alarmed: number;
  /** Runs proven at an orchestrator's staging area: none of them is known to be on the NAS. */
  readonly handed_over: number;
  readonly destinations: readonly DestinationView[];
  /** The longest known first; capped. */
  readonly acquiring: readonly AcquiringView[];
  /** What lay there before its equipment was looked after: seen, counted, and neither sent nor safe. */
  readonly not_looked_after: readonly NotLookedAfterView[];
  /** Roots that cannot be looked at; empty when no service looks. */
  readonly roots: readonly RootView[];
  /** Why the queue cannot be written, while it cannot: what came since is not in this answer. */
  readonly queue_fault: WriteFault | null;
  /** Proven runs whose next comparison has been due for more than a day: looking cannot keep up. */
  readonly overdue_passes: { readonly runs: number; readonly since: string | null };
  /**
   * Histories over there that were no beginning of those here, and were set aside in the last 30 days: a
   * person has to look at who changed them.
   */
  readonly broken_trails: readonly {
    readonly equipment_id: string;
    readonly at: string;
    /** Both below the destination's base. */
    readonly path: string;
    readonly into: string;
  }[];
  /** Acquisitions over several PCs, the newest first; capped. */
  readonly sessions: readonly SessionView[];
  /** Empty when no service looks. */
  readonly storage: readonly StorageView[];
  /** Equipment ids that are paused; `*` is all of them. */
  readonly paused: readonly string[];
  /** The same pauses, with who asked for each and since when. */
  readonly pauses: readonly Pause[];
  /** Transfers wait for the instrument's own software; null when they do not, and nothing is unknown. */
  readonly yielding: YieldingView | null;
  /** What needs attention first, then the newest; capped (`jobs_total` says how many there are). */
  readonly jobs: readonly JobView[];
  readonly jobs_total: number;
}

/** How things stand, without the runs themselves. */
export type StandingView = Omit<StatusView, "jobs">;
