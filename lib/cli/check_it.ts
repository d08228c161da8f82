/** How anybody checks the copy with nothing of ours: a command to paste, where the place has a path. */
import type { JobView } from "../control/mod.ts";
import { parseDestination } from "./destination_address.ts";
import { visible } from "./table.ts";

const CHECK = "sha256sum -c .exlab-wizard/checksums.sha256";

export function checkIt(
  { destination, far_path }: Pick<JobView, "destination" | "far_path">,
): string {
  const choice = parseDestination(destination, { sshKey: null, sshPort: 22 });
  switch (choice.type) {
    case "mount":
      return `cd ${quoted(`${choice.path}/${far_path}`)} && ${CHECK}`;
    case "rsync_ssh":
      return `on ${choice.target}: cd ${quoted(`${choice.remotePath}/${far_path}`)} && ${CHECK}`;
    case "rclone":
      return `in a mount or a copy of ${visible(`${destination}/${far_path}`)}: ${CHECK}`;
  }
}

/** For a POSIX shell. A name with control characters is only shown: it is not to be pasted. */
function quoted(path: string): string {
  const shown = visible(path);
  return /^[\w@%+=:,./-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", `'\\''`)}'`;
}
