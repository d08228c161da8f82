/** Reading back what a mount holds. */
import { type Code, LabferryError } from "../../base/mod.ts";
import { relative, sep } from "node:path";
import type { SilenceWatch } from "../bounded.ts";
import { readBackMbps } from "../ceiling.ts";
import type { FarHashOutcome, FarHashRequest, FileToSend } from "../contract.ts";
import { TransportError } from "../failure.ts";
import { standingOf } from "./list.ts";
import { mountFailure } from "./failure.ts";
import type { MountConnection } from "./connection.ts";
import { followCeiling, paceOf } from "./ceiling.ts";
import { FileProgress } from "./file_progress.ts";

/** Noted with a pass whose reads may have been answered by this machine's own memory. */
export const MAYBE_FROM_CACHE =
  "read back through this machine's file cache: may have come from memory, not from the destination";
/** Examples named in a note; the pass itself names every file. */
const NAMED_IN_NOTE = 3;

export interface MountHash {
  /** As it was given, not a copy of it: its ceiling may be a getter that is asked again. */
  readonly request: FarHashRequest;
  /** The request's, the session's and the watch's. */
  readonly signal: AbortSignal;
  readonly watch: SilenceWatch;
}

interface ToHash {
  readonly path: string;
  readonly sizeBytes: number;
  readonly file: FileToSend;
}

/**
 * Hashes the listed files in order. `maxStreamBytes` does not apply: a share is read as a disk is,
 * and a limit meant for a provider's download must not fail its runs.
 */
export async function hashMounted(
  connection: MountConnection,
  { request, signal, watch }: MountHash,
): Promise<FarHashOutcome> {
  await connection.guard();
  const farFolder = connection.pathOf(request.farDir);
  const progress = new FileProgress(request.onProgress);
  const pace = paceOf(readBackMbps(request));
  const hashing = connection.pool.hashFiles(itemsOf(connection, request), {
    root: connection.base,
    signal,
    pace,
    dropCache: request.dropCache,
    onBytes: (bytes, path) => {
      watch.heard();
      followCeiling(pace, readBackMbps(request));
      progress.streamed(bytes, relative(farFolder, path).replaceAll(sep, "/"));
    },
  });
  let fromCache = false;
  const notFiles: string[] = [];
  for await (const outcome of hashing) {
    watch.heard();
    followCeiling(pace, readBackMbps(request));
    const { file } = outcome.item;
    if (outcome.ok) {
      fromCache ||= !outcome.value.cacheDropped;
      request.onHash(file.path, outcome.value.sha256, standingOf(outcome.value));
    } else {
      if (!isNoFile(outcome.error)) throw farFault(outcome.error);
      if (outcome.error.code !== "not_found") notFiles.push(file.path);
      request.onHash(file.path, null);
    }
    progress.fileDone(file);
  }
  // Hashes of another file system's files would be a proof of nothing.
  await connection.check();
  progress.end();
  return {
    strength: "read_back",
    notes: notesOf(fromCache, notFiles),
    isFromThere: !fromCache,
  };
}

async function* itemsOf(
  connection: MountConnection,
  request: FarHashRequest,
): AsyncGenerator<ToHash> {
  for await (const file of request.files) {
    const path = connection.pathOf(request.farDir, file.path);
    yield { path, sizeBytes: file.sizeBytes, file };
  }
}

const NO_FILE = new Set<Code>(["not_found", "not_a_file", "not_a_folder", "link_refused"]);

/** Nothing is there under that name that could be the file: not a fault of reading. */
export function isNoFile(error: LabferryError): boolean {
  return NO_FILE.has(error.code);
}

/** A far file that changes while it is read is nobody's run's change. */
export function farFault(error: LabferryError): unknown {
  if (error.code !== "source_changed") return mountFailure(error);
  return new TransportError("unknown", error.message, {
    hint: "See who writes into the destination; the pass is made again later.",
    ...(error.path ? { path: error.path } : {}),
    cause: error,
  });
}

function notesOf(fromCache: boolean, notFiles: readonly string[]): string[] {
  const notes = fromCache ? [MAYBE_FROM_CACHE] : [];
  if (notFiles.length > 0) {
    const named = notFiles.slice(0, NAMED_IN_NOTE).join(", ");
    notes.push(`${notFiles.length} name(s) are taken by something that is not a file: ${named}`);
  }
  return notes;
}
