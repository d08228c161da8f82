/**
 * The words people read for what the queue keeps: one vocabulary for page, command line and reports
 * (`docs/commands.md`, "States and words"). `control/words.ts` adds what only those above the queue
 * know, and hands it all out.
 *
 * "Safe" is said of a run only when a pass of this queue compared every file of it at its last place.
 */
import { counted, lookUp } from "../base/mod.ts";
import type { EventKind } from "./timeline.ts";
import type { CappedNames, Hold, JobState } from "./types.ts";

/** How a stage is shown: `wait` wants patience, `bad` a person. */
export type Tone = "idle" | "moving" | "wait" | "safe" | "bad";

export interface Stage {
  readonly words: string;
  readonly tone: Tone;
}

export const STATE_WORDS: Readonly<Record<JobState, Stage>> = {
  queued: { words: "waiting its turn", tone: "idle" },
  running: { words: "being sent", tone: "moving" },
  awaiting_verify: { words: "being checked", tone: "moving" },
  verified: { words: "safe", tone: "safe" },
  cleanup_eligible: { words: "safe", tone: "safe" },
  cleaned: { words: "safe, local copy gone", tone: "safe" },
  failed: { words: "needs attention", tone: "bad" },
};

export const HOLD_WORDS: Readonly<Record<Hold, Stage>> = {
  gate: { words: "held: names to fix", tone: "wait" },
  destination: { words: "waiting for its destination", tone: "wait" },
  paused: { words: "paused", tone: "wait" },
  cancelled: { words: "cancelled", tone: "wait" },
};

/** Stages that a state alone does not say. */
export const FURTHER_STAGES = {
  triedBefore: { words: "will be tried again", tone: "wait" },
  /** A queue that was made anew has only a record's word for it. */
  notProven: { words: "local copy gone, far copy not proven since", tone: "wait" },
  /** A run with an alarm is never shown as safe. */
  alarmed: { words: "far copy damaged, local copy gone", tone: "bad" },
  /** Proven at the orchestrator's staging area, which is not the NAS. */
  handedOver: { words: "handed over, not on the NAS yet", tone: "wait" },
} as const satisfies Readonly<Record<string, Stage>>;

export const EVENT_WORDS: Readonly<Record<EventKind, string>> = {
  enqueued: "taken into the queue",
  rebuilt: "found again in the records, not proven since",
  claimed: "work began",
  recovered: "put back after a restart",
  sealed: "list of files fixed",
  prepared: "destination made ready",
  adopted: "data that was there was compared and kept",
  manifest_read: "the old far manifest was read",
  set_aside: "files in the way were moved aside over there",
  pushed: "all files sent",
  pass_ended: "comparison ended",
  pass_counted: "every file compared, all equal",
  manifest_mended: "the far manifest was missing or altered, and is written again",
  signature_mended: "the far manifest stood without a signature that holds, and is signed",
  manifest_not_flushed: "the far disk could not be asked to keep the far manifest",
  records_left_out: "records left out",
  verified: "safe: every file compared, and written down",
  session_part: "its part of a session is proven",
  resend: "sending again what differed",
  put_back: "put back, to go on later",
  destination_lost: "the destination could not be used",
  destination_moved: "its destination is at another place now, where nothing is proven yet",
  attempt_failed: "an attempt failed",
  failed: "failed",
  retried: "asked to try again",
  missing_accepted: "a person lets the run go without lost files",
  held: "held",
  released: "hold ended",
  override_added: "a finding is allowed to pass",
  override_revoked: "that permission is taken back",
  local_missing: "files that were proven over there are gone from this PC",
  pinned: "the local copy is kept",
  unpinned: "the local copy may go again",
  pass_planned: "the next comparison is planned",
  far_alarm: "the far copy is damaged, and there is no local copy to send again",
  cleanup_eligible: "the local copy may be let go",
  kept_after_all: "the local copy is kept after all",
  deletion_begun: "letting go of the local copy began",
  deletion_stopped: "letting go of the local copy stopped",
  deletion_interrupted:
    "letting go of the local copy was interrupted before the queue was made anew; it is kept until somebody unpins it",
  on_nas: "safe on the NAS: the orchestrator has proven every file there",
  cleaned: "the local copy was deleted",
  records_stay: "its records stay here",
  records_gone: "its records were removed here too; the NAS has them",
  abandoned: "given up before it was complete; what was sent ahead of it counts for nothing",
  restored: "files were brought back from the far copy",
};

/** What the stage of a run depends on. */
export interface StageFacts {
  readonly state: JobState;
  readonly hold: Hold | null;
  readonly verifyPasses: number;
  readonly lastError: object | null;
  readonly alarm: object | null;
  /** What was proven is a copy at an orchestrator's staging area. */
  readonly handedOver: boolean;
}

export function stageOf(
  { state, hold, verifyPasses, lastError, alarm, handedOver }: StageFacts,
): Stage {
  if (alarm !== null) return FURTHER_STAGES.alarmed;
  if (hold !== null) return lookUp(HOLD_WORDS, hold) ?? unknownStage(hold);
  if (state === "queued" && lastError !== null) return FURTHER_STAGES.triedBefore;
  if (state === "cleaned" && verifyPasses === 0) return FURTHER_STAGES.notProven;
  if (handedOver) return FURTHER_STAGES.handedOver;
  return lookUp(STATE_WORDS, state) ?? unknownStage(state);
}

/** A newer labferry's, as it is. */
function unknownStage(name: string): Stage {
  return { words: name, tone: "idle" };
}

/** Proven, but at an orchestrator's staging area: nobody knows yet whether it is on the NAS. */
export function isHandedOver({ state }: Pick<StageFacts, "state">, isStaged: boolean): boolean {
  return isStaged && (state === "verified" || state === "cleanup_eligible");
}

/** What a person let a run go without. */
export interface Loss {
  /** `3 files are lost: neither copy is as sealed`. */
  readonly words: string;
  /** Over there nothing is under their names, or nothing that was ever proven. */
  readonly missing: CappedNames;
  /** Over there with other bytes, and left so. */
  readonly differing: CappedNames;
}

export function lossIn(
  { count, names, differing = { count: 0, names: [] } }: CappedNames & {
    readonly differing?: CappedNames;
  },
): Loss {
  const differs = new Set(differing.names);
  return {
    words: `${counted(count, "file")} ${
      count === 1 ? "is" : "are"
    } lost: neither copy is as sealed`,
    missing: {
      count: count - differing.count,
      names: names.filter((name) => !differs.has(name)),
    },
    differing,
  };
}
