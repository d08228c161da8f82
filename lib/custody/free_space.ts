/** How much room there is on the disk of a run, and whether it is as much as is to stay free. */
import { statfs } from "node:fs/promises";
import type { RoomPolicy } from "./policy.ts";

export interface DiskRoom {
  /** Tells one file system from another. */
  readonly device: number;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** @throws the file system's own error where it cannot be asked */
export async function roomAt(path: string): Promise<DiskRoom> {
  const [{ dev }, { bsize, blocks, bavail }] = await Promise.all([Deno.stat(path), statfs(path)]);
  return { device: dev, totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}

/** Bytes that have to come free; 0 when there is room enough. */
export function missingRoom({ totalBytes, freeBytes }: DiskRoom, policy: RoomPolicy): number {
  const percent = policy.keepFreePercent === null ? 0 : totalBytes * policy.keepFreePercent / 100;
  return Math.max(0, Math.max(percent, policy.keepFreeBytes ?? 0) - freeBytes);
}
