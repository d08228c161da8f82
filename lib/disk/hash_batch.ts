/** Hashing a batch of files, in a worker thread. */
import { createHash } from "node:crypto";
import { readDirect } from "./direct_read.ts";
import type { FarFolders } from "./far_folder.ts";
import { readFar } from "./far_read.ts";
import type { FileHash } from "./messages.ts";
import { type ReadContext, readThrough } from "./read_through.ts";

interface HashHow {
  readonly dropCache: boolean;
  readonly context: ReadContext;
}

/**
 * SHA-256 of one regular file. With `dropCache` the bytes are read past the file cache where the
 * system can do that; `cacheDropped` says whether it did.
 */
export function hashOne(path: string, { dropCache, context }: HashHow): FileHash {
  if (dropCache) {
    const direct = readDirect(path, context);
    if (direct) return direct;
  }
  const hash = createHash("sha256");
  const stat = readThrough(path, context, (bytes) => void hash.update(bytes));
  return { ...stat, sha256: hash.digest("hex"), cacheDropped: false };
}

/** The same for a file of a mounted destination, whose faults are not a source's. */
export function hashFar(
  path: string,
  { folders, ...how }: HashHow & { readonly folders: FarFolders },
): FileHash {
  return readFar(path, { folders, read: () => hashOne(path, how) });
}
