/**
 * Whose fault a failed rclone is. The exit code decides where it says something (3: no such folder);
 * authentication, a refused connection, an unknown remote and in 1.60 wrong usage are all 1, so the
 * rest is read from what rclone wrote. The messages are those that 1.60 and 1.75 really gave.
 */
import type { FailureCode } from "../failure.ts";

/** https://rclone.org/docs/#exit-code */
export const EXIT_DIRECTORY_MISSING = 3;

/** First match wins: what is said of one file comes before what may follow from it. */
const MESSAGES: readonly (readonly [FailureCode, RegExp])[] = [
  ["source_changed", /source file is being updated/i],
  ["source_vanished", /failed to open source object: .*(no such file|cannot find the file)/i],
  [
    "source_unreadable",
    /failed to open source object: .*(permission denied|input\/output|access is denied)/i,
  ],
  [
    "host_key",
    /knownhosts: |host key (mismatch|verification)|key mismatch|pinned host key|x509: /i,
  ],
  [
    "auth",
    /unable to authenticate|no supported methods remain|ssh agent requested|private key|passphrase|401 unauthorized|403 forbidden|accessdenied|invalidaccesskeyid|signaturedoesnotmatch|invalid_grant|token (has )?expired|logon failure|\b530 |RCLONE_CONFIG_PASS|unable to decrypt configuration/i,
  ],
  [
    "name_resolution",
    /no such host|failure in name resolution|server misbehaving|lookup .*: i\/o timeout/i,
  ],
  // The file system's limit for one file (FAT), never a full disk.
  ["file_too_large", /file too large|entitytoolarge|request entity too large/i],
  [
    "destination_full",
    /no space left|quota exceeded|exceeded your .*quota|storagequota|insufficient ?storage|not enough space|too big for remaining disk space|disk full/i,
  ],
  [
    "unreachable",
    /connection refused|no route to host|network is unreachable|i\/o timeout|connection (was )?(reset|lost|timed out|closed)|context deadline exceeded|unexpected EOF|: EOF|broken pipe|couldn't connect|didn't find section in config|couldn't find type of fs|didn't find backend|service unavailable|bad gateway|host is down|network is (down|unreachable)|no such device|remote i\/o error|stale (nfs )?file handle|transport endpoint/i,
  ],
  // Before what may follow from it: encrypted names are longer than they look here.
  ["name_not_carried", /file ?name too long|name is too long/i],
  ["destination_conflict", /: (is|not) a (file|directory)|is a file not a directory/i],
  ["missing_tool", /unknown (shorthand )?flag|unknown command/i],
  [
    "auth",
    /permission denied|SSH_FX_PERMISSION_DENIED|read-only file system|operation not permitted/i,
  ],
];

/** What the failure is called; `causes` are rclone's messages without the names of files. */
export function failureCodeOf(exitCode: number, causes: readonly string[]): FailureCode {
  if (exitCode === EXIT_DIRECTORY_MISSING) return "destination_identity";
  const text = causes.join("\n");
  return MESSAGES.find(([, pattern]) => pattern.test(text))?.[0] ?? "unknown";
}

/** What to do about it; `shown` is the destination as people write it. */
export function hintOf(code: FailureCode, shown: string): string | undefined {
  const hints: Partial<Record<FailureCode, string>> = {
    missing_tool:
      "Install rclone 1.56 or newer (https://rclone.org/install/, `apt install rclone`).",
    auth: "Check the remote's user, password or key, and its rights on the folder.",
    host_key:
      "The server's key is not the known one: find out why before changing known_hosts_file.",
    name_resolution: "Check the host's name in the remote, and this machine's DNS.",
    unreachable:
      `Try \`rclone lsf ${shown}\`: is the name in \`rclone listremotes\`, is the server up?`,
    name_not_carried:
      "Shorten the file's name, or its folders' names; encrypted names (crypt) are longer over there.",
    file_too_large: "Use a destination whose file system takes large files (FAT32 ends at 4 GiB).",
    destination_full: "Make room at the destination.",
    destination_identity:
      "See that the share or disk is mounted there; what waits then goes on by itself.",
    source_unreadable: "Give the service the right to read the run's files.",
  };
  return hints[code];
}
