/** The same folder, reached over a real sshd on this machine. */
import type { Transport } from "../../lib/transports/mod.ts";
import { RsyncSshTransport } from "../../lib/transports/rsync_ssh/mod.ts";
import type { TestSshd } from "../support/sshd.ts";

export function overSsh(sshd: TestSshd, remotePath: string): Transport {
  return new RsyncSshTransport({
    sshTarget: `${sshd.user}@${sshd.host}`,
    sshPort: sshd.port,
    sshKeyPath: sshd.keyPath,
    knownHostsPath: sshd.knownHostsPath,
    remotePath,
  });
}
