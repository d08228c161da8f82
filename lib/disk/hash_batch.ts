/** Hashing a batch of files, in a worker thread. */
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { LabferryError } from "../base/errors.ts";
import { readDirect } from "./direct_read.ts";
import { diskError, diskFailure } from "./disk_failure.ts";
import type { FarFolders } from "./far_folder.ts";
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
  if (!folders.isThere(dirname(path))) throw diskError("not_found", `${path} is gone`, { path });
  try {
    return hashOne(path, how);
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    if (error.code === "source_busy") {
      throw diskError("file_in_use", `${path} is open over there`, { path, cause: error });
    }
    if (error.code !== "source_vanished" && error.code !== "source_unreadable") throw error;
    throw diskFailure(error.cause, `${path} could not be read`, path);
  }
}
