/** What the timeline of everything can be narrowed to: kinds of events, gathered by what people ask for. */
import { EVENT_KINDS, type EventKind, type Tone } from "../queue/mod.ts";
import { lookUp } from "../base/mod.ts";

/** What an event is about. */
export type ActivityAbout = "way" | "proof" | "trouble" | "people" | "room";

export const ABOUT_WORDS: Readonly<Record<ActivityAbout, string>> = {
  trouble: "what went wrong",
  people: "what people did",
  way: "coming and being sent",
  proof: "being checked and safe",
  room: "letting go and bringing back",
};

/** Each kind is about one thing; a new one has to say which. */
const ABOUT: Readonly<Record<EventKind, ActivityAbout>> = {
  enqueued: "way",
  rebuilt: "way",
  claimed: "way",
  recovered: "way",
  sealed: "way",
  prepared: "way",
  adopted: "way",
  manifest_read: "way",
  set_aside: "way",
  pushed: "way",
  pass_ended: "proof",
  pass_counted: "proof",
  manifest_mended: "trouble",
  signature_mended: "trouble",
  manifest_not_flushed: "trouble",
  records_left_out: "trouble",
  verified: "proof",
  session_part: "proof",
  resend: "trouble",
  put_back: "way",
  destination_lost: "trouble",
  destination_moved: "people",
  attempt_failed: "trouble",
  failed: "trouble",
  retried: "people",
  missing_accepted: "people",
  held: "trouble",
  released: "way",
  override_added: "people",
  override_revoked: "people",
  local_missing: "trouble",
  pinned: "people",
  unpinned: "people",
  pass_planned: "proof",
  far_alarm: "trouble",
  cleanup_eligible: "room",
  kept_after_all: "room",
  deletion_begun: "room",
  deletion_stopped: "room",
  deletion_interrupted: "trouble",
  on_nas: "proof",
  cleaned: "room",
  records_stay: "room",
  records_gone: "room",
  abandoned: "trouble",
  restored: "room",
};

export function isAbout(text: string): text is ActivityAbout {
  return Object.hasOwn(ABOUT_WORDS, text);
}

export function kindsAbout(about: ActivityAbout): readonly EventKind[] {
  return EVENT_KINDS.filter((kind) => ABOUT[kind] === about);
}

/** How an event stands out in a list: what needs a person, and what ends well. */
export function eventTone(kind: string): Tone {
  if (kind === "failed" || kind === "far_alarm" || kind === "deletion_interrupted") return "bad";
  if (kind === "verified" || kind === "on_nas") return "safe";
  return lookUp(ABOUT, kind) === "trouble" ? "wait" : "idle";
}
