/** How each PC of a fleet stands, worst first: pure, from what was read and what time it is. */
import { counted } from "../base/mod.ts";
import type { FleetFolder, FoundFleet, FoundHeartbeat, UnreadPlace } from "./find_heartbeats.ts";
import {
  ages,
  disks,
  type Finding,
  isRed,
  itsOwn,
  type JudgeOptions,
  names,
  type Trouble,
  TROUBLES,
  unheard,
  unreadable,
} from "./findings.ts";
import { fleetHost } from "./heartbeat.ts";
import { byInstallation, formerNames, headOf, lastWords } from "./installations.ts";

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
  /** What could not be looked at: computers may be missing, and nobody knows how they stand. */
  readonly unread: readonly UnreadPlace[];
  /** The same in words. */
  readonly notes: readonly string[];
}

export function fleetStanding(
  { folders, unread }: FoundFleet,
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
    unread,
    notes: unread.map(({ path, why }) => `${path} could not be looked at: ${why}`),
  };
}

/** The answer to "is all well?": what nobody could read is not. */
export function fleetWords({ hosts, red, unread }: FleetStanding): string {
  const all = counted(hosts.length, "computer");
  const how = red === 0 ? `${all}, nothing is red` : `${all}, ${red} red`;
  if (unread.length === 0) return `${how}.`;
  return `${how} of what could be read; ${counted(unread.length, "place")} could not.`;
}

export function isCalm({ red, unread }: FleetStanding): boolean {
  return red === 0 && unread.length === 0;
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
    ...found.flatMap(unreadable),
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

function standing(of: Omit<HostStanding, "trouble" | "is_red">): HostStanding {
  const findings =
    (of.findings.length > 0
      ? [...of.findings]
      : [{ trouble: "safe" as const, words: safeWords(of) }])
      .toSorted((a, b) => TROUBLES.indexOf(a.trouble) - TROUBLES.indexOf(b.trouble));
  const { trouble } = findings[0]!;
  return { ...of, findings, trouble, is_red: isRed(trouble) };
}

function safeWords(
  { equipment, oldest_unsafe_at, unsafe_bytes, runs }: Omit<HostStanding, "trouble" | "is_red">,
): string {
  if (equipment.length === 0) return "it has no instrument";
  const safe = ["verified", "cleanup_eligible", "cleaned"].reduce((n, s) => n + (runs[s] ?? 0), 0);
  return isOnTheWay({ oldest_unsafe_at, unsafe_bytes })
    ? "on the way"
    : `all safe: ${counted(safe, "run")}`;
}

/** Something of it is not safe yet. */
export function isOnTheWay(
  { oldest_unsafe_at, unsafe_bytes }: Pick<HostStanding, "oldest_unsafe_at" | "unsafe_bytes">,
): boolean {
  return oldest_unsafe_at !== null || unsafe_bytes > 0;
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

/** The names are another computer's: `__proto__` is one as any. */
function summed(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [state, runs] of all.flatMap((one) => Object.entries(one))) {
    sums.set(state, (sums.get(state) ?? 0) + runs);
  }
  return Object.fromEntries(sums);
}
