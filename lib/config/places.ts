/**
 * Destinations as places, so that two equipments never share or nest their bases: each must be able
 * to say "this is mine" of everything below its own.
 */
import type { Equipment, TransportSettings } from "./config.ts";
import type { Complaint, KeyPath } from "./problems.ts";

export interface PlacedEquipment {
  readonly equipment: Equipment;
  /** `["equipment", 3]`. */
  readonly keyPath: KeyPath;
}

export interface PlaceOptions {
  /** Windows and macOS fold case in file names. */
  readonly foldsCase: boolean;
  readonly stagingRoot: string | null;
  readonly complain: (complaint: Complaint) => void;
}

export function checkPlaces(all: readonly PlacedEquipment[], options: PlaceOptions): void {
  const fold = (path: string) => options.foldsCase ? path.toLowerCase() : path;
  const sources = new Map<string, string[]>();
  for (const { equipment } of all) sources.set(equipment.localRoot, []);
  if (options.stagingRoot !== null) sources.set(options.stagingRoot, []);
  for (const root of sources.keys()) sources.set(root, segments(fold(root)));
  const places = all.map(({ equipment }) => placeOf(equipment.transport, fold));

  for (const [i, { equipment, keyPath }] of all.entries()) {
    const place = places[i]!;
    const at = [...keyPath, ...baseKey(equipment)];
    const source = place.host !== "local"
      ? undefined
      : [...sources].find(([, root]) => isWithin(place.segments, root));
    if (source) {
      options.complain({
        keyPath: at,
        what: `the destination lies inside ${source[0]}, where runs come from`,
      });
    }
    const other = places.findIndex((earlier, j) => j < i && overlaps(earlier, place));
    if (other >= 0) {
      const { equipment: owner } = all[other]!;
      options.complain({
        keyPath: at,
        what: `the destination is the same as, or nested with, that of ${owner.id}`,
        hint: `give each equipment a folder of its own, such as …/${equipment.id}`,
      });
    }
  }
}

interface Place {
  /** Places on different hosts never meet, as far as can be told from here. */
  readonly host: string;
  readonly segments: readonly string[];
}

function placeOf(transport: TransportSettings, fold: (path: string) => string): Place {
  switch (transport.type) {
    case "mount":
      return { host: "local", segments: segments(fold(transport.path)) };
    case "rclone":
      return { host: `rclone:${transport.remote}`, segments: segments(transport.remotePath) };
    case "rsync_ssh": {
      // Another user of the same host still sees the same folders.
      const host = transport.target.slice(transport.target.lastIndexOf("@") + 1).toLowerCase();
      return { host: `ssh:${host}:${transport.port}`, segments: segments(transport.remotePath) };
    }
  }
}

function segments(path: string): string[] {
  const result: string[] = [];
  for (const part of path.split(/[/\\]/)) {
    if (part === "..") result.pop();
    else if (part !== "" && part !== ".") result.push(part);
  }
  return result;
}

function overlaps(a: Place, b: Place): boolean {
  return a.host === b.host &&
    (isWithin(a.segments, b.segments) || isWithin(b.segments, a.segments));
}

function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  return outer.every((part, i) => inner[i] === part);
}

/** The key a person has to change. */
function baseKey(equipment: Equipment): KeyPath {
  if (equipment.syncMode === "stage") return ["orchestrator_staging_transport", "mount_point"];
  switch (equipment.transport.type) {
    case "mount":
      return ["transport", "path"];
    case "rclone":
      return ["transport", "rclone_remote_path"];
    case "rsync_ssh":
      return ["transport", "remote_path"];
  }
}
