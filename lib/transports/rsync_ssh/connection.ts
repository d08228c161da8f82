/** One session's way to its account: what every operation of the session shares. */
import type { FarSide } from "./far_side.ts";
import type { RsyncPair } from "./rsync_version.ts";
import type { SshConnection } from "./ssh_connection.ts";

export interface RsyncConnection {
  readonly ssh: SshConnection;
  readonly far: FarSide;
  readonly pair: RsyncPair;
}
