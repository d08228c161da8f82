/** The contract on an object store. */
import { LOOK_BEFORE_CALL } from "../../contract/small_files.ts";
import { transportContract } from "../../contract/suite.ts";
import { sharePlace } from "../../support/rclone_place.ts";
import { startS3 } from "../../support/s3_server.ts";
import { shared } from "../../support/shared.ts";

const TOOLS = ["rclone", "rcloneMount"] as const;
const NO_FOLDERS = "an object store has names with / in them, and no folders";
const NEVER_IN_THE_WAY = "an object x and objects x/y stand beside each other: nothing makes way";
const NO_LINKS = "an object store knows no links";
const server = shared(TOOLS, startS3);

transportContract("RcloneTransport (s3)", TOOLS, () => sharePlace(server()), {
  ...LOOK_BEFORE_CALL,
  "path-outside":
    "beside a bucket there can be no file to find unchanged; what is asked is refused",
  "refused-names": "what a provider's disk takes is known when it is sent",
  "create-base": "a bucket has no folder above it",
  "times-and-empty-folders": NO_FOLDERS,
  "only-empty-folders": NO_FOLDERS,
  "empty-folder-in-the-way": NO_FOLDERS,
  "in-the-way-of-an-empty-folder": NO_FOLDERS,
  "list-kinds": NO_FOLDERS,
  "in-the-way-of-a-folder": NEVER_IN_THE_WAY,
  "folder-in-the-way": NEVER_IN_THE_WAY,
  "list-other": NO_LINKS,
  "link-in-the-way": NO_LINKS,
  "links-write-folder": NO_LINKS,
  "links-write-file": NO_LINKS,
  "links-read": NO_LINKS,
  "fetch-far-links": NO_LINKS,
});
