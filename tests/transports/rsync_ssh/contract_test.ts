/** rsync_ssh keeps the contract: with a shell at the far side, and without one. */
import { transportContract } from "../../contract/suite.ts";
import { rsyncPlace } from "./rsync_place.ts";

transportContract("RsyncSshTransport", ["rsync", "sshd"], () => rsyncPlace());
