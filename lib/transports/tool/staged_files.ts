/** Small files on their way: written into a folder that a tool sends, read from one that it filled. */
import { dirname, join } from "node:path";
import { lstatOrNull } from "../../disk/mod.ts";
import { MAX_SMALL_FILE_BYTES } from "../contract.ts";
import { TransportError } from "../failure.ts";

/** Names may hold `/`; the folder is made where it is missing. */
export async function stageFiles(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const [name, bytes] of files) {
    const path = join(folder, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, bytes, { createNew: true });
  }
}

/**
 * Null for what did not come, or is no regular file.
 *
 * @throws {TransportError} `unknown` for one that is larger than the contract allows
 */
export async function readStaged(folder: string, name: string): Promise<Uint8Array | null> {
  const path = join(folder, name);
  const info = await lstatOrNull(path);
  if (!info?.isFile) return null;
  if (info.size <= MAX_SMALL_FILE_BYTES) return await Deno.readFile(path);
  throw new TransportError("unknown", `${name} at the destination is too large`, {
    why: `it has ${info.size} bytes, a record at most ${MAX_SMALL_FILE_BYTES}`,
    path: name,
  });
}
