/** How each PC of a fleet stands, worst first: pure, from what was read and what time it is. */
import { counted } from "../base/mod.ts";
import type { FleetFolder, FoundFleet, FoundHeartbeat } from "./find_heartbeats.ts";
import { fleetHost, type Heartbeat } from "./heartbeat.ts";
import { byInstallation, formerNames, headOf, lastWords } from "./installations.ts";

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

/** Until here it is red: somebody has to look. */
const LAST_RED = TROUBLES.indexOf("disk");

export interface Finding {
  readonly trouble: Trouble;
  readonly words: string;
}

export interface HostStanding {
  readonly host: string;
  /** The installation's first 8; empty where only the host is known. */
  readonly id: string;
  readonly trouble: Trouble;
  readonly is_red: boolean;
  /** The worst first; never empty. */
  readonly findings: readonly Finding[];
  readonly version: string;
  readonly written_at: string | null;
  readonly seq: number | null;
  readonly equipment: readonly string[];
  readonly unsafe_bytes: number;
  readonly oldest_unsafe_at: string | null;
  readonly runs: Readonly<Record<string, number>>;
}

export interface FleetStanding {
  readonly read_at: string;
  readonly red: number;
  readonly hosts: readonly HostStanding[];
  /** What could not be looked at: computers may be missing. */
  readonly notes: readonly string[];
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
const UNSAFE_MS = DAY_MS;
const DISK_MS = 2 * DAY_MS;

export function fleetStanding(
  { folders, notes }: FoundFleet,
  options: JudgeOptions,
): FleetStanding {
  const retired = new Set(folders.flatMap((folder) => folder.retired).map((n) => n.toLowerCase()));
  const found = byInstallation(folders);
  const judged = [...found.values()].map((one) => judge(one, options));
  const known = new Set([...judged.map(({ host }) => host), ...formerNames(found)].map(fleetHost));
  const all = [...judged, ...vanished(folders, known)];
  // What is out of service is no other's double, and its version is nobody's measure.
  const inService = all.filter((host) => !isRetired(host, retired));
  const others = all.filter((host) => isRetired(host, retired)).map(asRetired);
  const hosts = worstFirst([...withDoubles(withVersions(inService)), ...others]);
  return {
    read_at: options.now.toISOString(),
    red: hosts.filter(({ is_red }) => is_red).length,
    hosts,
    notes,
  };
}

function worstFirst(all: readonly HostStanding[]): HostStanding[] {
  return all.toSorted((a, b) =>
    TROUBLES.indexOf(a.trouble) - TROUBLES.indexOf(b.trouble) ||
    (a.oldest_unsafe_at ?? "9").localeCompare(b.oldest_unsafe_at ?? "9") ||
    a.host.localeCompare(b.host) || a.id.localeCompare(b.id)
  );
}

/** Highest number first: it says of the computer what was said last. */
function judge(found: readonly FoundHeartbeat[], options: JudgeOptions): HostStanding {
  const readings = found.flatMap((one) =>
    one.reading.kind === "heartbeat"
      ? [{ heartbeat: one.reading.heartbeat, changedMs: one.changedMs, path: one.path }]
      : []
  ).toSorted((a, b) => b.heartbeat.seq - a.heartbeat.seq);
  const beats = lastWords(readings.map(({ heartbeat }) => heartbeat));
  const newest = readings[0];
  const old = newest ? ages(newest, options) : [];
  const findings = [
    ...found.flatMap(unread),
    ...old,
    ...(old.length === 0 ? unheard(beats, options) : []),
    ...(newest ? names(readings.map(({ heartbeat }) => heartbeat), options) : []),
    ...beats.flatMap((beat) => itsOwn(beat, options)),
    ...(newest ? disks(newest.heartbeat, options) : []),
  ];
  const first =
    found.find(({ reading }) =>
      reading.kind === "heartbeat" && reading.heartbeat === newest?.heartbeat
    ) ?? found[0]!;
  const head = headOf(first);
  const dash = first.stem.lastIndexOf("-");
  const equipment = beats.flatMap((beat) => beat.equipment);
  const oldest = equipment.flatMap(({ oldest_unsafe_at }) => oldest_unsafe_at ?? []).toSorted()[0];
  return standing({
    host: head?.host ?? first.stem.slice(0, dash),
    id: head?.state_id.slice(0, 8) ?? first.stem.slice(dash + 1),
    findings,
    version: newest?.heartbeat.version ?? "",
    written_at: newest?.heartbeat.written_at ?? null,
    seq: newest?.heartbeat.seq ?? null,
    equipment: equipment.map(({ id }) => id).toSorted(),
    unsafe_bytes: equipment.reduce((sum, { unsafe_bytes }) => sum + unsafe_bytes, 0),
    oldest_unsafe_at: oldest ?? null,
    runs: summed(equipment.map(({ counts }) => counts)),
  });
}

/** The computer lives, and of some of its instruments nothing is heard: their destination is held or away. */
function unheard(beats: readonly Heartbeat[], { now, staleMs }: JudgeOptions): Finding[] {
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
function names(beats: readonly Heartbeat[], { now, staleMs }: JudgeOptions): Finding[] {
  const { host } = beats[0]!;
  const others = beats.filter((beat) => beat.host !== host);
  const isFresh = ({ written_at }: Heartbeat) => now.getTime() - Date.parse(written_at) <= staleMs;
  const [trouble, words] = others.some(isFresh) && isFresh(beats[0]!)
    ? ["twice", "one state is at work on two computers, also"] as const
    : ["renamed", "was called"] as const;
  const called = [...new Set(others.map((beat) => beat.host))].join(", ");
  return called === "" ? [] : [{ trouble, words: `${words} ${called}` }];
}

function standing(of: Omit<HostStanding, "trouble" | "is_red">): HostStanding {
  const findings =
    (of.findings.length > 0
      ? [...of.findings]
      : [{ trouble: "safe" as const, words: safeWords(of) }])
      .toSorted((a, b) => TROUBLES.indexOf(a.trouble) - TROUBLES.indexOf(b.trouble));
  const { trouble } = findings[0]!;
  return { ...of, findings, trouble, is_red: TROUBLES.indexOf(trouble) <= LAST_RED };
}

function safeWords({ oldest_unsafe_at, runs }: Pick<HostStanding, "oldest_unsafe_at" | "runs">) {
  const safe = ["verified", "cleanup_eligible", "cleaned"].reduce((n, s) => n + (runs[s] ?? 0), 0);
  return oldest_unsafe_at === null ? `all safe: ${counted(safe, "run")}` : "on the way";
}

function unread({ reading, path }: FoundHeartbeat): Finding[] {
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

function ages(
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

function itsOwn(beat: Heartbeat, { now }: JudgeOptions): Finding[] {
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

function disks({ disks }: Heartbeat, { now }: JudgeOptions): Finding[] {
  return disks.flatMap(({ root, full_at }) => {
    if (full_at === null || Date.parse(full_at) - now.getTime() > DISK_MS) return [];
    const day = full_at.slice(0, 16).replace("T", " ");
    return [{ trouble: "disk" as const, words: `the disk of ${root} is full on ${day} UTC` }];
  });
}

/** One host name and two installations: a copy, or a PC that was set up anew. */
function withDoubles(hosts: readonly HostStanding[]): HostStanding[] {
  return hosts.map((host) => {
    const others = hosts.filter((one) => one.host === host.host && one.id !== host.id);
    if (others.length === 0) return host;
    const ids = others.map(({ id }) => id).join(", ");
    const words = `two installations are called ${host.host}: ${host.id} and ${ids}`;
    return standing({ ...host, findings: [...troubles(host), { trouble: "twice", words }] });
  });
}

/** What most run is the version; others are told, and are no danger. */
function withVersions(hosts: readonly HostStanding[]): HostStanding[] {
  const counts = new Map<string, number>();
  for (const { version } of hosts) {
    if (version !== "") counts.set(version, (counts.get(version) ?? 0) + 1);
  }
  const usual = [...counts].toSorted((a, b) => b[1] - a[1] || b[0].localeCompare(a[0]))[0]?.[0];
  return hosts.map((host) => {
    if (host.version === "" || host.version === usual) return host;
    const words = `labferry ${host.version}, where most have ${usual}`;
    return standing({ ...host, findings: [...troubles(host), { trouble: "versions", words }] });
  });
}

function troubles({ findings }: HostStanding): Finding[] {
  return findings.filter(({ trouble }) => trouble !== "safe");
}

function vanished(folders: readonly FleetFolder[], known: ReadonlySet<string>): HostStanding[] {
  const hosts = new Set(
    folders.flatMap(({ traces }) => traces).filter((host) => !known.has(fleetHost(host))),
  );
  const words = "vanished: its reports are here, and no heartbeat of it";
  return [...hosts].map((host) =>
    standing({
      host,
      id: "",
      findings: [{ trouble: "vanished", words }],
      version: "",
      written_at: null,
      seq: null,
      equipment: [],
      unsafe_bytes: 0,
      oldest_unsafe_at: null,
      runs: {},
    })
  );
}

function isRetired({ host, id }: HostStanding, retired: ReadonlySet<string>): boolean {
  return [host, `${host}-${id}`].some((name) => retired.has(name.toLowerCase()));
}

/** Somebody has said that it is out of service; damage over there stays damage. */
function asRetired(host: HostStanding): HostStanding {
  const findings = host.findings.filter(({ trouble }) => trouble === "damaged");
  return standing({
    ...host,
    findings: [...findings, { trouble: "retired", words: "out of service" }],
  });
}

function summed(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [state, runs] of all.flatMap((one) => Object.entries(one))) {
    sums[state] = (sums[state] ?? 0) + runs;
  }
  return sums;
}

/** `3 h`, `2 days`: whole units, rounded down. */
export function duration(ms: number): string {
  if (ms < 2 * 60 * MINUTE_MS) return `${Math.floor(ms / MINUTE_MS)} min`;
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / (60 * MINUTE_MS))} h`;
  return `${Math.floor(ms / DAY_MS)} days`;
}
