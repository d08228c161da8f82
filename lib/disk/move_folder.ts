/** A folder with all that is in it under another name, by one rename: at any instant it is whole. */
import { dirname } from "node:path";
import { diskFailure, errnoOf } from "./disk_failure.ts";
import { renameOver } from "./in_use.ts";
import { lstatOrNull } from "./presence.ts";
import { syncDirectory } from "./sync_directory.ts";

/**
 * `taken`: there is something under the new name. `other_disk`: nothing was moved. The system itself
 * refuses a folder that is not empty; an empty one that appears in that very moment is replaced.
 *
 * @throws LabferryError what the disk says
 */
export async function moveFolder(
  from: string,
  to: string,
): Promise<"moved" | "taken" | "other_disk"> {
  const [source, place, there] = await Promise.all(
    [from, dirname(to), to].map((path) => lstatOrNull(path)),
  );
  if (there) return "taken";
  if (source && place && source.dev !== place.dev) return "other_disk";
  try {
    await renameOver({ from, to });
  } catch (error) {
    // A mount of the same disk elsewhere has its number too.
    if (errnoOf(error) === "EXDEV") return "other_disk";
    throw diskFailure(error, "A folder could not be moved", from);
  }
  await syncDirectory(dirname(to));
  await syncDirectory(dirname(from));
  return "moved";
}
