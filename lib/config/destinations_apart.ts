/**
 * Two equipments never share or nest the bases of their destinations: each must be able
 * to say "this is mine" of everything below its own.
 */
import { isWithinNames, namesOf, overlap } from "../base/mod.ts";
import type { Equipment, TransportSettings } from "./config.ts";
import type { Complaint, KeyPath } from "./problems.ts";

export interface EquipmentAtKey {
  readonly equipment: Equipment;
  /** `["equipment", 3]`. */
  readonly keyPath: KeyPath;
}

export interface ApartOptions {
  /** Windows and macOS fold case in file names. */
  readonly foldsCase: boolean;
  readonly stagingRoot: string | null;
  readonly complain: (complaint: Complaint) => void;
}

export function checkDestinationsApart(
  all: readonly EquipmentAtKey[],
  options: ApartOptions,
): void {
  const fold = (path: string) => options.foldsCase ? path.toLowerCase() : path;
  const sources = new Map<string, string[]>();
  for (const { equipment } of all) sources.set(equipment.localRoot, []);
  if (options.stagingRoot !== null) sources.set(options.stagingRoot, []);
  for (const root of sources.keys()) sources.set(root, names(fold(root)));
  const bases = all.map(({ equipment }) => baseOf(equipment.transport, fold));

  for (const [i, { equipment, keyPath }] of all.entries()) {
    const base = bases[i]!;
    const at = [...keyPath, ...baseKey(equipment)];
    const source = base.host !== "local"
      ? undefined
      : [...sources].find(([, root]) => isWithinNames(base.names, root));
    if (source) {
      options.complain({
        keyPath: at,
        what: `the destination lies inside ${source[0]}, where runs come from`,
      });
    }
    const other = bases.findIndex((earlier, j) =>
      j < i && earlier.host === base.host && overlap(earlier.names, base.names)
    );
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

interface Base {
  /** Bases on different hosts never meet, as far as can be seen from here. */
  readonly host: string;
  readonly names: readonly string[];
}

function baseOf(transport: TransportSettings, fold: (path: string) => string): Base {
  switch (transport.type) {
    case "mount":
      return { host: "local", names: names(fold(transport.path)) };
    case "rclone":
      return { host: `rclone:${transport.remote}`, names: names(transport.remotePath) };
    case "rsync_ssh": {
      // Another user of the same host still sees the same folders.
      const host = transport.target.slice(transport.target.lastIndexOf("@") + 1).toLowerCase();
      return { host: `ssh:${host}:${transport.port}`, names: names(transport.remotePath) };
    }
  }
}

/** A configuration may be written for Windows and read elsewhere. */
function names(path: string): string[] {
  return namesOf(path, /[/\\]/);
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
