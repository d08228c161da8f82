/** Bringing listed files: rsync in the pulling direction, some thousand names at a time. */
import { join } from "node:path";
import { diskError } from "../../disk/mod.ts";
import type { FetchRequest, FileToSend } from "../contract.ts";
import { rsyncBwlimit } from "../ceiling.ts";
import { TransportError } from "../failure.ts";
import { FETCH_DIR, stillToFetch } from "../fetch_folder.ts";
import { parentOf } from "../tool/far_path.ts";
import type { RsyncConnection } from "./connection.ts";
import { FarFolderAbsent } from "./failure.ts";
import { PROGRESS_OPTIONS, PushProgress } from "./push_progress.ts";
import { pullInto } from "./small_files.ts";

/** The folders on the way are named in one argument, which Linux ends at 128 KiB. */
const BATCH = { maxFiles: 20_000, maxFolderCharacters: 24 * 1024 } as const;

export async function fetchList(connection: RsyncConnection, request: FetchRequest): Promise<void> {
  const { intoDir, signal } = request;
  const done = { bytes: 0, files: 0 };
  const count = ({ sizeBytes }: FileToSend) => {
    done.bytes += sizeBytes;
    done.files++;
  };
  const wanted = stillToFetch({ ...request, onHere: count });
  await connection.far.check(signal);
  // rsync makes neither of the two folders it works in.
  const half = join(intoDir, FETCH_DIR);
  await Deno.mkdir(half, { recursive: true, mode: 0o700 });
  for await (const files of inBatches(wanted)) {
    await fetchBatch(connection, { files, half, done: { ...done }, request });
    for (const file of files) count(file);
    request.onProgress?.({
      bytesDone: done.bytes,
      filesDone: done.files,
      currentPath: files.at(-1)!.path,
    });
  }
  await Deno.remove(half, { recursive: true });
  request.onProgress?.({ bytesDone: done.bytes, filesDone: done.files, currentPath: null });
}

interface Batch {
  readonly files: readonly FileToSend[];
  /** For temporary and partial files. */
  readonly half: string;
  /** What was brought before. */
  readonly done: { readonly bytes: number; readonly files: number };
  readonly request: FetchRequest;
}

async function fetchBatch(connection: RsyncConnection, batch: Batch): Promise<void> {
  const { files, half, done, request } = batch;
  const { farDir, intoDir, downloadMbps, signal } = request;
  const whole = {
    bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    files: files.length,
  };
  const progress = new PushProgress((now) =>
    request.onProgress?.({
      ...now,
      bytesDone: done.bytes + now.bytesDone,
      filesDone: done.files + (now.filesDone ?? 0),
    }), { whole });
  try {
    await pullInto(connection, {
      localDir: intoDir,
      farDir,
      names: files.map(({ path }) => path),
      options: [
        "--times",
        "--omit-dir-times",
        "--ignore-existing",
        `--temp-dir=${half}`,
        `--partial-dir=${half}`,
        ...(downloadMbps === null ? [] : [`--bwlimit=${rsyncBwlimit(downloadMbps)}`]),
        ...(connection.pair.local.hasInfo ? PROGRESS_OPTIONS : []),
      ],
      onStdoutLine: (line) => progress.onLine(line),
      signal,
    });
  } catch (error) {
    // No folder, no files.
    if (error instanceof FarFolderAbsent) return;
    throw asLocal(error, intoDir);
  }
}

/** Whatever a pull finds full is here. */
function asLocal(error: unknown, intoDir: string): unknown {
  if (!(error instanceof TransportError)) return error;
  if (!/No space left on device|\((28|122)\)$/m.test(error.toolTail)) return error;
  return diskError("disk_full", `${intoDir} could not be filled`, { path: intoDir, cause: error });
}

/** Names in their order; those of one batch lead through a bounded number of folders. */
async function* inBatches(files: AsyncIterable<FileToSend>): AsyncGenerator<FileToSend[]> {
  let batch: FileToSend[] = [];
  let folder = "";
  let characters = 0;
  for await (const file of files) {
    const parent = parentOf(file.path);
    const more = parent === folder ? 0 : parent.length + 1;
    const isFull = batch.length === BATCH.maxFiles ||
      characters + more > BATCH.maxFolderCharacters;
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      characters = 0;
    }
    characters += more;
    folder = parent;
    batch.push(file);
  }
  if (batch.length > 0) yield batch;
}
