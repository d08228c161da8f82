/** The one way this program calls ssh. */
import type { SshDestination } from "./destination.ts";
import { sshPathOption } from "./quote.ts";

/** A stalled peer hangs for ever without both this and rsync's own `--timeout`. */
const ALIVE = ["-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3"] as const;

/**
 * A command that rides on a master whose socket is dead would make a connection of its own, in
 * silence: what a pass saw before and after would be two machines' answers, with a power cut between.
 */
const NEVER_ALONE = ["-o", "ProxyCommand=false"] as const;

/**
 * `ssh` and its options, without host and command. Keys only: nobody is there to be asked for a
 * password. What the account's ssh configuration would add to a session (forwardings, a command, a
 * terminal) is switched off; its `Host` aliases and jump hosts stay.
 */
export function sshWords(
  destination: SshDestination,
  options: { controlPath: string | null; master?: boolean },
): string[] {
  const { login, port, keyPath, knownHostsPath } = destination;
  const { controlPath, master = false } = options;
  return [
    destination.ssh,
    "-T",
    "-x",
    "-a",
    "-o",
    "BatchMode=yes",
    "-o",
    "StrictHostKeyChecking=accept-new",
    "-o",
    "ConnectTimeout=10",
    ...ALIVE,
    // Twice as fast as the default on processors with AES instructions; `^` only prefers it.
    "-o",
    "Ciphers=^aes128-gcm@openssh.com",
    "-o",
    "ClearAllForwardings=yes",
    "-o",
    "RemoteCommand=none",
    "-o",
    "ControlPersist=no",
    "-o",
    `ControlMaster=${master ? "yes" : "no"}`,
    "-o",
    `ControlPath=${controlPath ?? "none"}`,
    ...(controlPath !== null && !master ? NEVER_ALONE : []),
    "-o",
    `PermitLocalCommand=${master ? "yes" : "no"}`,
    ...(keyPath ? ["-o", "IdentitiesOnly=yes", "-o", sshPathOption("IdentityFile", keyPath)] : []),
    ...(knownHostsPath ? ["-o", sshPathOption("UserKnownHostsFile", knownHostsPath)] : []),
    ...(port ? ["-p", String(port)] : []),
    ...(login ? ["-l", login] : []),
  ];
}
