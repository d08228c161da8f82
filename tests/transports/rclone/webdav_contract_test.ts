/** The contract on WebDAV, as cloud stores of universities (Nextcloud and the like) speak it. */
import { LOOK_BEFORE_CALL } from "../../contract/small_files.ts";
import { transportContract } from "../../contract/suite.ts";
import { sharePlace } from "../../support/rclone_place.ts";
import { shared } from "../../support/shared.ts";
import { startWebdav } from "../../support/webdav.ts";

const TOOLS = ["rclone"] as const;
const NO_LINKS =
  "WebDAV knows no links: what its server does with one on its disk is not to be seen";
const server = shared(TOOLS, () => startWebdav());

transportContract("RcloneTransport (webdav)", TOOLS, () => sharePlace(server()), {
  ...LOOK_BEFORE_CALL,
  "refused-names":
    "control characters are lost in `rclone serve` itself, which cannot be known here",
  "list-other": NO_LINKS,
  "link-in-the-way": NO_LINKS,
  "links-write-file": NO_LINKS,
});
