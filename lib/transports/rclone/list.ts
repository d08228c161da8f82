/** Listing what is at the far side: a long one streamed, one JSON object a line, as it comes. */
import { linesOf } from "../tool/lines.ts";
import { isOwnTemporary } from "../tool/own_temporary.ts";
import { EXIT_DIRECTORY_MISSING } from "./failure.ts";
import type { FarEntry, FileList } from "../contract.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import { FEW_FILES, listFew, readEntry } from "./list_few.ts";
import { listFolder } from "./small_requests.ts";
import { standingAt } from "./standing.ts";

const LIST_LIMIT_MS = 2 * 60 * 60 * 1000;

/**
 * Everything below a far folder, nothing for a missing one. Links and special files are seen where
 * rclone lists them: on a disk of this machine. An sftp server's are left out. Times are left out
 * where each would cost a request of its own.
 */
export async function* listFar(
  connection: RcloneConnection,
  farDir: string,
  { times = true, expectedFiles = null, onOwnTemporary }: {
    readonly times?: boolean;
    /** They are no entries. */
    readonly onOwnTemporary?: (path: string) => void;
    /** About as many files are there; null when nobody knows. */
    readonly expectedFiles?: number | null;
  } = {},
): AsyncGenerator<FarEntry> {
  const { hasFolders, listsTimes } = await connection.features();
  const look = { farDir, times: times && listsTimes, timeoutMs: LIST_LIMIT_MS };
  if (expectedFiles === null && await isMissing(connection, farDir)) return;
  const few = (expectedFiles ?? Infinity) <= FEW_FILES ? await listFew(connection, look) : null;
  const entries = few ?? listEntries(connection, look);
  // Asked for a file, rclone lists that one file as if it lay in a folder.
  const leaf = farDir.slice(farDir.lastIndexOf("/") + 1);
  let doubtful: FarEntry | null = null;
  for await (const entry of entries) {
    if (entry.kind === "folder" && !hasFolders) continue;
    if (isOwnTemporary(entry)) {
      onOwnTemporary?.(entry.path);
      continue;
    }
    if (entry.path === leaf && entry.kind === "file") doubtful = entry;
    else yield entry;
  }
  if (doubtful === null) return;
  const kind = (await standingAt(connection, [farDir])).get(farDir);
  if (kind === "folder") yield doubtful;
}

/** A new run's folder is, and asking costs nothing where rcd goes on running. */
async function isMissing(connection: RcloneConnection, farDir: string): Promise<boolean> {
  if (!connection.keepsRcd) return false;
  const fs = farSpec(connection, farDir);
  const end = await listFolder(connection, { fs, opt: { dirsOnly: true } });
  return end.exitCode === EXIT_DIRECTORY_MISSING;
}

export async function countOf(files: FileList): Promise<number> {
  let count = 0;
  for await (const _ of files) count++;
  return count;
}

async function* listEntries(
  connection: RcloneConnection,
  { farDir, times }: { readonly farDir: string; readonly times: boolean },
): AsyncGenerator<FarEntry> {
  // rclone waits while a piece is not taken, so a long listing needs no room here.
  const pieces = new TransformStream<Uint8Array, Uint8Array>();
  const writer = pieces.writable.getWriter();
  const stop = new AbortController();
  const others: FarEntry[] = [];
  const ended = connection.run({
    args: [
      "lsjson",
      farSpec(connection, farDir),
      "--recursive",
      ...(times ? [] : ["--no-modtime"]),
      "--no-mimetype",
      "--sftp-skip-links",
    ],
    signal: stop.signal,
    timeoutMs: LIST_LIMIT_MS,
    onStdoutChunk: (bytes) => writer.write(bytes),
    onLine({ object, cause }) {
      if (object === null || !/^Can't (follow symlink|transfer non file)/.test(cause)) return;
      others.push({ path: object, kind: "other", sizeBytes: 0, mtimeMs: null });
    },
  });
  const closed = ended.then(() => writer.close(), (error) => writer.abort(error));
  // Awaited in its turn; until then a rejection must not end the process.
  closed.catch(() => {});
  try {
    for await (const line of linesOf(pieces.readable)) {
      const entry = readLine(line);
      if (entry !== null) yield entry;
    }
    const end = await ended;
    if (end.exitCode !== 0 && end.exitCode !== EXIT_DIRECTORY_MISSING) {
      throw connection.tool.failure("not everything could be listed at", end);
    }
    yield* others;
  } finally {
    stop.abort(new DOMException("the listing is no longer wanted", "AbortError"));
    await Promise.allSettled([ended]);
  }
}

/** `{"Path":…,"Size":…,"IsDir":…},` or one of the brackets around them all. */
function readLine(line: string): FarEntry | null {
  return line.startsWith("{") ? readEntry(JSON.parse(line.replace(/,$/, ""))) : null;
}
