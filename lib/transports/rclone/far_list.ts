/** Listing what is at the far side, one JSON object a line, as it comes. */
import { EXIT_DIRECTORY_MISSING } from "./classification.ts";
import type { FarEntry } from "../contract.ts";
import { type Connection, farSpec } from "./connection.ts";

const LIST_LIMIT_MS = 2 * 60 * 60 * 1000;

/** Every regular file below a far folder; links are left out. Nothing for a missing folder. */
export async function* listFar(connection: Connection, farDir: string): AsyncGenerator<FarEntry> {
  // rclone waits while a piece is not taken, so a long listing needs no room here.
  const pieces = new TransformStream<Uint8Array, Uint8Array>();
  const writer = pieces.writable.getWriter();
  const stop = new AbortController();
  const ended = connection.run({
    args: [
      "lsjson",
      farSpec(connection, farDir),
      "--recursive",
      "--files-only",
      "--no-modtime",
      "--no-mimetype",
      "--sftp-skip-links",
    ],
    signal: stop.signal,
    timeoutMs: LIST_LIMIT_MS,
    onStdoutChunk: (bytes) => writer.write(bytes),
  });
  const closed = ended.then(() => writer.close(), (error) => writer.abort(error));
  // Awaited in its turn; until then a rejection must not end the process.
  closed.catch(() => {});
  try {
    for await (const line of linesOf(pieces.readable)) {
      const file = readItem(line);
      if (file !== null) yield file;
    }
    const end = await ended;
    if (end.exitCode !== 0 && end.exitCode !== EXIT_DIRECTORY_MISSING) {
      throw connection.tool.failure("not everything could be listed at", end);
    }
  } finally {
    stop.abort(new DOMException("the listing is no longer wanted", "AbortError"));
    await Promise.allSettled([ended]);
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** `{"Path":…,"Size":…},` or one of the brackets around them all. */
function readItem(line: string): FarEntry | null {
  if (!line.startsWith("{")) return null;
  const item: unknown = JSON.parse(line.replace(/,$/, ""));
  if (typeof item !== "object" || item === null) return null;
  if (!("Path" in item) || !("Size" in item) || typeof item.Path !== "string") return null;
  return { path: item.Path, kind: "file", sizeBytes: Number(item.Size), mtimeMs: null };
}
