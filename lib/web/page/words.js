// The page's words and numbers, for a person who has never read the manual.

/** Stage words and tone of each state. */
const STATES = {
  queued: ["waiting its turn", "idle"],
  running: ["being sent", "moving"],
  awaiting_verify: ["being checked", "moving"],
  verified: ["safe", "safe"],
  cleanup_eligible: ["safe", "safe"],
  cleaned: ["safe, local copy gone", "safe"],
  failed: ["needs attention", "bad"],
};

const NOT_PROVEN = ["local copy gone, far copy not proven since", "wait"];

// Proven at the orchestrator's staging area, which is not the NAS.
const HANDED_OVER = ["handed over, not on the NAS yet", "wait"];

const HOLDS = {
  gate: ["held: names to fix", "wait"],
  destination: ["waits for its destination", "wait"],
  paused: ["paused", "wait"],
  cancelled: ["cancelled", "wait"],
};

const PHASES = {
  sealing: "listing files",
  preparing: "preparing the destination",
  sending: "sending",
  proving: "comparing hashes",
  recording: "writing the records",
};

const STRENGTHS = {
  read_back: "read back and compared",
  remote_computed: "hashed there and compared",
  provider_asserted: "the provider's checksum agrees",
  size_only: "only the sizes agree",
};

/** What a person can do about a run that needs one. */
const ADVICE = {
  hash_mismatch: "The copy differs after a second try: have memory, disk and network looked at.",
  source_vanished: "Put the files back, then press Retry; or go on without them, under your name.",
  source_changed: "Let the instrument finish, then press Retry.",
  root_missing:
    "The disk with the data is not there; plug it in or mount it, and runs go on by themselves.",
  source_busy: "Another program has the file open; it is tried again by itself.",
  file_too_large: "The destination's file system takes no file of that size: use another one.",
  far_file_in_use: "The file is open at the destination; it is tried again by itself.",
  no_locks: "Put the folder on a disk that has file locks, then press Retry.",
  source_unreadable: "Give labferry's account the right to read it, then press Retry.",
  local_copy_damaged: "The file on this PC is not what was recorded: decide which copy is right.",
  far_copy_damaged: "Keep the copy on this PC; have the destination's disks looked at.",
  destination_conflict: "Move the other data at the destination aside, then press Retry.",
  name_not_carried: "Rename the file, then press Retry.",
  verify_oversize: "Raise verify.max_stream_bytes in the configuration, then press Retry.",
  invalid_utf8_name: "Rename the file, then press Retry.",
  nothing_to_seal: "The folder holds no data files yet; press Retry when it does.",
  unknown: "See the history and app.log, mend the cause, then press Retry.",
};

const EVENTS = {
  enqueued: "taken into the queue",
  rebuilt: "found again in the records",
  claimed: "work began",
  recovered: "put back after a restart",
  sealed: "list of files fixed",
  changed_after_seal: "the data changed: new list of files",
  prepared: "destination prepared",
  pushed: "all files sent",
  pass_counted: "every file compared",
  pass_ended: "comparison ended",
  verified: "safe: every file compared",
  resend: "sending again what differed",
  attempt_failed: "an attempt failed",
  destination_lost: "the destination could not be used",
  failed: "needs attention",
  retried: "a person asked to try again",
  missing_accepted: "a person let it go on without lost files",
  set_aside: "files in the way were moved aside",
  held: "held",
  released: "released",
  put_back: "put back, to go on later",
  local_missing: "files that are safe over there are gone from this PC",
  pinned: "the local copy is kept",
  unpinned: "the local copy may go again",
};

/** `[words, tone]` for a run's chip. */
export function stageOf(job) {
  if (job.hold && HOLDS[job.hold]) return HOLDS[job.hold];
  if (job.state === "queued" && job.last_error) return ["will be tried again", "wait"];
  // A queue made anew has only a record's word for it.
  if (job.state === "cleaned" && job.verify_passes === 0) return NOT_PROVEN;
  if (job.handed_over) return HANDED_OVER;
  return STATES[job.state] ?? [job.state, "idle"];
}

export function phaseWords(phase) {
  return PHASES[phase] ?? phase;
}

export function eventWords({ kind, detail }) {
  if (kind === "override_added" || kind === "override_revoked") return decisionWords(kind, detail);
  const words = EVENTS[kind] ?? kind.replaceAll("_", " ");
  const more = detail?.message ?? detail?.reason;
  return more && more !== kind ? `${words}: ${more}` : words;
}

/** `Ada let “case collision” pass until 31 Dec 2026: the instrument writes both` */
function decisionWords(kind, { operator, class: rule, reason, expires_at }) {
  if (kind === "override_revoked") return `${operator} took an override back: ${reason}`;
  const until = expires_at ? ` until ${clock(expires_at)}` : "";
  return `${operator} let “${rule.replaceAll("_", " ")}” pass${until}: ${reason}`;
}

/** The sentence after a failure's reason: what it advises itself, or else what its code means. */
export function adviceFor({ code, hint } = {}) {
  return hint ? sentence(hint) : ADVICE[code] ?? ADVICE.unknown;
}

function sentence(text) {
  const ended = /[.!?]$/.test(text) ? text : `${text}.`;
  return ended[0].toUpperCase() + ended.slice(1);
}

/** `FLOW_01 is paused since 20:18, by ada.` */
export function pauseWords({ scope, since, by, reason }) {
  const what = scope === "*" ? "Everything" : scope;
  const why = reason ? `: ${reason}` : "";
  return `${what} is paused since ${clock(since)}, by ${by}${why}.`;
}

/** What was proven: `26 of 26 files read back and compared`. */
export function proofWords(job) {
  if (!job.verification || job.verify_passes === 0) return "";
  const { matched, strength } = job.verification;
  const how = STRENGTHS[strength] ?? strength;
  const passes = job.verify_passes > 1 ? `, ${job.verify_passes} times` : "";
  return `${number(matched)} of ${files(job.files)} ${how}${passes}`;
}

/** Name, project and kind of a run, from the path it has everywhere. */
export function runNames(job) {
  const far = job.far_path.split("/");
  const inLayout = far.length >= 3;
  return {
    name: far.at(-1),
    project: inLayout ? far.slice(0, -2).join("/") : "",
    isTest: inLayout && far.at(-2) === "TestRuns",
  };
}

export function runs(count) {
  return count === 1 ? "1 run" : `${number(count)} runs`;
}

export function files(count) {
  return count === 1 ? "1 file" : `${number(count)} files`;
}

export function number(value) {
  return value.toLocaleString("en");
}

export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

export function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** Date and time, whatever day it is; in this browser's time zone. */
export function instant(at) {
  return at ? new Date(at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "";
}

/** `20:18` today, with the date on another day; in this browser's time zone. */
export function clock(instant, now = new Date()) {
  if (!instant) return "";
  const date = new Date(instant);
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.toLocaleDateString([], { dateStyle: "medium" })}, ${time}`;
}
