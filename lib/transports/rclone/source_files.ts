/**
 * The run's files against the list, before rclone starts and after it ends. rclone itself passes
 * over a listed file that is missing and exits 0.
 */
import { join } from "node:path";
import { mtimeMsOf } from "../../disk/mod.ts";
import type { FileList, FileToSend } from "../contract.ts";
import { TransportError } from "../failure.ts";

/** Stats under way at once. */
const PARALLEL = 32;

/**
 * Looks at every listed file and hands each batch on when it is as listed.
 *
 * @throws {TransportError} `source_vanished`, `source_changed`, `source_unreadable`
 */
export async function checkSourceFiles(
  sourceDir: string,
  { files, signal, onFiles }: {
    files: FileList;
    signal: AbortSignal;
    onFiles?: (files: readonly FileToSend[]) => Promise<void>;
  },
): Promise<void> {
  let batch: FileToSend[] = [];
  const finish = async () => {
    signal.throwIfAborted();
    await Promise.all(batch.map((file) => checkSourceFile(sourceDir, file)));
    await onFiles?.(batch);
    batch = [];
  };
  for await (const file of files) {
    if (batch.push(file) === PARALLEL) await finish();
  }
  await finish();
}

async function checkSourceFile(sourceDir: string, file: FileToSend): Promise<void> {
  const path = join(sourceDir, file.path);
  const info = await statSource(path, file);
  const mtimeMs = mtimeMsOf(info);
  // Times come in whole milliseconds or with a fraction, depending on who asked.
  const isSame = info.isFile && info.size === file.sizeBytes &&
    Math.abs(mtimeMs - file.mtimeMs) < 1;
  if (isSame) return;
  throw new TransportError("source_changed", `${file.path} is not as it was sealed`, {
    why: info.isFile
      ? `${info.size} bytes of ${new Date(mtimeMs).toISOString()} instead of ${file.sizeBytes} of ${
        new Date(file.mtimeMs).toISOString()
      }`
      : "it is no regular file any more",
    path: file.path,
  });
}

async function statSource(path: string, file: FileToSend): Promise<Deno.FileInfo> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      throw new TransportError("source_vanished", `${file.path} is gone`, {
        why: "the run no longer holds this file of its sealed list",
        path: file.path,
        cause: error,
      });
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new TransportError("source_unreadable", `${file.path} cannot be read`, {
        why: "permission denied",
        path: file.path,
        cause: error,
      });
    }
    throw error;
  }
}
