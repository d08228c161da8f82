import { localPlace, sftpPlaceOfItsOwn } from "../../support/rclone_place.ts";
import { type KnownGaps, transportContract } from "../../contract/suite.ts";

/** Clauses that are newer than this transport. */
const NOT_YET: KnownGaps = {
  "in-the-way-file": "not done yet",
  "in-the-way-of-a-folder": "not done yet",
  "in-the-way-of-an-empty-folder": "not done yet",
  "folder-in-the-way": "not done yet",
  "empty-folder-in-the-way": "not done yet",
  "set-aside-many": "not done yet",
  "set-aside-folder": "not done yet",
  "set-aside-taken": "not done yet",
  "list-kinds": "not done yet",
  "list-other": "not done yet",
  "name-habits": "not done yet",
  "killed-with-things-in-the-way": "not done yet",
  "link-in-the-way": "not done yet",
};

transportContract("RcloneTransport (local)", ["rclone"], localPlace, NOT_YET);
transportContract("RcloneTransport (sftp)", ["rclone", "sshd"], sftpPlaceOfItsOwn, NOT_YET);
