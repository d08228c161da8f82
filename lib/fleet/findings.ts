/** What is wrong with one computer, by its own heartbeats: pure, from what was read and what time it is. */
import { counted } from "../base/mod.ts";
import type { FoundHeartbeat } from "./find_heartbeats.ts";
import type { Heartbeat } from "./heartbeat.ts";

/** Worst first; a host has the worst of what it has. */
export const TROUBLES = [
  "unreadable",
  "newer",
  "clock",
  "twice",
  "vanished",
  "silent",
  "damaged",
  "person",
  "unsafe",
  "destination",
  "disk",
  "paused",
  "versions",
  "renamed",
  "retired",
  "safe",
] as const;
export type Trouble = typeof TROUBLES[number];

/** Until here it is red. */
const LAST_RED = TROUBLES.indexOf("disk");

/** Somebody has to look. */
export function isRed(trouble: Trouble): boolean {
  return TROUBLES.indexOf(trouble) <= LAST_RED;
}

export interface Finding {
  readonly trouble: Trouble;
  readonly words: string;
}

export interface JudgeOptions {
  readonly now: Date;
  /** A heartbeat that is older is silence. */
  readonly staleMs: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** `rules.md` 31: so far ahead a clock is wrong. */
const AHEAD_MS = 5 * MINUTE_MS;
/** An uptime is told in whole seconds. */
const UPTIME_SLACK_MS = 1_000;
const UNSAFE_MS = DAY_MS;
const DISK_MS = 2 * DAY_MS;

export function unreadable({ reading, path }: FoundHeartbeat): Finding[] {
  switch (reading.kind) {
    case "heartbeat":
      return [];
    case "newer":
      return [{
        trouble: "newer",
        words: "written by a newer labferry: update this one to read it",
      }];
    case "unreadable":
      return [{ trouble: "unreadable", words: `${path} cannot be read: ${reading.why}` }];
  }
}

export function ages(
  { heartbeat, changedMs }: { readonly heartbeat: Heartbeat; readonly changedMs: number | null },
  { now, staleMs }: JudgeOptions,
): Finding[] {
  const writtenMs = Date.parse(heartbeat.written_at);
  const ageMs = now.getTime() - writtenMs;
  if (ageMs < -AHEAD_MS) {
    return [{ trouble: "clock", words: `its clock is ${duration(-ageMs)} ahead: clock wrong` }];
  }
  if (ageMs <= staleMs) return [];
  // By its own clock it is old, by the far side's it was written just now: it lives, and is wrong.
  if (
    changedMs !== null && now.getTime() - changedMs <= staleMs && changedMs - writtenMs > staleMs
  ) {
    return [{ trouble: "clock", words: `its clock is ${duration(ageMs)} behind: clock wrong` }];
  }
  return [{ trouble: "silent", words: `silent for ${duration(ageMs)}` }];
}

export function itsOwn(beat: Heartbeat, { now }: JudgeOptions): Finding[] {
  const found: Finding[] = [];
  if (beat.twice) {
    found.push({ trouble: "twice", words: "two services with its id are at work: both hold" });
  }
  for (const one of beat.equipment) {
    if (one.far_damaged_files > 0) {
      const files = counted(one.far_damaged_files, "damaged file");
      found.push({ trouble: "damaged", words: `${one.id}: ${files} at the destination` });
    }
    const needs = beat.needs_person.filter(({ equipment }) => equipment === one.id);
    if (needs.length > 0) {
      const more = needs.length > 1 ? `, and ${needs.length - 1} more` : "";
      const words = `${one.id}: ${needs[0]!.run} needs a person (${needs[0]!.code})${more}`;
      found.push({ trouble: "person", words });
    }
    const waitsMs = one.oldest_unsafe_at && now.getTime() - Date.parse(one.oldest_unsafe_at);
    if (waitsMs && waitsMs > UNSAFE_MS) {
      found.push({ trouble: "unsafe", words: `${one.id}: not safe for ${duration(waitsMs)}` });
    }
    if (one.paused) found.push({ trouble: "paused", words: `${one.id}: paused` });
  }
  for (const { name, up, reason } of beat.destinations) {
    if (up) continue;
    const words = `${name}: the destination is down${reason ? ` (${reason})` : ""}`;
    found.push({ trouble: "destination", words });
  }
  return found;
}

export function disks({ disks }: Heartbeat, { now }: JudgeOptions): Finding[] {
  return disks.flatMap(({ root, full_at }) => {
    if (full_at === null || Date.parse(full_at) - now.getTime() > DISK_MS) return [];
    const day = full_at.slice(0, 16).replace("T", " ");
    return [{ trouble: "disk" as const, words: `the disk of ${root} is full on ${day} UTC` }];
  });
}

/** The computer lives, and of some of its instruments nothing is heard: their destination is held or away. */
export function unheard(beats: readonly Heartbeat[], { now, staleMs }: JudgeOptions): Finding[] {
  return beats.flatMap((beat): Finding[] => {
    const ageMs = now.getTime() - Date.parse(beat.written_at);
    if (beat.equipment.length === 0) return [];
    const ids = beat.equipment.map(({ id }) => id).join(", ");
    if (ageMs < -AHEAD_MS) {
      const words = `${ids}: its last word is ${duration(-ageMs)} ahead: clock wrong`;
      return [{ trouble: "clock" as const, words }];
    }
    if (ageMs <= staleMs) return [];
    const words = `${ids}: nothing heard at the destination for ${duration(ageMs)}`;
    return [{ trouble: "silent" as const, words }];
  });
}

/** Two names at once are two computers with one state; one after the other a computer that was renamed. */
export function names(beats: readonly Heartbeat[], { now, staleMs }: JudgeOptions): Finding[] {
  const newest = beats[0]!;
  const others = beats.filter(({ host }) => host !== newest.host);
  const isFresh = ({ written_at }: Heartbeat) => now.getTime() - Date.parse(written_at) <= staleMs;
  const isTwice = isFresh(newest) &&
    others.some((other) => isFresh(other) && ranTogether(newest, other));
  const [trouble, words] = isTwice
    ? ["twice", "one state is at work on two computers, also"] as const
    : ["renamed", "was called"] as const;
  const called = [...new Set(others.map((beat) => beat.host))].join(", ");
  return called === "" ? [] : [{ trouble, words: `${words} ${called}` }];
}

/** A computer gets another name by a new start: its service had ended before. */
function ranTogether(a: Heartbeat, b: Heartbeat): boolean {
  const startMs = ({ written_at, uptime_s }: Heartbeat) =>
    Date.parse(written_at) - uptime_s * 1_000 + UPTIME_SLACK_MS;
  return startMs(a) < Date.parse(b.written_at) && startMs(b) < Date.parse(a.written_at);
}

/** `3 h`, `2 days`: whole units, rounded down. */
export function duration(ms: number): string {
  if (ms < 2 * 60 * MINUTE_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / (60 * MINUTE_MS))} h`;
  return `${Math.floor(ms / DAY_MS)} days`;
}
