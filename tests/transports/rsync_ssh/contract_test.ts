/** rsync_ssh keeps the contract: with a shell at the far side, and where only rsync may run. */
import { type KnownGaps, transportContract } from "../../contract/suite.ts";
import { hasProgram } from "./has_program.ts";
import { rsyncPlace } from "./rsync_place.ts";

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
  "link-in-the-way": "not done yet",
};

transportContract("RsyncSshTransport", ["rsync", "sshd"], () => rsyncPlace(), NOT_YET);

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
    NOT_YET,
  );
}
