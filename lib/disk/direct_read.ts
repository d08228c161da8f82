/**
 * Reading past the file cache (O_DIRECT), so that what is hashed is what the disk or the server
 * holds, not what this machine remembers having written. There is no `posix_fadvise` in Deno.
 */
import { createHash } from "node:crypto";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { errnoOf } from "./disk_failure.ts";
import { fileStatOf, isSameFile, mtimeMsOf } from "./file_identity.ts";
import type { FileHash } from "./messages.ts";
import {
  BLOCK_BYTES,
  changed,
  type ReadContext,
  regularFileAt,
  sourceFailure,
} from "./read_through.ts";

/** Disks want buffers that begin at a multiple of their block; no disk's is larger. */
const ALIGNMENT_BYTES = 4096;
/** V8 aligns array buffers to at least this. */
const STEP_BYTES = 16;

/** Null when the system or the file system cannot read directly. Linux only. */
export function readDirect(path: string, context: ReadContext): FileHash | null {
  if (Deno.build.os !== "linux") return null;
  try {
    const named = regularFileAt(path);
    const fd = openDirect(path);
    if (fd === null) return null;
    try {
      return hashDirect(fd, { path, named, context });
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw sourceFailure(error, path);
  }
}

function openDirect(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECT | constants.O_NOFOLLOW);
  } catch (error) {
    // EINVAL: this file system has no direct reads.
    if (errnoOf(error) === "EINVAL") return null;
    throw error;
  }
}

function hashDirect(
  fd: number,
  { path, named, context }: {
    readonly path: string;
    readonly named: Deno.FileInfo;
    readonly context: ReadContext;
  },
): FileHash | null {
  const buffer = alignedBuffer(fd);
  if (buffer === null) return null;
  const hash = createHash("sha256");
  for (let at = 0; at < named.size;) {
    context.checkCancelled();
    const read = readSync(fd, buffer, 0, pieceOf(buffer, context), at);
    if (read === 0) break;
    context.pace?.waitFor(read);
    hash.update(buffer.subarray(0, read));
    context.onBytes(read, path);
    at += read;
    // A short read before the end leaves an offset that direct reads do not take.
    if (at < named.size && read % ALIGNMENT_BYTES !== 0) return null;
  }
  const after = Deno.lstatSync(path);
  if (
    !isSameFile(named, after) || named.size !== after.size ||
    mtimeMsOf(named) !== mtimeMsOf(after)
  ) {
    throw changed(path, "it was written to while it was read");
  }
  return { ...fileStatOf(path, after), sha256: hash.digest("hex"), cacheDropped: true };
}

/** Under a ceiling smaller pieces, whole blocks all the same. */
function pieceOf(buffer: Uint8Array, { pace }: ReadContext): number {
  const most = pace?.pieceBytes(buffer.length) ?? buffer.length;
  return Math.max(ALIGNMENT_BYTES, most - most % ALIGNMENT_BYTES);
}

let aligned: Uint8Array<ArrayBuffer> | null = null;

/**
 * A buffer whose address the disk accepts. JavaScript does not show addresses, so beginnings are
 * tried until one read is not refused.
 */
function alignedBuffer(fd: number): Uint8Array<ArrayBuffer> | null {
  if (aligned && accepts(fd, aligned)) return aligned;
  const whole = new Uint8Array(BLOCK_BYTES + ALIGNMENT_BYTES);
  for (let offset = 0; offset < ALIGNMENT_BYTES; offset += STEP_BYTES) {
    const candidate = whole.subarray(offset, offset + BLOCK_BYTES);
    if (!accepts(fd, candidate)) continue;
    aligned = candidate;
    return candidate;
  }
  return null;
}

function accepts(fd: number, buffer: Uint8Array): boolean {
  try {
    readSync(fd, buffer, 0, ALIGNMENT_BYTES, 0);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EINVAL") return false;
    throw error;
  }
}
