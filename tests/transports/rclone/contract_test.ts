import { localPlace, sftpPlaceOfItsOwn } from "../../support/rclone_place.ts";
import { transportContract } from "../../contract/suite.ts";

transportContract("RcloneTransport (local)", ["rclone"], localPlace);
transportContract("RcloneTransport (sftp)", ["rclone", "sshd"], sftpPlaceOfItsOwn);
