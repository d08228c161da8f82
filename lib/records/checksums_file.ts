/** `checksums.sha256` as a file, read and written as a stream: a run may hold a million files. */
import { createHash } from "node:crypto";
import { compareUtf8, decodeUtf8, encodeUtf8, LabferryError } from "../base/mod.ts";
import { writeFileAtomic } from "../disk/mod.ts";
import { type Checksum, formatChecksum, parseChecksum } from "./checksums.ts";
import { lockRecord, type LockWait, makeRecordFolder } from "./record_file.ts";

const CHUNK_BYTES = 256 * 1024;
/** Twice the longest path (4096 bytes, each escaped) and the hash. */
const MAX_LINE_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

export interface WrittenChecksums {
  readonly files: number;
  readonly sizeBytes: number;
  /** Of the manifest itself, to compare the far copy with. */
  readonly sha256: string;
}

/**
 * Replaces the manifest, atomically and under its lock, in constant memory.
 *
 * @param entries sorted by the path's UTF-8 bytes, each path once
 * @throws {LabferryError} `malformed_manifest` when they are not; the old manifest stays
 */
export async function writeChecksums(
  path: string,
  entries: Iterable<Checksum> | AsyncIterable<Checksum>,
  wait: LockWait = {},
): Promise<WrittenChecksums> {
  await makeRecordFolder(path);
  using _lock = await lockRecord(path, { ...wait, mode: "exclusive" });
  const hash = createHash("sha256");
  const written = { files: 0, sizeBytes: 0 };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const { bytes, files } of manifestChunks(entries)) {
      hash.update(bytes);
      written.files += files;
      written.sizeBytes += bytes.length;
      yield bytes;
    }
  }
  await writeFileAtomic(path, chunks());
  return { ...written, sha256: hash.digest("hex") };
}

async function* manifestChunks(
  entries: Iterable<Checksum> | AsyncIterable<Checksum>,
): AsyncGenerator<{ bytes: Uint8Array; files: number }> {
  let lines: string[] = [];
  let length = 0;
  let last: string | null = null;
  for await (const entry of entries) {
    if (last !== null && compareUtf8(last, entry.path) >= 0) throw notSorted(last, entry.path);
    last = entry.path;
    const line = formatChecksum(entry);
    lines.push(line);
    length += line.length + 1;
    if (length < CHUNK_BYTES) continue;
    yield { bytes: encodeUtf8(`${lines.join("\n")}\n`), files: lines.length };
    lines = [];
    length = 0;
  }
  if (lines.length > 0) {
    yield { bytes: encodeUtf8(`${lines.join("\n")}\n`), files: lines.length };
  }
}

function notSorted(first: string, second: string): LabferryError {
  return new LabferryError("malformed_manifest", "a manifest was not written", {
    why: `${JSON.stringify(second)} does not come after ${JSON.stringify(first)}`,
  });
}

/**
 * Yields the entries in the order of the file; nothing is sorted. Every line is checked, and the
 * last one has to end with a newline: a manifest that was cut off is no manifest.
 *
 * @throws {LabferryError} `record_missing`; `malformed_manifest` naming file, line and reason
 */
export async function* readChecksums(path: string): AsyncGenerator<Checksum> {
  yield* parseChecksums(chunksOf(path), path);
}

/** As `readChecksums`, for bytes that came from elsewhere; `name` is what errors call them. */
export async function* parseChecksums(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
): AsyncGenerator<Checksum> {
  let number = 0;
  for await (const bytes of linesOf(chunks, name)) {
    number++;
    const entry = parseChecksum(decodeLine(bytes, { name, line: number }));
    if (typeof entry === "string") throw malformed(name, { line: number, reason: entry });
    yield entry;
  }
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  using file = await openManifest(path);
  while (true) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const length = await file.read(chunk);
    if (length === null) return;
    yield chunk.subarray(0, length);
  }
}

async function openManifest(path: string): Promise<Deno.FsFile> {
  try {
    const info = await Deno.lstat(path);
    if (!info.isFile) throw malformed(path, { reason: "it is not a regular file" });
    return await Deno.open(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new LabferryError("record_missing", `${path} is not there`, { path, cause: error });
  }
}

async function* linesOf(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0);
  let number = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      number++;
      const line = chunk.subarray(start, end);
      yield rest.length > 0 ? joined(rest, line) : line;
      rest = new Uint8Array(0);
      start = end + 1;
    }
    if (start < chunk.length) rest = joined(rest, chunk.subarray(start));
    if (rest.length > MAX_LINE_BYTES) {
      throw malformed(name, { line: number + 1, reason: "the line is too long" });
    }
  }
  if (rest.length > 0) {
    throw malformed(name, { line: number + 1, reason: "it is cut off: no newline at its end" });
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function decodeLine(
  bytes: Uint8Array,
  { name, line }: { readonly name: string; readonly line: number },
): string {
  if (bytes.length > MAX_LINE_BYTES) {
    throw malformed(name, { line, reason: "the line is too long" });
  }
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw malformed(name, { line, reason: "it is not UTF-8" });
  }
}

function malformed(
  path: string,
  { line, reason }: { readonly line?: number; readonly reason: string },
): LabferryError {
  return new LabferryError("malformed_manifest", `${path} is not a usable manifest`, {
    why: line === undefined ? reason : `line ${line}: ${reason}`,
    path,
  });
}
