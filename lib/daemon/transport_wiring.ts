/** The one place that names concrete transports. */
import type { TransportSettings } from "../config/mod.ts";
import type { Transport } from "../transports/mod.ts";
import { MountTransport } from "../transports/mount/mod.ts";
import { RcloneTransport } from "../transports/rclone/mod.ts";
import { RsyncSshTransport } from "../transports/rsync_ssh/mod.ts";

export type TransportChoice =
  & (
    | { readonly type: "mount"; readonly path: string }
    | { readonly type: "rclone"; readonly remote: string; readonly remotePath: string }
    | {
      readonly type: "rsync_ssh";
      readonly target: string;
      readonly keyPath: string | null;
      readonly port: number;
      readonly remotePath: string;
    }
  )
  & Partial<Pick<TransportSettings, "bandwidth">>;

export function createTransport(choice: TransportChoice): Transport {
  switch (choice.type) {
    case "mount":
      return new MountTransport({ path: choice.path });
    case "rclone":
      return new RcloneTransport({ remote: choice.remote, remotePath: choice.remotePath });
    case "rsync_ssh":
      return new RsyncSshTransport({
        sshTarget: choice.target,
        sshPort: choice.port,
        remotePath: choice.remotePath,
        ...(choice.keyPath === null ? {} : { sshKeyPath: choice.keyPath }),
      });
  }
}
