/** What a person configures, checked and taken apart before anything is started. */
import { LabferryError } from "../../base/mod.ts";

export interface RsyncSshOptions {
  /** `user@host` or `host`; a `Host` of the account's ssh configuration will do. */
  readonly sshTarget: string;
  /** Folder on the far machine: absolute, or relative to the account's home (`~/lab`, `lab`). */
  readonly remotePath: string;
  /** @default 22, or what the ssh configuration says */
  readonly sshPort?: number;
  /** Private key without a passphrase; without it the agent and ssh's defaults are asked. */
  readonly sshKeyPath?: string;
  /** File of known host keys instead of the account's own. */
  readonly knownHostsPath?: string;
  /** The programs to run. @default `rsync` and `ssh` on PATH */
  readonly commands?: { readonly rsync?: string; readonly ssh?: string };
}

export interface SshDestination {
  /** `user@host:/path`, as people write it. */
  readonly address: string;
  readonly login: string | null;
  readonly host: string;
  readonly port: number | null;
  readonly keyPath: string | null;
  readonly knownHostsPath: string | null;
  /** Begins with `/`, or with `.` when it is below the far home; never ends with `/` but for the root. */
  readonly base: string;
  readonly rsync: string;
  readonly ssh: string;
}

/** @throws LabferryError `config_invalid` */
export function parseDestination(options: RsyncSshOptions): SshDestination {
  const { sshTarget, remotePath, sshPort, sshKeyPath, knownHostsPath, commands = {} } = options;
  // The last @ divides: accounts of a domain may hold one (`maria@lab.example@nas01`).
  const at = sshTarget.lastIndexOf("@");
  const login = at < 0 ? null : sshTarget.slice(0, at);
  const host = sshTarget.slice(at + 1).replace(/^\[(.*)\]$/, "$1");
  if (login === "" || !/^[^\s\0/@'"-][^\s\0/@'"]*$/.test(host) || /^-|[\s\0'"]/.test(login ?? "")) {
    throw invalid(`ssh_target ${JSON.stringify(sshTarget)} names no machine`, {
      hint: "Write user@host, for example labuser@nas01.lab.example.",
    });
  }
  if (sshPort !== undefined && !(Number.isInteger(sshPort) && sshPort > 0 && sshPort < 65536)) {
    throw invalid(`ssh_port ${sshPort} is no port`, { hint: "Ports are 1 to 65535; ssh's is 22." });
  }
  for (const path of [sshKeyPath, knownHostsPath]) {
    if (path !== undefined && (path === "" || /["\0\r\n]/.test(path))) {
      throw invalid(`ssh cannot be told the path ${JSON.stringify(path)}`, {
        hint: "Use a path without quotes and line ends.",
      });
    }
  }
  return {
    address: `${sshTarget}:${remotePath}`,
    login,
    host,
    port: sshPort ?? null,
    keyPath: sshKeyPath ?? null,
    knownHostsPath: knownHostsPath ?? null,
    base: normalizeBase(remotePath),
    rsync: commands.rsync ?? "rsync",
    ssh: commands.ssh ?? "ssh",
  };
}

/** No shell expands it, so `~` is resolved here: a relative path starts in the account's home. */
function normalizeBase(remotePath: string): string {
  if (remotePath === "") {
    throw invalid("remote_path is empty", { hint: "Write the folder on the far machine." });
  }
  const path = remotePath.replace(/^~(?=\/|$)/, ".");
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (path.startsWith("~") || segments.includes("..") || path.includes("\0")) {
    throw invalid(`remote_path ${JSON.stringify(remotePath)} is not a plain path`, {
      hint: "Write it from the root, without .. and without another account's ~.",
    });
  }
  if (path.startsWith("/")) return `/${segments.join("/")}`;
  return [".", ...segments].join("/");
}

function invalid(what: string, details: { hint: string }): LabferryError {
  return new LabferryError("config_invalid", what, details);
}
