/** Everything below a far folder, as it comes, however much there is. */
import type { FarEntry } from "../contract.ts";
import { linesOf } from "../tool/lines.ts";
import { isOwnTemporary } from "../tool/own_temporary.ts";
import type { ListOptions } from "./far_side.ts";
import { FarFolderAbsent } from "./failure.ts";
import { PARTIAL_DIR } from "./far_scripts.ts";
import { type ListedEntry, parseListLine, pathOf } from "./list_line.ts";
import { needRsync, quietOptions } from "./rsync_run.ts";
import type { RsyncConnection } from "./connection.ts";

export function listFar(connection: RsyncConnection, farDir: string): AsyncGenerator<FarEntry> {
  return listing(connection, { farDir, what: "all" });
}

/** Only its folders, and our own temporary files, which no other listing has. */
export function listFarRoom(
  connection: RsyncConnection,
  farDir: string,
): AsyncGenerator<FarEntry> {
  return listing(connection, { farDir, what: "room" });
}

async function* listing(
  connection: RsyncConnection,
  options: ListOptions,
): AsyncGenerator<FarEntry> {
  const own = connection.far.list(options);
  try {
    for await (const entry of own ?? byRsync(connection, options)) {
      const isOurs = isOwnTemporary(entry);
      if (options.what === "all" ? !isOurs : isOurs || entry.kind === "folder") yield entry;
    }
  } catch (error) {
    if (!(error instanceof FarFolderAbsent)) throw error;
  }
}

async function* byRsync(
  { ssh, far, pair }: RsyncConnection,
  { farDir, what }: ListOptions,
): AsyncGenerator<FarEntry> {
  const leaving = new AbortController();
  // rsync waits while nobody reads: a million lines never pile up here.
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const listed = (async () => {
    const leg = await far.leg({ farDir });
    await needRsync(ssh, {
      doing: "listing",
      localDir: ssh.scratchDir,
      direction: "list",
      leg,
      options: [
        "--list-only",
        "--recursive",
        ...quietOptions(pair.local),
        `--exclude=/${PARTIAL_DIR}/`,
        ...(what === "room"
          ? ["--include=*/", "--include=.lf-*", "--include=*.ferry-part", "--exclude=*"]
          : []),
      ],
      onStdoutChunk: (bytes) => writer.write(bytes),
      signal: leaving.signal,
    });
  })();
  // The end of the listing ends the stream of lines, for good or with its error.
  listed.then(() => writer.close(), (error) => writer.abort(error)).catch(() => {
    // The reader left first; what it left for is thrown where it was reading.
  });
  try {
    // rsync escapes line ends in names: a newline always ends an entry.
    for await (const line of linesOf(readable)) {
      const entry = parseListLine(line);
      // The listed folder itself is the dot.
      if (entry === null || entry.printed === ".") continue;
      yield farEntry(entry);
    }
  } finally {
    leaving.abort(new DOMException("the list is no longer wanted", "AbortError"));
    await Promise.allSettled([listed]);
  }
}

function farEntry(entry: ListedEntry): FarEntry {
  const { mtimeMs, sizeBytes } = entry;
  const path = pathOf(entry);
  if (entry.kind === "file") return { path, kind: "file", sizeBytes, mtimeMs };
  return { path, kind: entry.kind === "directory" ? "folder" : "other", sizeBytes: 0, mtimeMs };
}
