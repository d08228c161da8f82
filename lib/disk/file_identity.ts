/** Which file a name stands for, as text, so that 64-bit file numbers keep all their digits. */
import { lstatSync } from "node:fs";

/** `dev:ino`. Deno gives file numbers as doubles; beyond 2^53 they are asked for again, whole. */
export function fileIdOf(path: string, info: Deno.FileInfo): string {
  const ino = info.ino ?? 0;
  if (Number.isSafeInteger(ino)) return `${info.dev}:${ino}`;
  const whole = lstatSync(path, { bigint: true });
  return `${whole.dev}:${whole.ino}`;
}

/** True when both stats are of one file. The birth time tells apart numbers that were rounded. */
export function isSameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.dev === b.dev && a.ino === b.ino &&
    (a.birthtime?.getTime() ?? 0) === (b.birthtime?.getTime() ?? 0);
}

/** What a stat says of a file's content: when two differ, the file was touched in between. */
export interface FileStat {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ctimeS: number;
  readonly fileId: string;
}

export function fileStatOf(path: string, info: Deno.FileInfo): FileStat {
  return {
    sizeBytes: info.size,
    mtimeMs: info.mtime?.getTime() ?? 0,
    ctimeS: Math.floor((info.ctime?.getTime() ?? 0) / 1000),
    fileId: fileIdOf(path, info),
  };
}
