/**
 * When `ship` may make and mark a folder that nobody has used. An unmounted share looks like an
 * empty folder or like none, and what is written there fills the disk below instead of the NAS.
 */
import { resolve } from "node:path";
import { basesOverlap } from "./base_overlap.ts";
import { bounded } from "./bounded.ts";
import type { FarSession } from "./contract.ts";
import type { KnownDestinations } from "./known_destinations.ts";
import { type MountTableFiles, unmountedAncestor } from "./mount_table.ts";

const ANSWER_MS = 30_000;

export type FolderLeave =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly why: string; readonly hint: string };

export interface MayCreateOptions extends MountTableFiles {
  readonly known: KnownDestinations;
  readonly signal?: AbortSignal;
}

/**
 * Allowed only when this state directory never knew the address (or one above or below it), is
 * certain of that, and no folder above is an entry of the system's mount table that is not mounted.
 */
export async function mayCreateFolder(
  path: string,
  options: MayCreateOptions,
): Promise<FolderLeave> {
  const folder = resolve(path);
  const { destinations, lost } = await options.known.read();
  for (const [address, { uuid }] of destinations) {
    if (!basesOverlap(address, folder)) continue;
    return {
      allowed: false,
      why: `${address} is a destination this computer knows (${uuid})`,
      hint: "Mount it and try again; a second destination goes beside it, not above or below it.",
    };
  }
  if (lost !== null) {
    return {
      allowed: false,
      why: `whether ${folder} was a destination before is uncertain: ${lost}`,
      hint: "Make the folder yourself if it is the right place, and try again.",
    };
  }
  const point = await bounded(() => unmountedAncestor(folder, options), {
    address: folder,
    limitMs: ANSWER_MS,
    signal: options.signal ?? new AbortController().signal,
  });
  if (point === null) return { allowed: true };
  return {
    allowed: false,
    why: `${point} is a mount point of this computer and nothing is mounted there`,
    hint: `Mount it (as root: mount ${point}) and try again.`,
  };
}

/**
 * True when the base is known to be on the file system of `sourcePath`. False where the device of
 * the base cannot be known (another machine): `same_disk` cannot be claimed of it.
 */
export async function sameDisk(sourcePath: string, session: FarSession): Promise<boolean> {
  const device = await session.deviceOfBase();
  return device !== null && device === (await Deno.stat(sourcePath)).dev;
}
