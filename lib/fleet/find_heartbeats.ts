/** Every heartbeat below the folders that somebody named, read and not judged. */
import { join } from "node:path";
import { compareUtf8, LabferryError, messageOf } from "../base/mod.ts";
import { entriesOf, isThere, lstatOrNull, readOrNull, statOrNull } from "../disk/mod.ts";
import { FLEET_DIR, fleetHost, type HeartbeatReading, readHeartbeat } from "./heartbeat.ts";

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

/** A place that could not be looked at, or only in part: computers may be missing from what was found. */
export interface UnreadPlace {
  readonly path: string;
  readonly why: string;
}

export interface FoundFleet {
  readonly folders: readonly FleetFolder[];
  readonly unread: readonly UnreadPlace[];
}

/** Bases lie at most so deep below what is named: `/srv/lab/<room>/<instrument>`. */
const MOST_DEPTH = 2;
const MOST_FOLDERS = 10_000;
const LARGEST_BYTES = 4 * 1024 * 1024;
const RETIRED = ".retired";
/** A file system's or a NAS's own, which its administrator alone may look into; in lower case. */
const NEVER_BASES: ReadonlySet<string> = new Set([
  ...["lost+found", "system volume information", "$recycle.bin"],
  ...["@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot"],
]);

/**
 * A folder may be a base, a `.labferry-fleet` itself, or lie above bases. Below a base nothing is looked
 * for: there are the runs. A file among them (a shell's `*` names it too) holds no heartbeat.
 *
 * @throws LabferryError `not_found` where there is no heartbeat: a share that is not mounted is no calm
 */
export async function findHeartbeats(folders: readonly string[]): Promise<FoundFleet> {
  const found: FleetFolder[] = [];
  const unread: UnreadPlace[] = [];
  for (const folder of folders) {
    const stat = await orUnread({ unread, path: folder }, statOrNull);
    if (stat?.isFile) continue;
    const places = stat ? await fleetFolders(folder, unread) : [];
    const read = await Promise.all(
      places.map((path) => orUnread({ unread, path }, (place) => readFolder(place, unread))),
    );
    found.push(...read.filter((one) => one !== null));
    if (places.length > 0 || unread.some(({ path }) => path === folder)) continue;
    const why = stat
      ? `there is no ${FLEET_DIR} in it, nor in the folders of it`
      : "it is not there";
    unread.push({ path: folder, why: `${why}: is the share mounted?` });
  }
  unread.sort((a, b) => compareUtf8(a.path, b.path));
  if (found.some(({ heartbeats, traces }) => heartbeats.length + traces.length > 0)) {
    return { folders: found, unread };
  }
  const path = unread[0]?.path ?? found[0]?.path ?? folders[0]!;
  throw new LabferryError("not_found", `No labferry has left a heartbeat below ${path}`, {
    path,
    why: unread[0]?.why ?? "there is none in it",
    hint: "see that the share is mounted, and name the bases of the destinations",
  });
}

interface Looking {
  readonly unread: UnreadPlace[];
  readonly path: string;
}

/** One place that this account may not look into is said, and takes none of the others with it. */
async function orUnread<T>(
  { unread, path }: Looking,
  look: (path: string) => Promise<T>,
): Promise<T | null> {
  try {
    return await look(path);
  } catch (error) {
    unread.push({ path, why: messageOf(error) });
    return null;
  }
}

async function fleetFolders(folder: string, unread: UnreadPlace[]): Promise<string[]> {
  if (/(^|[/\\])\.labferry-fleet[/\\]*$/.test(folder)) return [folder];
  const found: string[] = [];
  let left = MOST_FOLDERS;
  let level = [folder];
  for (let depth = 0; depth <= MOST_DEPTH && level.length > 0; depth++) {
    const below: string[] = [];
    for (const place of level) {
      if (left-- <= 0) {
        const why = `there are more than ${MOST_FOLDERS} folders below it: the rest was left out`;
        unread.push({ path: folder, why });
        return found;
      }
      const inside = await orUnread({ unread, path: place }, (path) => foldersIn(path, unread));
      if (inside === null) continue;
      const fleet = join(place, FLEET_DIR);
      const isBase = await orUnread({ unread, path: fleet }, isThere);
      if (isBase) found.push(fleet);
      else if (isBase === false && depth < MOST_DEPTH) below.push(...inside);
    }
    level = below;
  }
  return found;
}

/** A link that leads to a folder is one: a share may be made of volumes. */
async function foldersIn(place: string, unread: UnreadPlace[]): Promise<string[]> {
  const entries = (await entriesOf(place)).filter(({ name }) => mayBeBase(name));
  const folders = entries.filter(({ isDirectory }) => isDirectory);
  for (const link of entries.filter(({ isSymlink }) => isSymlink)) {
    const leadsTo = await orUnread({ unread, path: join(place, link.name) }, statOrNull);
    if (leadsTo?.isDirectory) folders.push(link);
  }
  return folders.map(({ name }) => join(place, name)).toSorted();
}

function mayBeBase(name: string): boolean {
  return !name.startsWith(".") && !NEVER_BASES.has(name.toLowerCase());
}

async function readFolder(path: string, unread: UnreadPlace[]): Promise<FleetFolder> {
  const entries = await entriesOf(path);
  const names = entries.filter(({ isFile }) => isFile).map(({ name }) => name).toSorted();
  // Whatever is called like one is one, or is said: a link or a pipe in its place is no calm.
  const stems = entries.map(({ name }) => name).filter((name) => /^[^.].*-[^.]+\.json$/.test(name))
    .toSorted();
  const heartbeats = await Promise.all(stems.map((name) => readOne(path, name)));
  // A host whose heartbeat lies beside its folder is heard of: nobody has to look into that.
  const heard = new Set(stems.map((name) => fleetHost(name.slice(0, name.lastIndexOf("-")))));
  const strange = entries.filter(({ name, isDirectory }) =>
    isDirectory && name !== "sessions" && !NEVER_BASES.has(name.toLowerCase()) &&
    !heard.has(fleetHost(name))
  );
  const traces: string[] = [];
  for (const { name } of strange) {
    const isOne = await orUnread({ unread, path: join(path, name) }, hasLeftSomething);
    if (isOne) traces.push(name);
  }
  return {
    path,
    heartbeats: heartbeats.filter((one) => one !== null),
    traces: traces.toSorted(),
    // A share may keep names in capitals.
    retired: names.filter((name) => name.toLowerCase().endsWith(RETIRED)).map((name) =>
      name.slice(0, -RETIRED.length)
    ),
  };
}

/** People make folders here too: only what holds what a host leaves is one. */
async function hasLeftSomething(folder: string): Promise<boolean> {
  const left = await entriesOf(folder);
  return left.some(({ name }) => name === "reports" || name.startsWith("drills-"));
}

/** Null for one that went away meanwhile. */
async function readOne(folder: string, name: string): Promise<FoundHeartbeat | null> {
  const path = join(folder, name);
  const stem = name.slice(0, -".json".length);
  let changedMs: number | null = null;
  try {
    const stat = await lstatOrNull(path);
    if (stat === null) return null;
    changedMs = stat.mtime?.getTime() ?? null;
    if (!stat.isFile) {
      const why = stat.isSymlink ? "it is a link, and links are never followed" : "it is no file";
      return { path, stem, reading: { kind: "unreadable", why }, changedMs };
    }
    if (stat.size > LARGEST_BYTES) {
      const reading = { kind: "unreadable", why: "it is larger than any heartbeat" } as const;
      return { path, stem, reading, changedMs };
    }
    const bytes = await readOrNull(path);
    return bytes === null ? null : { path, stem, reading: readHeartbeat(bytes), changedMs };
  } catch (error) {
    return { path, stem, reading: { kind: "unreadable", why: messageOf(error) }, changedMs };
  }
}
