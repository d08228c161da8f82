/** Reading a file of a mounted destination: no link on the way, and its faults are not a source's. */
import { dirname } from "node:path";
import { LabferryError } from "../base/errors.ts";
import { diskError, diskFailure } from "./disk_failure.ts";
import type { FarFolders } from "./far_folder.ts";

/**
 * Does `read`, which reads `path` through to its end.
 *
 * @throws LabferryError `not_found` instead of `source_vanished`, and what the disk says instead of
 * `source_unreadable`
 */
export function readFar<T>(
  path: string,
  { folders, read }: { readonly folders: FarFolders; readonly read: () => T },
): T {
  if (!folders.isThere(dirname(path))) throw diskError("not_found", `${path} is gone`, { path });
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    if (error.code === "source_busy") {
      throw diskError("file_in_use", `${path} is open over there`, { path, cause: error });
    }
    if (error.code !== "source_vanished" && error.code !== "source_unreadable") throw error;
    throw diskFailure(error.cause, `${path} could not be read`, path);
  }
}
