/** Hashing a batch of files, in a worker thread. */
import { digests } from "./digests.ts";
import { readDirect } from "./direct_read.ts";
import type { FarFolders } from "./far_folder.ts";
import { readFar } from "./far_read.ts";
import type { FileHash, OtherDigest } from "./messages.ts";
import { type ReadContext, readThrough } from "./read_through.ts";

interface HashHow {
  readonly dropCache: boolean;
  readonly others?: readonly OtherDigest[] | undefined;
  readonly context: ReadContext;
}

/**
 * SHA-256 of one regular file. With `dropCache` the bytes are read past the file cache where the
 * system can do that; `cacheDropped` says whether it did.
 */
export function hashOne(path: string, { dropCache, context, others }: HashHow): FileHash {
  if (dropCache) {
    const direct = readDirect(path, context);
    if (direct) return direct;
  }
  const hash = digests(others);
  const stat = readThrough(path, context, (bytes) => hash.update(bytes));
  return { ...stat, ...hash.end(), cacheDropped: false };
}

/** The same for a file of a mounted destination, whose faults are not a source's. */
export function hashFar(
  path: string,
  { folders, ...how }: HashHow & { readonly folders: FarFolders },
): FileHash {
  return readFar(path, { folders, read: () => hashOne(path, how) });
}
