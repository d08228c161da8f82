/** The contract on Debian's smbd: what most NAS boxes and facility servers speak. */
import { LOOK_BEFORE_CALL } from "../../contract/small_files.ts";
import { transportContract } from "../../contract/suite.ts";
import { sharePlace } from "../../support/rclone_place.ts";
import { startSamba } from "../../support/samba.ts";
import { shared } from "../../support/shared.ts";

const TOOLS = ["rclone", "samba", "root"] as const;
const server = shared(TOOLS, () => startSamba());

transportContract("RcloneTransport (smb)", TOOLS, () => sharePlace(server()), {
  ...LOOK_BEFORE_CALL,
  "list-other": "an SMB server shows a link inside the share as what it names",
  "link-in-the-way":
    "an SMB server does not tell links from files: one that leads out of the share cannot be " +
    "opened, and the push ends without a conflict's name; links-write-* and links-read hold",
});
