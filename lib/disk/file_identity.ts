/** Which file a name stands for, as text, so that 64-bit file numbers keep all their digits. */
import { lstatSync } from "node:fs";
import { lstat } from "node:fs/promises";

/** `dev:ino`. Deno gives file numbers as doubles; beyond 2^53 they are asked for again, whole. */
export function fileIdOf(path: string, info: Deno.FileInfo): string {
  const ino = info.ino ?? 0;
  if (Number.isSafeInteger(ino)) return `${info.dev}:${ino}`;
  const whole = lstatSync(path, { bigint: true });
  return `${whole.dev}:${whole.ino}`;
}

/** As `fileIdOf`, for who must not be held: shares have large numbers, and a share may hang. */
export async function fileIdSoon(path: string, info: Deno.FileInfo): Promise<string> {
  if (Number.isSafeInteger(info.ino ?? 0)) return fileIdOf(path, info);
  const whole = await lstat(path, { bigint: true });
  return `${whole.dev}:${whole.ino}`;
}

/** True when both stats are of one file. The birth time tells apart numbers that were rounded. */
export function isSameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.dev === b.dev && a.ino === b.ino &&
    (a.birthtime?.getTime() ?? 0) === (b.birthtime?.getTime() ?? 0);
}

/** The furthest time a calendar here knows, in milliseconds (ECMA-262, "Time Range"). */
const LAST_TIME_MS = 8.64e15;

/**
 * Milliseconds since 1970. A time that no calendar here knows (a damaged disk, a program that
 * writes nonsense) is the last one that it does: always the same one, so that the file is not "changed".
 */
export function mtimeMsOf(info: Deno.FileInfo): number {
  const ms = info.mtime?.getTime() ?? 0;
  return Number.isNaN(ms) ? LAST_TIME_MS : ms;
}

/** What a stat says of a file's content: when two differ, the file was touched in between. */
export interface FileStat {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeS: number;
  readonly fileId: string;
}

export function fileStatOf(path: string, info: Deno.FileInfo): FileStat {
  return statWith(info, fileIdOf(path, info));
}

/** As `fileStatOf`, for who must not be held: see `fileIdSoon`. */
export async function fileStatSoon(path: string, info: Deno.FileInfo): Promise<FileStat> {
  return statWith(info, await fileIdSoon(path, info));
}

function statWith(info: Deno.FileInfo, fileId: string): FileStat {
  return {
    sizeBytes: info.size,
    mtimeMs: mtimeMsOf(info),
    ctimeS: Math.floor((info.ctime?.getTime() || 0) / 1000),
    fileId,
  };
}
