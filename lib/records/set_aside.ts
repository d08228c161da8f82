/** Keeping the bytes of a damaged record before its name is used again. */
import type { LabferryError } from "../base/mod.ts";
import { writeFileAtomic } from "../disk/mod.ts";

const HEAD_BYTES = 64 * 1024;

export interface SetAside {
  readonly path: string;
  /** The beginning of the damaged text, as far as it can be read. */
  readonly head: string;
}

/**
 * Copies `path`, durably and whatever its size, to `<path>.damaged-<time>`. The caller holds the
 * record's lock. A crash afterwards sets the same bytes aside twice, and loses none.
 *
 * @throws `fault` when there is nothing to copy: a folder or a link stands in the record's place
 */
export async function copyAside(path: string, fault: LabferryError): Promise<SetAside> {
  const info = await Deno.lstat(path);
  if (!info.isFile) throw fault;
  const time = new Date().toISOString().replaceAll(":", "-");
  const aside = `${path}.damaged-${time}`;
  using source = await Deno.open(path);
  await writeFileAtomic(aside, chunksOf(source), { createOnly: true });
  await source.seek(0, Deno.SeekMode.Start);
  const head = new Uint8Array(HEAD_BYTES);
  const length = await source.read(head) ?? 0;
  return { path: aside, head: new TextDecoder().decode(head.subarray(0, length)) };
}

async function* chunksOf(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  while (true) {
    const chunk = new Uint8Array(HEAD_BYTES);
    const length = await file.read(chunk);
    if (length === null) return;
    yield chunk.subarray(0, length);
  }
}
