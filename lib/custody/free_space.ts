/** How much room there is on the disk of a run, and whether it is as much as is to stay free. */
import files from "node:fs/promises";
import { dirname } from "node:path";
import { errnoOf } from "../disk/mod.ts";
import type { RoomPolicy } from "./policy.ts";

export interface DiskRoom {
  /** Tells one file system from another. */
  readonly device: number;
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** @throws the file system's own error where it cannot be asked */
export async function roomAt(path: string): Promise<DiskRoom> {
  const [{ dev }, { bsize, blocks, bavail }] = await Promise.all([
    Deno.stat(path),
    files.statfs(path),
  ]);
  return { device: dev, totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}

/** Null where there is no such folder. */
export async function roomOrNull(path: string): Promise<DiskRoom | null> {
  try {
    return await roomAt(path);
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
    return null;
  }
}

/** Of the disk that `path` is or was on: its folder may be gone. */
export async function roomNear(path: string): Promise<DiskRoom> {
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    const room = await roomOrNull(at);
    if (room !== null) return room;
  }
  return await roomAt(path);
}

/** Bytes that have to come free; 0 when there is room enough. */
export function missingRoom({ totalBytes, freeBytes }: DiskRoom, policy: RoomPolicy): number {
  const percent = policy.keepFreePercent === null ? 0 : totalBytes * policy.keepFreePercent / 100;
  return Math.max(0, Math.max(percent, policy.keepFreeBytes ?? 0) - freeBytes);
}
