/**
 * A heartbeat: what one labferry says of itself beside its data, `<base>/.labferry-fleet/<host>-<8 of
 * id>.json` (docs/formats.md). It is read years later by another version, from a share on which
 * anything may have been cut off, so reading it never trusts more than it has seen.
 */
import { decodeUtf8, encodeUtf8 } from "../base/mod.ts";

/** Of the file; a reader that meets a newer one says so and shows what it can. */
export const HEARTBEAT_SCHEMA = 1;
export const FLEET_DIR = ".labferry-fleet";
/** `rules.md` of the format: so many runs that need a person are named. */
export const MOST_NEEDING = 20;

export interface HeartbeatEquipment {
  readonly id: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly held: Readonly<Record<string, number>>;
  readonly unsafe_bytes: number;
  /** ISO 8601; null when all is proven. */
  readonly oldest_unsafe_at: string | null;
  readonly last_seen_at: string | null;
  readonly last_proven_at: string | null;
  readonly far_damaged_files: number;
  readonly paused: boolean;
}

export interface HeartbeatDestination {
  readonly name: string;
  readonly up: boolean;
  readonly since: string | null;
  readonly reason: string | null;
}

export interface HeartbeatDisk {
  readonly root: string;
  /** Bytes. */
  readonly size: number;
  readonly free: number;
  readonly full_at: string | null;
}

/** A run that waits for a person; no file of it is named. */
export interface HeartbeatNeed {
  readonly equipment: string;
  /** Below the base. */
  readonly run: string;
  /** The failure's code, the alarm's, or `gate`. */
  readonly code: string;
}

export interface HeartbeatReport {
  readonly id: string;
  readonly seq: number;
  readonly hash: string;
}

export interface Heartbeat {
  readonly schema: number;
  readonly host: string;
  /** The installation's id. */
  readonly state_id: string;
  /** Of the start of the service that wrote it; tells two services with one id apart. */
  readonly nonce: string;
  /** A service of the same id and another nonce was met: neither sends or deletes. */
  readonly twice: boolean;
  readonly version: string;
  readonly os: string;
  readonly written_at: string;
  /** Goes up with each heartbeat of an installation, whatever its clock does. */
  readonly seq: number;
  readonly uptime_s: number;
  readonly config_sha256: string | null;
  readonly equipment: readonly HeartbeatEquipment[];
  readonly destinations: readonly HeartbeatDestination[];
  readonly disks: readonly HeartbeatDisk[];
  readonly report_heads: readonly HeartbeatReport[];
  readonly needs_person: readonly HeartbeatNeed[];
}

/** What every version of the file has. */
export type HeartbeatHead = Pick<Heartbeat, "schema" | "host" | "state_id" | "nonce" | "seq">;

/** `flow-pc-1c9d22e0`: of both files of one labferry; whatever a host is called, it is a file's name. */
export function heartbeatStem({ host, state_id }: Pick<Heartbeat, "host" | "state_id">): string {
  return `${host}-${state_id.slice(0, 8)}`;
}

/** Short and in lower case, as folders and files of a host are named. */
export function fleetHost(hostName: string): string {
  return hostName.split(".")[0]!.toLowerCase().replace(/[^a-z0-9_-]/g, "-") || "host";
}

export function heartbeatBytes(heartbeat: Heartbeat): Uint8Array {
  return encodeUtf8(`${JSON.stringify(heartbeat, null, 1)}\n`);
}

export type HeartbeatReading =
  | { readonly kind: "heartbeat"; readonly heartbeat: Heartbeat }
  /** A newer labferry's: its head alone is understood. */
  | { readonly kind: "newer"; readonly head: HeartbeatHead }
  | { readonly kind: "unreadable"; readonly why: string };

/** Never throws: a torn file is a reading too. */
export function readHeartbeat(bytes: Uint8Array): HeartbeatReading {
  const value = valueOf(bytes);
  if (value === null) return { kind: "unreadable", why: "it is torn, or no JSON" };
  const head = headOf(value);
  if (head === null) return { kind: "unreadable", why: "it is not a heartbeat" };
  if (head.schema > HEARTBEAT_SCHEMA) return { kind: "newer", head };
  const writtenAt = instantOf(value["written_at"]);
  if (writtenAt === null) return { kind: "unreadable", why: "it does not say when it was written" };
  const fault = faultOf(value);
  if (fault !== null) return { kind: "unreadable", why: `missing or wrong in it: ${fault}` };
  return {
    kind: "heartbeat",
    heartbeat: {
      ...head,
      twice: value["twice"] === true,
      version: textOf(value["version"]) ?? "",
      os: textOf(value["os"]) ?? "",
      written_at: writtenAt,
      uptime_s: numberOf(value["uptime_s"]),
      config_sha256: textOf(value["config_sha256"]),
      equipment: listOf(value["equipment"]).map(equipmentOf),
      destinations: listOf(value["destinations"]).map(destinationOf),
      disks: listOf(value["disks"]).map(diskOf),
      report_heads: listOf(value["report_heads"]).map((one) => ({
        id: textOf(one["id"]) ?? "",
        seq: numberOf(one["seq"]),
        hash: textOf(one["hash"]) ?? "",
      })),
      needs_person: listOf(value["needs_person"]).slice(0, MOST_NEEDING).map((one) => ({
        equipment: textOf(one["equipment"]) ?? "",
        run: textOf(one["run"]) ?? "",
        code: textOf(one["code"]) ?? "",
      })),
    },
  };
}

/** Of a file that may be a newer labferry's; null for what is no heartbeat. */
export function readHead(bytes: Uint8Array): HeartbeatHead | null {
  const value = valueOf(bytes);
  return value === null ? null : headOf(value);
}

type Fields = Readonly<Record<string, unknown>>;

/** More than any labferry has; whoever writes more has something else in mind. */
const MOST_LISTED = 1_000;
const LONGEST_TEXT = 500;
/** A host's name has 63 characters at most, an id 36. */
const LONGEST_NAME = 100;
/** There are a dozen states and holds. */
const MOST_COUNTED = 100;

function valueOf(bytes: Uint8Array): Fields | null {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes));
    return fieldsOf(value);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function headOf(value: Fields): HeartbeatHead | null {
  const { schema, host, state_id: id, nonce, seq } = value;
  if (typeof schema !== "number" || typeof host !== "string" || typeof id !== "string") return null;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || id.length < 8) return null;
  // They tell computers apart, so that none of them is cut.
  if (host.length > LONGEST_NAME || id.length > LONGEST_NAME) return null;
  return { schema, host, state_id: id, nonce: textOf(nonce) ?? "", seq };
}

/**
 * What decides whether all is safe has to be there as labferry writes it: of a field that is missing or
 * odd nothing is known, and that is neither 0 nor calm. Null when all of it is.
 */
function faultOf(value: Fields): string | null {
  const { equipment, destinations, needs_person: needs } = value;
  for (const [name, list] of Object.entries({ equipment, destinations, needs_person: needs })) {
    if (!Array.isArray(list) || list.some((one) => fieldsOf(one) === null)) return name;
  }
  for (const one of equipment as Fields[]) {
    const at = `equipment ${textOf(one["id"]) ?? ""}`.trimEnd();
    const counts = fieldsOf(one["counts"]);
    if (counts === null || !Object.values(counts).every(isAmount)) return `${at}: counts`;
    for (const name of ["unsafe_bytes", "far_damaged_files"]) {
      if (!isAmount(one[name])) return `${at}: ${name}`;
    }
    const oldest = one["oldest_unsafe_at"];
    if (oldest !== null && instantOf(oldest) === null) return `${at}: oldest_unsafe_at`;
  }
  const isKnown = (one: Fields) => typeof one["up"] === "boolean";
  return (destinations as Fields[]).every(isKnown) ? null : "destinations: up";
}

function isAmount(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function equipmentOf(one: Fields): HeartbeatEquipment {
  return {
    id: textOf(one["id"]) ?? "",
    counts: numbersOf(one["counts"]),
    held: numbersOf(one["held"]),
    unsafe_bytes: numberOf(one["unsafe_bytes"]),
    oldest_unsafe_at: instantOf(one["oldest_unsafe_at"]),
    last_seen_at: instantOf(one["last_seen_at"]),
    last_proven_at: instantOf(one["last_proven_at"]),
    far_damaged_files: numberOf(one["far_damaged_files"]),
    paused: one["paused"] === true,
  };
}

function destinationOf(one: Fields): HeartbeatDestination {
  return {
    name: textOf(one["name"]) ?? "",
    up: one["up"] !== false,
    since: instantOf(one["since"]),
    reason: textOf(one["reason"]),
  };
}

function diskOf(one: Fields): HeartbeatDisk {
  return {
    root: textOf(one["root"]) ?? "",
    size: numberOf(one["size"]),
    free: numberOf(one["free"]),
    full_at: instantOf(one["full_at"]),
  };
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Fields
    : null;
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value)
    ? value.slice(0, MOST_LISTED).map(fieldsOf).filter((one) => one !== null)
    : [];
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value.slice(0, LONGEST_TEXT) : null;
}

function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function numbersOf(value: unknown): Record<string, number> {
  const counts = Object.entries(fieldsOf(value) ?? {}).filter(([name, count]) =>
    name.length <= LONGEST_NAME && typeof count === "number" && Number.isFinite(count)
  );
  return Object.fromEntries(counts.slice(0, MOST_COUNTED)) as Record<string, number>;
}

/** As labferry writes it: a date may have a comment as long as a file. */
function instantOf(value: unknown): string | null {
  const ms = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
