/** What a walk of the far side found, as the contract has it. */
import { join } from "node:path";
import {
  diskError,
  type FileStat,
  isOwnTempName,
  type WalkEntry,
  type WalkProblem,
} from "../../disk/mod.ts";
import type { FarEntry } from "../contract.ts";

/**
 * Null for what is not listed: our own temporary files, and what vanished meanwhile.
 *
 * @throws LabferryError for what could not be looked at: a listing is whole or it is none
 */
export function farEntry(entry: WalkEntry, folder: string): FarEntry | null {
  const { path } = entry;
  if (entry.kind === "problem") {
    if (entry.code === "vanished") return null;
    // A name this runtime cannot spell is there all the same; it is not a file of ours.
    if (entry.code !== "invalid_utf8_name") throw unlisted(folder, entry);
    return { path, kind: "other", sizeBytes: 0, mtimeMs: null };
  }
  const { mtimeMs } = entry;
  if (entry.kind === "directory") return { path, kind: "folder", sizeBytes: 0, mtimeMs };
  if (entry.kind !== "file") return { path, kind: "other", sizeBytes: 0, mtimeMs };
  if (isOwnTempName(path.slice(path.lastIndexOf("/") + 1))) return null;
  return { path, kind: "file", sizeBytes: entry.sizeBytes, mtimeMs, standing: standingOf(entry) };
}

/** A file written to, or put there anew, has another change time or another number. */
export function standingOf({ fileId, ctimeS, sizeBytes, mtimeMs }: FileStat): string {
  return `${fileId} ${ctimeS} ${sizeBytes} ${mtimeMs}`;
}

function unlisted(folder: string, problem: WalkProblem): unknown {
  return diskError(problem.failure ?? "io_failed", `${folder} could not be listed whole`, {
    why: `${problem.path}: ${problem.message}`,
    path: join(folder, problem.path),
  });
}
