/** What the account may do on the far machine: asked once a session, in one round trip. */
import { TransportError } from "../failure.ts";
import { NO_RSYNC_ACCOUNT } from "./failure.ts";
import { FarTalk, type Opening } from "./far_talk.ts";
import { type FarHashTool, HASH_TOOLS } from "./hash_tools.ts";
import { parseRsyncVersion, type RsyncKind } from "./rsync_version.ts";
import { exitError, type SshConnection } from "./ssh_connection.ts";

export type FarAccount = FarShell | FarRestricted;

export interface FarShell {
  readonly kind: "shell";
  readonly rsync: RsyncKind | null;
  /** Absolute path of the account's home. */
  readonly home: string;
  readonly cores: number;
  /** Those that gave the right hash of "abc", fastest for large files first. */
  readonly hashTools: readonly FarHashTool[];
  readonly hasXargs0: boolean;
  /** GNU dd, which can drop a file from the cache. */
  readonly dropsCache: boolean;
  /** Another after each start of that machine; null where it cannot be read. */
  readonly bootId: string | null;
  /** GNU find, which prints kind, size and time by itself. */
  readonly findPrints: boolean;
}

export interface FarRestricted {
  readonly kind: "restricted";
  /** rrsync shows its folder as `/` and takes no `-s`. */
  readonly isRrsync: boolean;
  /** What the account said instead of running a command. */
  readonly said: string;
}

const PROBE_LIMIT_MS = 60_000;
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/** The account, and the talk with its shell where it has one. */
export interface AskedAccount {
  readonly account: FarAccount;
  readonly talk: FarTalk | null;
}

/** @throws TransportError when the connection fails */
export async function probeAccount(
  ssh: SshConnection,
  signal: AbortSignal,
): Promise<AskedAccount> {
  const talk = new FarTalk(ssh, signal);
  // Sent ahead: an account with a shell is known in one round trip.
  const asked = talk.ask({
    doing: "asking",
    script: { text: PROBE, args: [] },
    silenceMs: PROBE_LIMIT_MS,
    signal,
  });
  const [opening, answer] = await Promise.allSettled([talk.opening, asked]);
  if (opening.status === "rejected") throw opening.reason;
  if (opening.value.kind === "ended") {
    return { account: restricted(ssh, opening.value), talk: null };
  }
  const before = decodeLossy(opening.value.before);
  if (before !== "") throw printsFirst(ssh, before);
  if (answer.status === "rejected") throw answer.reason;
  return { account: shellOf(answersIn(answer.value.printed)), talk };
}

/** Something else than a shell answered. @throws TransportError */
function restricted(
  ssh: SshConnection,
  { exit, printed }: Opening & { readonly kind: "ended" },
): FarRestricted {
  // Code 255 is ssh's own, and only ssh's: the machine was lost, not the shell refused.
  if (exit.code === 255) throw exitError(ssh, exit, { doing: "connecting to" });
  const text = decodeLossy(printed);
  if (/not available|nologin/i.test(`${exit.stderrTail}${text}`)) {
    throw new TransportError("auth", `the account of ${ssh.destination.address} is closed`, {
      why: text.trim().slice(0, 200) || exit.stderrTail.slice(0, 200),
      hint: NO_RSYNC_ACCOUNT,
    });
  }
  const said = `${exit.stderrTail}\n${text}`.trim().slice(0, 1_000);
  return { kind: "restricted", isRrsync: /rrsync|SSH_ORIGINAL_COMMAND/.test(said), said };
}

/** What a start-up file prints goes into every command's output, before rsync's own bytes too. */
function printsFirst({ destination }: SshConnection, text: string): TransportError {
  const first = JSON.stringify(text.trim().split(/[\r\n]/)[0]!.slice(0, 100));
  return new TransportError("auth", `the account of ${destination.address} cannot be used so`, {
    why: `it prints text before every command: ${first}`,
    hint: "Let its start-up files (.bashrc, .cshrc) print only in a terminal.",
    toolTail: text.slice(0, 1_000),
  });
}

/** Linux; the BSDs and macOS. */
export const BOOT_ID =
  "cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.boottime 2>/dev/null";

const PROBE = [
  'printf "home=%s\\n" "$(pwd -P)"',
  'printf "cores=%s\\n" "$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null)"',
  'printf "rsync=%s\\n" "$(rsync --version 2>/dev/null | head -n 2 | tr "\\n" " ")"',
  "h=",
  // Perl takes 50 ms to say what one of the first two has said.
  ...HASH_TOOLS.map(({ name, command }, index) =>
    `${index < 2 ? "" : '[ -n "$h" ] || { '}a=$(printf abc | ${command} 2>/dev/null);` +
    ` printf "${name}=%s\\n" "$a"; h=$h$a${index < 2 ? "" : "; }"}`
  ),
  'printf "a b\\0" | xargs -0 printf "xargs=%s\\n" 2>/dev/null',
  "dd if=/bin/sh of=/dev/null iflag=nocache count=0 2>/dev/null && echo nocache=yes",
  `printf "boot=%s\\n" "$(${BOOT_ID})"`,
  'find /dev/null -ignore_readdir_race -printf "find=%y %s %T@\\n" 2>/dev/null',
].join("; ");

function answersIn(printed: Uint8Array): ReadonlyMap<string, string> {
  const lines = decodeLossy(printed).split("\n").map((line) => line.split(/=(.*)/s));
  return new Map(lines.map(([key, value]) => [key ?? "", value ?? ""]));
}

function shellOf(answers: ReadonlyMap<string, string>): FarShell {
  const cores = Number.parseInt(answers.get("cores") ?? "", 10);
  return {
    kind: "shell",
    rsync: parseRsyncVersion(answers.get("rsync") ?? ""),
    home: answers.get("home") ?? "",
    cores: cores > 0 ? cores : 1,
    hashTools: HASH_TOOLS.filter(({ name }) => answers.get(name)?.startsWith(ABC)),
    hasXargs0: answers.get("xargs") === "a b",
    dropsCache: answers.get("nocache") === "yes",
    bootId: answers.get("boot") || null,
    findPrints: /^c \d+ \d+\.?\d*$/.test(answers.get("find") ?? ""),
  };
}

function decodeLossy(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
