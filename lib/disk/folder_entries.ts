/**
 * What is in a folder, all of it or an error. The runtime's `readDirSync` (and node's, which is made of
 * it) leaves out what it could not read: of a disk that fails in the middle it gives the first names,
 * of a share that is gone none, and says nothing. A run sealed from such a listing would be called
 * whole. The asynchronous call throws.
 */
export function eachEntryOf(folder: string): AsyncIterable<Deno.DirEntry> {
  return Deno.readDir(folder);
}

/** As `eachEntryOf`, at once: for folders that hold few. */
export async function entriesOf(folder: string): Promise<Deno.DirEntry[]> {
  return await Array.fromAsync(eachEntryOf(folder));
}
