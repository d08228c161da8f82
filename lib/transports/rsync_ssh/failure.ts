/**
 * From a tool's exit code and last words to whose fault it was. The code decides first (rsync(1),
 * "EXIT VALUES"; ssh(1), "EXIT STATUS"), the message only within a code.
 */
import { TransportError } from "../failure.ts";
import { FAR_WORDS, type FarWord } from "./far_words.ts";
import { ofDisk } from "./far_disk_words.ts";
import type { Reading } from "./reading.ts";

export interface ToolFailure {
  /** The place, for the message. */
  readonly address: string;
  /** Exit code; null when a signal ended the tool. */
  readonly code: number | null;
  readonly stderr: string;
  /** What was being done: "sending", "listing". */
  readonly doing: string;
  /** Where the run's files are; makes paths in messages relative. */
  readonly sourceDir?: string;
  /** The far side sends: what cannot be read is there, and a full disk is here. */
  readonly pulling?: boolean;
  /** Below the base; makes far paths in messages those of the run. */
  readonly farDir?: string;
  /** What an account without a shell said when it was asked; null for one that has one. */
  readonly accountSaid?: string | null;
}

/** The far folder is not there; what that means is the caller's to say. */
export class FarFolderAbsent extends Error {
  override readonly name = "FarFolderAbsent";
}

export function failureOf(failure: ToolFailure): TransportError | FarFolderAbsent {
  const word = wordOf(failure.stderr);
  if (word === "absent") return new FarFolderAbsent(`nothing there at ${failure.address}`);
  const reading: Reading = word
    ? { ...FAR_WORDS[word], path: /^labferry-at: (.*)$/m.exec(failure.stderr)?.[1] }
    : readingOf(failure);
  const { code, why, hint, path } = reading;
  const seen = lastLine(failure.stderr);
  return new TransportError(code, `${failure.doing} ${failure.address} failed`, {
    why: seen && !why.includes(seen) ? `${why} (${seen})` : why,
    toolTail: failure.stderr,
    ...(hint ? { hint } : {}),
    ...(path ? { path } : {}),
  });
}

/** What the scripts of `far_scripts.ts` say on their way out. */
function wordOf(stderr: string): FarWord | null {
  const word = /^labferry-far: ([a-z-]+)\r?$/m.exec(stderr)?.[1];
  return word !== undefined && word in FAR_WORDS ? word as FarWord : null;
}

function readingOf(failure: ToolFailure): Reading {
  const { code, stderr } = failure;
  switch (code) {
    case 255:
      return ofConnection(stderr) ?? lost("the connection could not be made or was lost");
    case 127:
    case 126:
      return FAR_WORDS["no-rsync"];
    case 10:
    case 30:
    case 35:
      return ofConnection(stderr) ?? lost("the far side stopped answering");
    case 12:
      return (failure.pulling ? ofPull(stderr) : ofDisk(failure)) ?? ofConnection(stderr) ??
        (NO_WORD_OF_RSYNC.test(stderr) ? ofAccount(failure) : null) ??
        lost("the connection was lost");
    case 3:
    case 11:
    case 23:
    case 24:
      return (failure.pulling ? ofPull(stderr) : ofDisk(failure) ?? ofFiles(failure)) ??
        { code: "unknown", why: `code ${code}` };
    case 1:
    case 2:
    case 4:
      return ofConnection(stderr) ?? ofAccount(failure) ??
        { code: "missing_tool", why: `the two rsyncs do not understand each other`, hint: UPDATE };
    case 62:
      return ofScript(failure);
    case null:
    case 20:
      return { code: "unknown", why: "a signal ended the transfer" };
    default:
      return ofConnection(stderr) ?? { code: "unknown", why: `exit code ${code}` };
  }
}

/** The far side ended, or closed its input, before a byte of rsync's came: or rrsync refused. */
const NO_WORD_OF_RSYNC = /\(0 bytes received so far\)|failed to write 4 bytes|rrsync error: /;

const UPDATE = "See that rsync 3.1 or newer is installed here and on the far machine.";

/** Something that is no rsync answered: then what the account says about itself is what counts. */
function ofAccount({ accountSaid, stderr }: ToolFailure): Reading | null {
  if (accountSaid === null || accountSaid === undefined) return null;
  // An rrsync that refuses says why by itself.
  const refusal = /rrsync error: (.*)/.exec(stderr)?.[1];
  const said = refusal ?? accountSaid.split(/[\r\n]+/).find((line) => line.trim() !== "")?.trim();
  return {
    code: "auth",
    why: said === undefined
      ? "the account runs no rsync there, and says nothing: it may be one for sftp alone"
      : `the account runs no rsync there; it says: ${said.slice(0, 200)}`,
    hint: NO_RSYNC_ACCOUNT,
  };
}

export const NO_RSYNC_ACCOUNT =
  "Give the account a shell, or let its key run rrsync; one for sftp alone can be an rclone remote.";

function lost(why: string): Reading {
  return { code: "unreachable", why };
}

/** Order matters: a changed host key also ends in "Host key verification failed". */
const CONNECTION: readonly (readonly [RegExp, Reading])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED/, {
    code: "host_key",
    why: "the far machine shows another host key than before",
    hint:
      "Ask who changed that machine; if it was replaced, remove its old key with ssh-keygen -R.",
  }],
  [/Host key verification failed|No .* host key is known/i, {
    code: "host_key",
    why: "the far machine's host key is not known",
    hint: "Log in once by hand with ssh and compare the key's fingerprint.",
  }],
  [
    /Could not resolve hostname|Name or service not known|name resolution|nodename nor servname/i,
    {
      code: "name_resolution",
      why: "the far machine's name is unknown",
      hint: "Check the spelling of ssh_target and the name server.",
    },
  ],
  // ssh names the methods it tried; rsync's own "Permission denied (13)" has a number there.
  [/Permission denied \([a-z]|Too many authentication failures|no mutual signature/i, {
    code: "auth",
    why: "the far machine did not accept the key",
    hint: "See that ssh_key_path is right and that its public half is in authorized_keys there.",
  }],
  [/UNPROTECTED PRIVATE KEY|Load key .*:|Identity file .* not accessible/i, {
    code: "auth",
    why: "the private key cannot be used",
    hint: "It must be readable by this account alone and have no passphrase.",
  }],
  [/(rsync|sh): .*(command not found|not found|No such file)/i, {
    code: "missing_tool",
    why: "rsync is missing on the far machine",
    hint: "Install rsync there.",
  }],
  [/This account is currently not available/i, {
    code: "auth",
    why: "the account may not run commands on the far machine",
    hint: "Give it a shell there, or let its key run rrsync.",
  }],
];

function ofConnection(stderr: string): Reading | null {
  return CONNECTION.find(([pattern]) => pattern.test(stderr))?.[1] ?? null;
}

function ofPull(stderr: string): Reading | null {
  if (/No space left on device|\(28\)$/m.test(stderr)) {
    return { code: "unknown", why: "this computer has no room to read it back", hint: ROOM_HERE };
  }
  const unreadable = /"(.*)".*: .*\((?:13|1|5)\)$/m.exec(stderr)?.[1];
  if (unreadable === undefined) return null;
  return {
    code: "unknown",
    why: `${unreadable} cannot be read there`,
    hint: "Look at its permissions and at that machine's disk.",
    path: unreadable,
  };
}

/** A step of a script failed that the far system itself gave a reason for. */
function ofScript(failure: ToolFailure): Reading {
  if (!failure.pulling) return ofDisk(failure) ?? ofFiles(failure) ?? UNKNOWN_STEP;
  const [, path] =
    /: [\u2018']?([^:]*?)[\u2019']?: (?:Permission|Operation|Input)/.exec(failure.stderr) ?? [];
  if (path === undefined) return ofDisk(failure) ?? UNKNOWN_STEP;
  return {
    code: "unknown",
    why: `${path} cannot be read there`,
    hint: "Look at its permissions and at that machine's disk.",
    path,
  };
}

const UNKNOWN_STEP: Reading = { code: "unknown", why: "the far system refused" };

const ROOM_HERE = "Make room on the disk that holds the state directory.";

function ofFiles(failure: ToolFailure): Reading | null {
  const { stderr, sourceDir } = failure;
  const path = (text: string | undefined) =>
    text === undefined ? undefined : relativeTo(sourceDir, text);
  const vanished = /file has vanished: "(.*)"/.exec(stderr) ??
    /\[sender\] (?:link_stat|.*open(?:ed)?) "(.*)" failed: .*\(2\)/.exec(stderr) ??
    /link_stat "(.*)" failed: .*\(2\)/.exec(stderr);
  if (vanished) {
    const gone = path(vanished[1]);
    return { code: "source_vanished", why: `${gone} is no longer there`, path: gone };
  }
  const unreadable = /\[sender\] .*"(.*)".*: (.*\((?:13|1|5)\))/.exec(stderr) ??
    /send_files failed to open "(.*)": (.*)/.exec(stderr);
  if (unreadable) {
    const file = path(unreadable[1]);
    return {
      code: "source_unreadable",
      why: `${file} cannot be read: ${unreadable[2]}`,
      path: file,
    };
  }
  const folder = /^cannot delete non-empty directory: (.*)$/m.exec(stderr)?.[1];
  if (folder !== undefined) {
    return {
      code: "destination_conflict",
      why: `a folder stands there under the name of the file ${folder}`,
      hint: "Move it away over there; nothing in it was touched.",
      path: folder,
    };
  }
  if (/Permission denied|\(13\)$|Operation not permitted|\(1\)$/m.test(stderr)) {
    return {
      code: "auth",
      why: "the account may not write there",
      hint: "Give the account write permission below remote_path.",
    };
  }
  return null;
}

/** rsync prints absolute local paths and escapes what cannot be printed. */
function relativeTo(sourceDir: string | undefined, text: string): string {
  if (sourceDir === undefined) return text;
  const at = text.indexOf(`${sourceDir}/`);
  return at < 0 ? text : text.slice(at + sourceDir.length + 1);
}

const EMPTY_WORDS = new RegExp(
  "^rsync error: |^labferry-(?:far|at|note): |^Warning: Permanently added" +
    "|^\\(see the rsync manpage|^protocol version mismatch|^xargs: ",
);

/** rsync's own last lines only repeat the code. */
function lastLine(stderr: string): string | null {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.trim()).filter((line) =>
    line !== "" && !EMPTY_WORDS.test(line)
  );
  return lines.at(-1) ?? null;
}
