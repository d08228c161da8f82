/**
 * When an unchanged stat means unchanged content. A file system's clock ticks in steps (4 ms on
 * ext4, 2 s on FAT) and Deno gives ctime in whole seconds, so a change right after a look can leave
 * every time as it was. Git calls that "racily clean"; like git, we trust only what had been at
 * rest for a while when we looked. ctime decides where there is one, because no program can set it.
 */
import { type Mounted, mountedNow } from "../process/mod.ts";
import type { Stat } from "./look.ts";

/** Longer than any file system's tick plus the second that Deno rounds off. */
const AT_REST_MS = 3000;

export function wasAtRest(stat: Stat, lookedAtMs: number): boolean {
  const changedAtMs = stat.ctimeMs > 0 ? stat.ctimeMs : stat.mtimeMs;
  return changedAtMs < lookedAtMs - AT_REST_MS;
}

/**
 * A folder's state as a text, for as long as its entries are the same; null when no text could be
 * relied on for that.
 */
export function entriesKey(
  stat: Stat,
  about: { readonly honestDevices: ReadonlySet<number>; readonly now: Date },
): string | null {
  if (!about.honestDevices.has(stat.dev) || !wasAtRest(stat, about.now.getTime())) return null;
  return `${stat.dev}:${stat.ino}:${stat.mtimeMs}:${stat.ctimeMs}`;
}

/**
 * File systems on which every new, removed or renamed entry changes the times of its folder. Not
 * among them: FAT and exFAT (Windows keeps no such time), SMB (whatever is behind it), FUSE (each
 * as it likes). Folders there are listed every time; only contents are spared.
 */
const HONEST = new Set([
  "btrfs",
  "ext2",
  "ext3",
  "ext4",
  "f2fs",
  "jfs",
  "nfs",
  "nfs4",
  "overlay",
  "tmpfs",
  "xfs",
  "zfs",
]);

/** Device numbers of such file systems; empty where that cannot be known. */
export function devicesWithHonestTimes(): ReadonlySet<number> {
  // No /proc (a bare container, another system): then no folder is trusted.
  return honestDevices(mountedNow() ?? []);
}

export function honestDevices(mounts: readonly Mounted[]): ReadonlySet<number> {
  const honest = mounts.filter(({ type }) => HONEST.has(type));
  return new Set(honest.map(({ major, minor }) => deviceNumber(major, minor)));
}

/** `makedev(3)` as glibc does it, in arithmetic that does not overflow 32 bits. */
function deviceNumber(major: number, minor: number): number {
  return (major & 0xfff) * 0x100 + (minor & 0xff) + (minor - (minor & 0xff)) * 0x1000;
}
