/** What a crash in the middle of an append leaves: a last line without its newline. */
import { diskFailure, errnoOf } from "./disk_failure.ts";
import { writeFileAtomic } from "./atomic_write.ts";

const BLOCK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

export interface TornTail {
  /** The bytes after the last newline. */
  readonly fragment: Uint8Array;
  /** The file that holds them now. */
  readonly asidePath: string;
  /** Size of the file without them. */
  readonly keptBytes: number;
}

/**
 * Moves a last line that has no newline to `<path>.torn-<time>` and cuts the file back to its last
 * whole line; null when there is nothing to do. The caller holds the lock of the file. A crash in
 * between sets the same bytes aside twice, and loses none.
 */
export async function splitTornTail(path: string): Promise<TornTail | null> {
  try {
    using file = await Deno.open(path, { read: true, write: true });
    const sizeBytes = (await file.stat()).size;
    const keptBytes = await endOfLastLine(file, sizeBytes);
    if (keptBytes === sizeBytes) return null;
    const fragment = await readAt(file, { offset: keptBytes, length: sizeBytes - keptBytes });
    const asidePath = `${path}.torn-${new Date().toISOString().replaceAll(":", "-")}`;
    await writeFileAtomic(asidePath, fragment);
    await file.truncate(keptBytes);
    await file.sync();
    return { fragment, asidePath, keptBytes };
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw diskFailure(error, `the end of ${path} could not be mended`, path);
  }
}

/** Offset after the last newline; 0 when there is none. Reads backwards, a block at a time. */
async function endOfLastLine(file: Deno.FsFile, sizeBytes: number): Promise<number> {
  for (let end = sizeBytes; end > 0;) {
    const start = Math.max(0, end - BLOCK_BYTES);
    const at = (await readAt(file, { offset: start, length: end - start })).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

async function readAt(
  file: Deno.FsFile,
  { offset, length }: { readonly offset: number; readonly length: number },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await file.seek(offset, Deno.SeekMode.Start);
  for (let done = 0; done < length;) {
    const read = await file.read(bytes.subarray(done));
    if (read === null) return bytes.subarray(0, done);
    done += read;
  }
  return bytes;
}
