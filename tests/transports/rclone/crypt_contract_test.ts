/** The contract under rclone's encryption: the place knows neither names nor sizes as they are. */
import { LOOK_BEFORE_CALL } from "../../contract/small_files.ts";
import { transportContract } from "../../contract/suite.ts";
import { openCrypt } from "../../support/crypt.ts";
import { sharePlace } from "../../support/rclone_place.ts";
import { shared } from "../../support/shared.ts";

const TOOLS = ["rclone", "rcloneMount"] as const;
const NO_LINKS = "the view of what is encrypted can make no link to try it with";
const server = shared(TOOLS, openCrypt);

transportContract("RcloneTransport (crypt)", TOOLS, () => sharePlace(server()), {
  ...LOOK_BEFORE_CALL,
  "cancel-and-resume":
    "half of an encrypted file has no bytes to compare its hash with; crypt_damage_test.ts does",
  "refused-names": "how long a name becomes is known when it is sent: name_not_carried comes then",
  "list-other": NO_LINKS,
  "link-in-the-way": NO_LINKS,
  "links-write-folder": NO_LINKS,
  "links-write-file": NO_LINKS,
  "links-read": NO_LINKS,
  "fetch-far-links": NO_LINKS,
});
