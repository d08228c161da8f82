/**
 * trail: what happened, at the NAS too, so that it outlives the PC: each proven run's timeline beside the
 * run, and the reports below `.labferry-fleet/<host>/reports`. For whoever asks when this computer and its
 * state directory are gone.
 *
 * Invariants (`rules.md` 32). What stands there is a beginning of ours, and only then is it extended;
 * anything else is set aside, never replaced, and a person has to look. What is there is signed. Nothing
 * of it delays a transfer.
 *
 * Terms. *Book*: the timeline as one queue knows it; a queue that was made anew begins another book and
 * leaves the old one as it is. *Segment*: a part of at most 8 MiB, in the order of their names.
 */
export {
  type BrokenTrail,
  brokenTrails,
  TrailMirror,
  type TrailMirrorOptions,
} from "./trail_mirror.ts";
