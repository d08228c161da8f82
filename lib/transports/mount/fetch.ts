/** Copying from a mount into a folder of this computer: a push the other way round. */
import { join, relative, sep } from "node:path";
import type { CopyItem } from "../../disk/mod.ts";
import type { SilenceWatch } from "../bounded.ts";
import type { FetchRequest, FileToSend } from "../contract.ts";
import { stillToFetch } from "../fetch_folder.ts";
import type { MountConnection } from "./connection.ts";
import { followCeiling, paceOf } from "./ceiling.ts";
import { FileProgress } from "./file_progress.ts";
import { farFault, isNoFile } from "./hash.ts";

export interface MountFetch {
  readonly request: FetchRequest;
  /** The request's, the session's and the watch's. */
  readonly signal: AbortSignal;
  readonly watch: SilenceWatch;
}

interface Fetching extends CopyItem {
  readonly file: FileToSend;
}

export async function fetchFromMount(
  connection: MountConnection,
  { request, signal, watch }: MountFetch,
): Promise<void> {
  const { farDir, intoDir } = request;
  const guard = await connection.guard();
  const farFolder = connection.pathOf(farDir);
  const progress = new FileProgress(request.onProgress);
  await connection.pool.removeParts(intoDir, { signal });
  const pace = paceOf(request.downloadMbps);
  const wanted = stillToFetch({
    ...request,
    signal,
    onHere: (file) => progress.alreadyThere(file),
  });
  const copying = connection.pool.copyFiles(itemsOf(connection, { request, wanted }), {
    root: intoDir,
    sourceRoot: connection.base,
    guard,
    pace,
    onlyNew: true,
    signal,
    onBytes: (bytes, path) => {
      watch.heard();
      followCeiling(pace, request.downloadMbps);
      progress.streamed(bytes, relative(farFolder, path).replaceAll(sep, "/"));
    },
  });
  for await (const outcome of copying) {
    watch.heard();
    if (outcome.ok) progress.fileDone(outcome.item.file);
    else if (!isOfSource(outcome.error.path, outcome.item)) throw outcome.error;
    else if (!isNoFile(outcome.error)) throw farFault(outcome.error);
  }
  // What another file system had is none of the run's bytes.
  await connection.check();
  progress.end();
}

/** A fault names the source, or a folder above it; what is written is this computer's own. */
function isOfSource(path: string | undefined, { from, to }: CopyItem): boolean {
  return path === undefined || from === path || from.startsWith(path + sep) &&
      !to.startsWith(path + sep);
}

async function* itemsOf(
  connection: MountConnection,
  { request, wanted }: {
    readonly request: FetchRequest;
    readonly wanted: AsyncIterable<FileToSend>;
  },
): AsyncGenerator<Fetching> {
  for await (const file of wanted) {
    yield {
      file,
      from: connection.pathOf(request.farDir, file.path),
      to: join(request.intoDir, file.path),
      sizeBytes: file.sizeBytes,
      mtimeMs: file.mtimeMs,
      expect: null,
    };
  }
}
