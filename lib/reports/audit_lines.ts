/** Reading `audit.jsonl` line by line, either way, in memory for one line: it may have 100 MB. */
import { LabferryError } from "../base/mod.ts";

export interface RawLine {
  /** Its newline included; the last line of a file may lack it. */
  readonly bytes: Uint8Array;
  /** Offset of its first byte. */
  readonly start: number;
}

const BLOCK_BYTES = 256 * 1024;
/** No event has so much to say; a file without newlines must not fill the memory. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

/** All lines from the first on; none when the file is not there. */
export async function* linesForward(path: string): AsyncGenerator<RawLine & { number: number }> {
  using file = await openOrNull(path);
  if (!file) return;
  let rest: Uint8Array = new Uint8Array(0);
  let start = 0;
  let number = 1;
  while (true) {
    const block = new Uint8Array(BLOCK_BYTES);
    const read = await file.read(block);
    if (read === null) break;
    const bytes = joined(rest, block.subarray(0, read));
    let from = 0;
    // What was carried over holds no newline; it is not searched again.
    for (
      let at = bytes.indexOf(NEWLINE, rest.length);
      at >= 0;
      at = bytes.indexOf(NEWLINE, from)
    ) {
      yield { bytes: bytes.subarray(from, at + 1), start: start + from, number: number++ };
      from = at + 1;
    }
    rest = bytes.subarray(from);
    start += from;
    if (rest.length > MAX_LINE_BYTES) throw lineTooLong(path, `line ${number}`);
  }
  if (rest.length > 0) yield { bytes: rest, start, number };
}

/** All lines from the last on. */
export async function* linesBackward(path: string): AsyncGenerator<RawLine> {
  using file = await openOrNull(path);
  if (!file) return;
  let rest: Uint8Array = new Uint8Array(0);
  for (let end = (await file.stat()).size; end > 0;) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const bytes = joined(await readRange(file, { start, end }), rest);
    let stop = bytes.length;
    for (let at = newlineBefore(bytes, stop); at >= 0; at = newlineBefore(bytes, stop)) {
      yield { bytes: bytes.subarray(at + 1, stop), start: start + at + 1 };
      stop = at + 1;
    }
    rest = bytes.subarray(0, stop);
    end = start;
    if (rest.length > MAX_LINE_BYTES) throw lineTooLong(path, `the line that ends at byte ${end}`);
  }
  if (rest.length > 0) yield { bytes: rest, start: 0 };
}

/** The bytes of `path` from `start` on, in blocks. */
export async function* blocksFrom(path: string, start: number): AsyncGenerator<Uint8Array> {
  using file = await openOrNull(path);
  if (!file) return;
  await file.seek(start, Deno.SeekMode.Start);
  const block = new Uint8Array(BLOCK_BYTES);
  for (let read = await file.read(block); read !== null; read = await file.read(block)) {
    yield block.subarray(0, read);
  }
}

/** The newline that ends the line before the one that ends at `stop`. */
function newlineBefore(bytes: Uint8Array, stop: number): number {
  return stop < 2 ? -1 : bytes.lastIndexOf(NEWLINE, stop - 2);
}

async function readRange(
  file: Deno.FsFile,
  { start, end }: { readonly start: number; readonly end: number },
): Promise<Uint8Array> {
  await file.seek(start, Deno.SeekMode.Start);
  const bytes = new Uint8Array(end - start);
  for (let done = 0; done < bytes.length;) {
    const read = await file.read(bytes.subarray(done));
    if (read === null) return bytes.subarray(0, done);
    done += read;
  }
  return bytes;
}

async function openOrNull(path: string): Promise<Deno.FsFile | null> {
  try {
    return await Deno.open(path, { read: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function lineTooLong(path: string, which: string): LabferryError {
  return new LabferryError("malformed_audit", "a report's history cannot be read", {
    why: `${which} is longer than ${MAX_LINE_BYTES / 1024 / 1024} MiB`,
    path,
    hint: "Look at the file; something that is no history was written into it.",
  });
}
