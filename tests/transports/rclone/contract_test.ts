import { localPlace, sftpPlaceOfItsOwn } from "../../support/rclone_place.ts";
import { transportContract } from "../../contract/suite.ts";

transportContract("RcloneTransport (local)", ["rclone"], localPlace);
transportContract("RcloneTransport (sftp)", ["rclone", "sshd"], sftpPlaceOfItsOwn, {
  "list-other":
    "rclone lists links of an sftp server only by entering them; writes look for them by themselves",
});
