/**
 * Folders the system would mount something on, and whether something is mounted there now. Linux
 * and BSD list them in fstab(5), with spaces and the like as octal escapes.
 *
 * macOS and Windows keep no such table of shares. On macOS an unmounted volume leaves no folder in
 * `/Volumes`, so a missing folder directly below it counts as an unmounted one; on Windows a drive
 * or share that is not there cannot be written at all. Automounters, and systemd mount units that
 * are not in fstab, cannot be seen.
 */
import { dirname, resolve } from "node:path";
import { diskFailure, errnoOf, realSpelling, statOrNull } from "../disk/mod.ts";
import { mountedNow, parseMountInfo, unescapedField } from "../process/mod.ts";

export interface MountTableFiles {
  /** @default "/etc/fstab" */
  readonly fstabPath?: string;
  /** What is mounted, by proc(5); where there is no such file, devices are compared. */
  readonly mountInfoPath?: string;
}

/** Kinds of entries that are no folder to write into. */
const NOT_A_PLACE = new Set(["none", "swap", "ignore"]);

/** The mount point of the table at or above `path` on which nothing is mounted; null for none. */
export async function unmountedAncestor(
  path: string,
  files: MountTableFiles = {},
): Promise<string | null> {
  const { fstabPath = "/etc/fstab", mountInfoPath } = files;
  const listed = mountPointsIn(await textOrNull(fstabPath) ?? "");
  const mounts = mountInfoPath === undefined ? mountedNow() : await mountsIn(mountInfoPath);
  const mounted = mounts && new Set(mounts.map(({ point }) => point));
  for (const spelling of [resolve(path), await realSpelling(resolve(path))]) {
    for (let folder = spelling;; folder = dirname(folder)) {
      if (listed.has(folder) && !await isMounted(folder, mounted)) return folder;
      if (await isAbsentVolume(folder)) return folder;
      if (folder === dirname(folder)) break;
    }
  }
  return null;
}

/** The folders of an fstab: its second fields, unescaped. */
export function mountPointsIn(fstab: string): Set<string> {
  const points = new Set<string>();
  for (const line of fstab.split("\n")) {
    const [spec, point, kind] = line.trim().split(/[ \t]+/);
    if (!spec || spec.startsWith("#") || !point) continue;
    if (NOT_A_PLACE.has(point) || NOT_A_PLACE.has(kind ?? "")) continue;
    points.add(resolve(unescapedField(point)));
  }
  return points;
}

async function mountsIn(path: string): Promise<ReturnType<typeof mountedNow>> {
  const text = await textOrNull(path);
  return text === null ? null : parseMountInfo(text);
}

async function isMounted(folder: string, mounted: ReadonlySet<string> | null): Promise<boolean> {
  if (mounted) return mounted.has(folder);
  const here = await deviceOf(folder);
  const above = await deviceOf(dirname(folder));
  return here !== null && above !== null && here !== above;
}

async function isAbsentVolume(folder: string): Promise<boolean> {
  if (Deno.build.os !== "darwin" || dirname(folder) !== "/Volumes") return false;
  return await deviceOf(folder) === null;
}

async function deviceOf(path: string): Promise<number | null> {
  try {
    return (await statOrNull(path))?.dev ?? null;
  } catch (error) {
    throw diskFailure(error, `${path} could not be examined`, path);
  }
}

async function textOrNull(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    // The executable may not look into /proc; without it devices are compared instead.
    if (errnoOf(error) === "ENOENT" || error instanceof Deno.errors.NotCapable) return null;
    throw diskFailure(error, `${path} could not be read`, path);
  }
}
