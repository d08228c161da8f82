import { localPlace, sftpPlaceOfItsOwn } from "../../support/rclone_place.ts";
import { LOOK_BEFORE_CALL } from "../../contract/small_files.ts";
import { transportContract } from "../../contract/suite.ts";

transportContract("RcloneTransport (local)", ["rclone"], localPlace, LOOK_BEFORE_CALL);
transportContract("RcloneTransport (sftp)", ["rclone", "sshd"], sftpPlaceOfItsOwn, {
  ...LOOK_BEFORE_CALL,
  "list-other":
    "rclone lists links of an sftp server only by entering them; writes look for them by themselves",
});
