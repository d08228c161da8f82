/**
 * What stands behind a remote: its type, with aliases followed to what they name. Read from
 * `rclone config dump`, of which only the few keys below are kept: the rest holds secrets.
 */
import { isAbsolute } from "node:path";
import { pathBelow } from "../tool/far_path.ts";
import { parseRemote, type RemoteAddress } from "./remote_address.ts";

/** A section of rclone's configuration, reduced to what is needed here. */
export interface RemoteSection {
  readonly type: string | null;
  /** What an alias or a wrapper stands before. */
  readonly wrapped: readonly string[];
  /** For sftp: whether the server's host key is checked at all. */
  readonly checksHostKey: boolean;
}

export interface Backend {
  /** Null when neither the configuration nor the environment says. */
  readonly type: string | null;
  /** Named by an alias: options in the address do not reach it. */
  readonly isAlias: boolean;
  /** The folder on this machine, for `local`. */
  readonly localPath: string | null;
  /** The folders of this machine that hold it in the end, also under wrappers; null for any other. */
  readonly localDisks: readonly string[] | null;
  /** Types of everything a wrapper stands before, however deep. */
  readonly wrappedTypes: ReadonlySet<string>;
  /** False for an sftp remote without known hosts: rclone then takes any server for the right one. */
  readonly checksHostKey: boolean;
}

/** Aliases of aliases end here; rclone itself would loop. */
const MAX_DEPTH = 8;

export function resolveBackend(
  address: RemoteAddress,
  sections: ReadonlyMap<string, RemoteSection>,
  depth = 0,
): Backend {
  const section = sectionOf(address, sections);
  if (section.type === "alias" && depth < MAX_DEPTH && section.wrapped[0] !== undefined) {
    const named = resolveBackend(within(section.wrapped[0], address.path), sections, depth + 1);
    return { ...named, isAlias: true };
  }
  const wrappedTypes = new Set<string>();
  const disks: (readonly string[] | null)[] = [];
  for (const inner of depth < MAX_DEPTH ? section.wrapped : []) {
    const backend = resolveBackend(within(inner, ""), sections, depth + 1);
    disks.push(backend.localDisks);
    if (backend.type) wrappedTypes.add(backend.type);
    for (const type of backend.wrappedTypes) wrappedTypes.add(type);
  }
  const localPath = section.type === "local" ? address.path : null;
  return {
    type: section.type,
    isAlias: false,
    localPath,
    localDisks: localPath !== null ? [localPath] : allLocal(section.type, disks),
    wrappedTypes,
    checksHostKey: section.type !== "sftp" || section.checksHostKey,
  };
}

/** A cache may keep back what it was given. */
function allLocal(
  type: string | null,
  disks: readonly (readonly string[] | null)[],
): readonly string[] | null {
  const found = disks.filter((disk) => disk !== null);
  const isWhole = found.length > 0 && found.length === disks.length;
  return isWhole && type !== "cache" ? found.flat() : null;
}

/** The sections of `rclone config dump`, without what nobody here needs. */
export function readConfigDump(dump: unknown): Map<string, RemoteSection> {
  const sections = new Map<string, RemoteSection>();
  if (typeof dump !== "object" || dump === null) return sections;
  for (const [name, raw] of Object.entries(dump)) {
    if (typeof raw !== "object" || raw === null) continue;
    const options = new Map<string, string>();
    for (const [key, value] of Object.entries(raw)) options.set(key, String(value));
    sections.set(name, reduce(options.get("type") ?? null, options));
  }
  return sections;
}

/** Options in the address win over the environment's, those over the configuration's. */
function sectionOf(
  address: RemoteAddress,
  sections: ReadonlyMap<string, RemoteSection>,
): RemoteSection {
  const known = address.name === null ? undefined : sections.get(address.name);
  const options = new Map([...environmentOptions(address.name), ...address.options]);
  const own = reduce(address.type ?? options.get("type") ?? null, options);
  return {
    type: own.type ?? known?.type ?? null,
    wrapped: own.wrapped.length > 0 ? own.wrapped : known?.wrapped ?? [],
    checksHostKey: own.checksHostKey || (known?.checksHostKey ?? false),
  };
}

/** `RCLONE_CONFIG_<NAME>_<OPTION>`, https://rclone.org/docs/#config-file */
function environmentOptions(name: string | null): Map<string, string> {
  const options = new Map<string, string>();
  if (name === null) return options;
  for (const key of ["type", "remote", "upstreams", "known_hosts_file", "host_keys"]) {
    const value = Deno.env.get(`RCLONE_CONFIG_${name.toUpperCase()}_${key.toUpperCase()}`);
    if (value !== undefined) options.set(key, value);
  }
  return options;
}

function reduce(type: string | null, options: ReadonlyMap<string, string>): RemoteSection {
  const knownHosts = options.get("known_hosts_file") ?? "";
  return {
    type,
    wrapped: [
      ...(options.has("remote") ? [options.get("remote")!] : []),
      ...upstreams(options.get("upstreams") ?? ""),
    ],
    checksHostKey: (knownHosts !== "" && knownHosts !== "none") ||
      (options.get("host_keys") ?? "") !== "",
  };
}

/** `a:x "b:y z":ro` of a union, `name=a:x` of a combine. */
function upstreams(text: string): string[] {
  return (text.match(/(?:"[^"]*"|[^\s"])+/g) ?? [])
    .map((item) => item.replaceAll('"', "").replace(/:(ro|nc|writeback)$/, ""))
    .map((item) => item.replace(/^[^:=/]+=/, ""));
}

/** What a wrapper names: another remote, or a folder of this machine. */
function within(remote: string, path: string): RemoteAddress {
  const isFolder = isAbsolute(remote) || remote.startsWith(".") || !remote.includes(":");
  const address = isFolder
    ? { name: null, type: "local", options: new Map(), prefix: ":local:", path: remote }
    : parseRemote(remote);
  return { ...address, path: pathBelow(address.path, path.replace(/^\/+/, "")) };
}
