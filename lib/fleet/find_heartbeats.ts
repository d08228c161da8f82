/** Every heartbeat below the folders that somebody named, read and not judged. */
import { join } from "node:path";
import { LabferryError, messageOf } from "../base/mod.ts";
import { entriesOf, isThere, lstatOrNull, readOrNull } from "../disk/mod.ts";
import { FLEET_DIR, type HeartbeatReading, readHeartbeat } from "./heartbeat.ts";

export interface FoundHeartbeat {
  readonly path: string;
  /** The file's name without `.json`. */
  readonly stem: string;
  readonly reading: HeartbeatReading;
  /** When the far side says that it was written; null where nobody says. */
  readonly changedMs: number | null;
}

export interface FleetFolder {
  /** `…/.labferry-fleet`. */
  readonly path: string;
  readonly heartbeats: readonly FoundHeartbeat[];
  /** Hosts that have left something else here: their reports, their drills. */
  readonly traces: readonly string[];
  /** Stems or hosts that a person has taken out of service: `<name>.retired`. */
  readonly retired: readonly string[];
}

export interface FoundFleet {
  readonly folders: readonly FleetFolder[];
  /** What could not be looked at, in words: computers may be missing. */
  readonly notes: readonly string[];
}

/** Bases lie at most so deep below what is named: `/srv/lab/<room>/<instrument>`. */
const MOST_DEPTH = 2;
const MOST_FOLDERS = 10_000;
const LARGEST_BYTES = 4 * 1024 * 1024;
const RETIRED = ".retired";

/**
 * A folder may be a base, a `.labferry-fleet` itself, or lie above bases. Below a base nothing is looked
 * for: there are the runs.
 *
 * @throws LabferryError `not_found` where there is no heartbeat: a share that is not mounted is no calm
 */
export async function findHeartbeats(folders: readonly string[]): Promise<FoundFleet> {
  const found: FleetFolder[] = [];
  const notes: string[] = [];
  for (const folder of folders) {
    const places = await fleetFolders(folder, notes);
    const read = await Promise.all(
      places.map((place) => orNote({ notes, path: place }, readFolder)),
    );
    const readable = read.filter((one) => one !== null);
    if (readable.length === 0) {
      throw new LabferryError("not_found", `No labferry has left a heartbeat below ${folder}`, {
        path: folder,
        why: notes[0] ?? `there is no ${FLEET_DIR} in it, nor in the folders of it`,
        hint: "see that the share is mounted, and name the bases of the destinations",
      });
    }
    found.push(...readable);
  }
  return { folders: found, notes };
}

/** One place that this account may not look into is said, and takes none of the others with it. */
async function orNote<T>(
  { notes, path }: { readonly notes: string[]; readonly path: string },
  look: (path: string) => Promise<T>,
): Promise<T | null> {
  try {
    return await look(path);
  } catch (error) {
    notes.push(`${path} could not be looked at: ${messageOf(error)}`);
    return null;
  }
}

async function fleetFolders(folder: string, notes: string[]): Promise<string[]> {
  if (!await isThere(folder)) return [];
  if (/(^|[/\\])\.labferry-fleet[/\\]*$/.test(folder)) return [folder];
  const found: string[] = [];
  let left = MOST_FOLDERS;
  let level = [folder];
  for (let depth = 0; depth <= MOST_DEPTH && level.length > 0; depth++) {
    const below: string[] = [];
    for (const place of level) {
      if (left-- <= 0) {
        notes.push(
          `below ${folder} are more than ${MOST_FOLDERS} folders: the rest was not looked at`,
        );
        return found;
      }
      const inside = await orNote({ notes, path: place }, foldersIn);
      if (inside === null) continue;
      const fleet = join(place, FLEET_DIR);
      if (await isThere(fleet)) found.push(fleet);
      else if (depth < MOST_DEPTH) below.push(...inside);
    }
    level = below;
  }
  return found;
}

async function foldersIn(place: string): Promise<string[]> {
  const entries = await entriesOf(place);
  return entries.filter(({ name, isDirectory }) => isDirectory && !name.startsWith("."))
    .map(({ name }) => join(place, name)).toSorted();
}

async function readFolder(path: string): Promise<FleetFolder> {
  const entries = await entriesOf(path);
  const names = entries.filter(({ isFile }) => isFile).map(({ name }) => name).toSorted();
  const heartbeats = await Promise.all(
    names.filter((name) => /^[^.].*-[^.]+\.json$/.test(name)).map((name) => readOne(path, name)),
  );
  return {
    path,
    heartbeats: heartbeats.filter((one) => one !== null),
    traces: await tracesIn(path, entries),
    retired: names.filter((name) => name.endsWith(RETIRED)).map((name) =>
      name.slice(0, -RETIRED.length)
    ),
  };
}

/** A NAS makes folders of its own here, such as `@eaDir`: only what holds what a host leaves is one. */
async function tracesIn(path: string, entries: readonly Deno.DirEntry[]): Promise<string[]> {
  const traces: string[] = [];
  for (const { name, isDirectory } of entries) {
    if (!isDirectory || name === "sessions") continue;
    const left = await entriesOf(join(path, name)).catch(() => []);
    if (left.some((one) => one.name === "reports" || one.name.startsWith("drills-"))) {
      traces.push(name);
    }
  }
  return traces.toSorted();
}

/** Null for one that went away meanwhile. */
async function readOne(folder: string, name: string): Promise<FoundHeartbeat | null> {
  const path = join(folder, name);
  const stem = name.slice(0, -".json".length);
  const stat = await lstatOrNull(path);
  if (stat === null) return null;
  const changedMs = stat.mtime?.getTime() ?? null;
  if (stat.size > LARGEST_BYTES) {
    const reading = { kind: "unreadable", why: "it is larger than any heartbeat" } as const;
    return { path, stem, reading, changedMs };
  }
  try {
    const bytes = await readOrNull(path);
    return bytes === null ? null : { path, stem, reading: readHeartbeat(bytes), changedMs };
  } catch (error) {
    return { path, stem, reading: { kind: "unreadable", why: messageOf(error) }, changedMs };
  }
}
