/** rsync_ssh keeps the contract: with a shell at the far side, and where only rsync may run. */
import { LOOK_BEFORE_CALL } from "../../contract/small_files.ts";
import { transportContract } from "../../contract/suite.ts";
import { hasProgram } from "./has_program.ts";
import { rsyncPlace } from "./rsync_place.ts";

transportContract(
  "RsyncSshTransport",
  ["rsync", "sshd"],
  () => rsyncPlace(),
  LOOK_BEFORE_CALL,
);

const RRSYNC = "/usr/bin/rrsync";
if (hasProgram(RRSYNC)) {
  transportContract(
    "RsyncSshTransport behind rrsync",
    ["rsync", "sshd", "linux"],
    () =>
      rsyncPlace({
        sshd: (root) => ({ forceCommand: `${RRSYNC} ${root}/far` }),
        remotePath: (root, basePath) => basePath.slice(`${root}/far`.length),
      }),
    {
      ...LOOK_BEFORE_CALL,
      "arrived-early": "rrsync lets nobody ask the far rsync which file it has put into place",
      "set-aside-folder": "rsync alone moves files only: a folder is a destination_conflict there",
    },
  );
}
