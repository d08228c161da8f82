/**
 * A ceiling in megabits per second as each tool wants it, never above the ceiling. Of 0 and of less
 * than `MIN_UPLOAD_MBPS` no tool hears: to rsync and rclone 0 means "no limit", so a paused
 * transfer must not run at all.
 */
import { MIN_UPLOAD_MBPS } from "../config/mod.ts";

/** Whole bytes per second. */
export function bytesPerSecond(uploadMbps: number): number {
  if (!(uploadMbps >= MIN_UPLOAD_MBPS) || !Number.isFinite(uploadMbps)) {
    throw new RangeError(`a ceiling of ${uploadMbps} Mbit/s cannot be given to a tool`);
  }
  const bytes = Math.floor(uploadMbps * 125_000);
  // The product may have been rounded up to a whole number.
  return bytes / 125_000 > uploadMbps ? bytes - 1 : bytes;
}

/**
 * The ceiling of a read-back; null for none. A pass that somebody asks for while sending is paused
 * is made at the least ceiling there is.
 */
export function readBackMbps(
  { downloadMbps = null }: { readonly downloadMbps?: number | null },
): number | null {
  return downloadMbps === null ? null : Math.max(downloadMbps, MIN_UPLOAD_MBPS);
}

/** KiB (1024 bytes) per second, for `rsync --bwlimit`. */
export function rsyncBwlimit(uploadMbps: number): string {
  return String(Math.floor(bytesPerSecond(uploadMbps) / 1024));
}

/** For `rclone --bwlimit` and `rc core/bwlimit rate=`: the suffix B means bytes per second. */
export function rcloneBwlimit(uploadMbps: number): string {
  return `${bytesPerSecond(uploadMbps)}B`;
}
