/**
 * A push onto a mount: what is there already is found by walking the far folder beside the list
 * (both in the byte order of their paths, so neither is held in memory); the rest is copied.
 */
import { join, relative, sep } from "node:path";
import { type AsideFolder, type CopyItem, type DestinationNote } from "../../disk/mod.ts";
import type { SilenceWatch } from "../bounded.ts";
import type { FileToSend, PushRequest } from "../contract.ts";
import { farFiles, missingOrDifferent } from "./far_differences.ts";
import { mountFailure } from "./failure.ts";
import type { MountConnection } from "./connection.ts";
import { followCeiling, paceOf } from "./ceiling.ts";
import { FileProgress } from "./file_progress.ts";

/** Folders made in one message to a thread. */
const FOLDERS_AT_ONCE = 1000;

export interface MountPush {
  /** As it was given, not a copy of it: its ceiling may be a getter that is asked again. */
  readonly request: PushRequest;
  /** The request's, the session's and the watch's. */
  readonly signal: AbortSignal;
  readonly watch: SilenceWatch;
}

/** For the receipt. */
const SENTENCE_OF_NOTE: Readonly<Record<DestinationNote, string>> = {
  times_not_set:
    "modification times cannot be set there: the far files have the time of their copy",
  folders_not_flushed:
    "folders cannot be flushed there: a power cut at the far side may take names",
};

interface Sending extends CopyItem {
  readonly file: FileToSend;
}

export async function pushOntoMount(connection: MountConnection, push: MountPush): Promise<void> {
  const { files, farDir, resend, onProgress } = push.request;
  const there = await connection.lookAt(farDir);
  push.watch.heard();
  if (there) await connection.pool.removeParts(there.realPath, { signal: push.signal });
  const progress = new FileProgress(onProgress);
  const far = there && !resend ? farFiles(connection, there.realPath, push) : null;
  const changes = changesOf(connection, push.request);
  const wanted = missingOrDifferent(files, {
    far,
    onEqual: (file) => progress.alreadyThere(file),
  });
  await copyAll(connection, { ...push, ...changes, wanted, progress });
  await makeEmptyFolders(connection, { ...push, ...changes });
  progress.end();
}

/** Where things in the way go, and who hears of it. */
interface Changes {
  readonly aside: AsideFolder;
  readonly onSetAside: (path: string) => void;
  readonly onNote: (note: DestinationNote) => void;
}

function changesOf(connection: MountConnection, request: PushRequest): Changes {
  const noted = new Set<DestinationNote>();
  return {
    aside: {
      of: connection.pathOf(request.farDir),
      into: connection.pathOf(request.supersedeInto),
    },
    onSetAside: (path) => request.onSetAside?.(path),
    onNote(note) {
      if (!noted.has(note)) request.onNote?.(SENTENCE_OF_NOTE[note]);
      noted.add(note);
    },
  };
}

async function copyAll(
  connection: MountConnection,
  push: MountPush & Changes & {
    readonly wanted: AsyncIterable<FileToSend>;
    readonly progress: FileProgress;
  },
): Promise<void> {
  const pace = paceOf(push.request.uploadMbps);
  const guard = await connection.guard();
  const { aside, onSetAside, onNote, signal, progress } = push;
  const copying = connection.pool.copyFiles(itemsOf(connection, push), {
    root: connection.base,
    guard,
    pace,
    aside,
    onSetAside,
    onNote,
    keepEqual: !push.request.resend,
    signal,
    onBytes: (bytes, path) => {
      push.watch.heard();
      followCeiling(pace, push.request.uploadMbps);
      progress.streamed(bytes, relative(push.request.sourceDir, path).replaceAll(sep, "/"));
    },
  });
  for await (const outcome of copying) {
    push.watch.heard();
    if (!outcome.ok) throw mountFailure(outcome.error, { source: outcome.item.from });
    const { file } = outcome.item;
    const { sha256, others } = outcome.value;
    if (others) push.request.onOtherHashes?.(file.path, others);
    push.request.onSourceHash?.(file.path, sha256);
    push.request.onArrived?.(file.path, { isFlushed: true });
    progress.fileDone(file);
  }
}

async function* itemsOf(
  connection: MountConnection,
  { request, wanted }: {
    readonly request: PushRequest;
    readonly wanted: AsyncIterable<FileToSend>;
  },
): AsyncGenerator<Sending> {
  const { sourceDir, farDir } = request;
  for await (const file of wanted) {
    yield {
      file,
      from: join(sourceDir, file.path),
      to: connection.pathOf(farDir, file.path),
      sizeBytes: file.sizeBytes,
      mtimeMs: file.mtimeMs,
      ...(file.others ? { others: file.others } : {}),
    };
  }
}

async function makeEmptyFolders(
  connection: MountConnection,
  push: MountPush & Changes,
): Promise<void> {
  const { aside, onSetAside, onNote, signal } = push;
  const guard = await connection.guard();
  const options = { root: connection.base, guard, aside, onSetAside, onNote, signal };
  let folders: string[] = [];
  for (const dir of push.request.emptyDirs ?? []) {
    folders.push(connection.pathOf(push.request.farDir, dir));
    if (folders.length < FOLDERS_AT_ONCE) continue;
    await connection.pool.makeFolders(folders, options);
    push.watch.heard();
    folders = [];
  }
  if (folders.length > 0) await connection.pool.makeFolders(folders, options);
}
