/** A run's timeline as values: what happened to it, line by line. */
import type { JobState } from "./types.ts";

/** What a run's timeline tells. A kind may be added, never renamed: old timelines keep theirs. */
export const EVENT_KINDS = [
  "enqueued",
  /** Taken over from records, because the queue was made anew. */
  "rebuilt",
  "claimed",
  /** Was being worked on when the service died. */
  "recovered",
  "sealed",
  "prepared",
  /** Data that was over there already was compared and kept. */
  "adopted",
  "manifest_read",
  "set_aside",
  "pushed",
  "pass_ended",
  "pass_counted",
  "manifest_mended",
  /** The far manifest stood without a signature that holds, and was signed anew. */
  "signature_mended",
  "manifest_not_flushed",
  "records_left_out",
  "verified",
  /** Its part of a session over several PCs is said at the destination's base, with what is missing. */
  "session_part",
  "resend",
  "put_back",
  "destination_lost",
  /** Its destination is at another address now; nothing is proven there yet. */
  "destination_moved",
  "attempt_failed",
  "failed",
  "retried",
  "missing_accepted",
  "held",
  "released",
  "override_added",
  "override_revoked",
  "local_missing",
  "pinned",
  "unpinned",
  /** When the next comparison of a proven run is due. */
  "pass_planned",
  /** The far copy of a run without a local copy is damaged. */
  "far_alarm",
  "cleanup_eligible",
  "kept_after_all",
  "deletion_begun",
  "deletion_stopped",
  /** Found by a queue that was made anew: a certificate without its outcome. */
  "deletion_interrupted",
  /** The orchestrator of a staging area has proven this generation at the NAS. */
  "on_nas",
  /** The local copy was deleted by us. */
  "cleaned",
  /** The data went, and its records could not be taken too (`retain_cache: false`). */
  "records_stay",
  /** Cleared from a staging area long ago: its records went too. */
  "records_gone",
  /** Files of it were sent before it was complete, and it never was: it is gone, or was dismissed. */
  "abandoned",
  /** Files were brought back from the far copy. */
  "restored",
] as const;
export type EventKind = typeof EVENT_KINDS[number];

export interface JobEvent {
  /** Ascending; the cursor by which reports follow. */
  readonly seq: number;
  readonly jobId: string;
  readonly at: string;
  /** What happened: an `EventKind`, or one that a newer labferry wrote. */
  readonly kind: string;
  readonly fromState: JobState | null;
  readonly toState: JobState;
  readonly generation: number;
  /** Whatever explains it: error, pass, counts; plain JSON. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface JobEventDraft {
  readonly kind: EventKind;
  readonly detail?: Readonly<Record<string, unknown>>;
}
