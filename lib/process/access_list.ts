/**
 * Who may use a folder on Windows, where permission bits mean nothing: its access list, read and set
 * by `icacls`, with accounts by their SIDs because names are translated. Below `%PROGRAMDATA%` every
 * user may read what others write and make files of their own, unless the folder says otherwise.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "./run_tool.ts";
import { succeeded, type ToolOutcome } from "./tool_run.ts";

/** Runs `whoami` or `icacls`; tests have their own. */
export type AskAccess = (command: string, args: readonly string[]) => Promise<ToolOutcome>;

export interface AccessOptions {
  /** A folder of ours for what `icacls` writes. */
  readonly scratch: string;
  readonly ask?: AskAccess;
}

/** `others`: SIDs (or their two letters) of accounts that may do more than look at the folder's names. */
export type AccessSeen = { readonly others: readonly string[] } | { readonly unknown: string };

const SYSTEM = "S-1-5-18";
const ADMINISTRATORS = "S-1-5-32-544";
const USERS = "S-1-5-32-545";
/** What an access list calls by two letters (learn.microsoft.com, "SID Strings"). */
const LETTERS: Readonly<Record<string, string>> = {
  AN: "S-1-5-7",
  AU: "S-1-5-11",
  BA: ADMINISTRATORS,
  BG: "S-1-5-32-546",
  BU: USERS,
  CO: "S-1-3-0",
  IU: "S-1-5-4",
  NU: "S-1-5-2",
  OW: "S-1-3-4",
  PU: "S-1-5-32-547",
  SY: SYSTEM,
  WD: "S-1-1-0",
};
/** Rights that only stand for the folder itself, and only to list and to enter it. */
const LOOKING = new Set(["0x1200a9", "0x120089", "FR", "FX", "FRFX"]);
const LIMIT_MS = 30_000;

/**
 * What the access list of `path` grants to others than this account, SYSTEM and Administrators.
 * `secret`: to read it is too much, too.
 */
export async function accessOf(
  path: string,
  options: AccessOptions & { readonly secret?: boolean },
): Promise<AccessSeen> {
  const own = await ownSid(options);
  if (own === null) return { unknown: "whoami did not say which account this is" };
  const list = await accessList(path, options);
  if (list === null) return { unknown: `icacls did not say who may use ${path}` };
  return { others: othersIn(list, { ...options, own }) };
}

/** `strangers`: those who could use it before; `why`: null when it is closed now, else why it is not. */
export interface Closed {
  readonly strangers: readonly string[];
  readonly why: string | null;
}

/**
 * Closes a folder and what is in it to all but this account, SYSTEM and Administrators; users may list
 * and enter the folder itself. It becomes this account's own first, because an owner may always set the
 * list anew; a link is refused, and none below is followed. What was set is read again.
 */
export async function closeToOthers(path: string, options: AccessOptions): Promise<Closed> {
  const { ask = askTool } = options;
  const refused = (why: string, strangers: readonly string[] = []) => ({ why, strangers });
  if ((await Deno.lstat(path)).isSymlink) return refused("it is a link");
  const own = await ownSid(options);
  if (own === null) return refused("whoami did not say which account this is");
  const before = await accessList(path, options);
  if (before === null) return refused(`icacls did not say who may use ${path}`);
  const strangers = othersIn(before, { own });
  const taken = await ask("icacls", [path, "/setowner", `*${own}`, "/t", "/l", "/q"]);
  if (!succeeded(taken)) return refused("it could not be made this account's own", strangers);
  if (strangers.length === 0) return { strangers, why: null };
  const full = [SYSTEM, ADMINISTRATORS, own].map((sid) => `*${sid}:(OI)(CI)F`);
  // Ours first, so that no step leaves us outside.
  await ask("icacls", [path, "/grant:r", ...full, "/l", "/q"]);
  const gone = strangers.map((sid) => `*${LETTERS[sid] ?? sid}`);
  await ask("icacls", [path, "/inheritance:r", "/remove:g", ...gone, "/l", "/q"]);
  await ask("icacls", [path, "/grant", `*${USERS}:RX`, "/l", "/q"]);
  // What was there before has rights of its own; from now on it has the folder's.
  await ask("icacls", [join(path, "*"), "/reset", "/t", "/c", "/l", "/q"]);
  const after = await accessOf(path, options);
  if ("unknown" in after) return refused(after.unknown, strangers);
  return after.others.length === 0 ? { strangers, why: null } : refused(
    `${after.others.join(", ")} may still use it (icacls could not take that away)`,
    strangers,
  );
}

/** Lets users read single files of a folder that is closed to them; who cannot is none the worse. */
export async function letUsersRead(
  paths: readonly string[],
  ask: AskAccess = askTool,
): Promise<void> {
  for (const path of paths) await ask("icacls", [path, "/grant", `*${USERS}:R`, "/l", "/q"]);
}

async function ownSid({ ask = askTool }: AccessOptions): Promise<string | null> {
  const outcome = await ask("whoami", ["/user", "/fo", "csv", "/nh"]);
  if (!succeeded(outcome)) return null;
  return /\bS-1-[0-9]+(?:-[0-9]+)+\b/.exec(outcome.stdout)?.[0] ?? null;
}

/** As `icacls` saves it: names and lists in turn, UTF-16. Null when it saved nothing. */
async function accessList(
  path: string,
  { scratch, ask = askTool }: AccessOptions,
): Promise<string | null> {
  const file = join(scratch, `access-${crypto.randomUUID()}.txt`);
  await ask("icacls", [path, "/save", file, "/q"]);
  try {
    const text = new TextDecoder("utf-16le").decode(await readFile(file));
    await Deno.remove(file);
    return /^D:.*$/m.exec(text)?.[0] ?? null;
  } catch (error) {
    // `icacls` may fail and say 0; that there is no list says it all.
    if ((error as { code?: unknown }).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * Those whom a list in Microsoft's notation lets do more than look at the file or folder itself; of a
 * `secret`, those who may look, too.
 */
export function othersIn(
  list: string,
  { own, secret = false }: { readonly own: string; readonly secret?: boolean },
): string[] {
  const trusted = new Set([SYSTEM, ADMINISTRATORS, own, LETTERS.CO, LETTERS.OW]);
  const entries = [...list.matchAll(/\((\w+);(\w*);(\w*);[^;]*;[^;]*;([^;)]+)(?:;[^)]*)?\)/g)];
  const others = entries.flatMap(([, type, flags, rights, who]) => {
    const isGrant = type === "A" || type === "XA" || type === "OA";
    const looksOnly = !secret && LOOKING.has(rights!) && !/OI|CI/.test(flags!);
    return isGrant && !trusted.has(LETTERS[who!] ?? who!) && !looksOnly ? [who!] : [];
  });
  // A list without entries lets nobody in; none at all would let everybody.
  return list.includes("NO_ACCESS_CONTROL") ? ["WD"] : [...new Set(others)];
}

function askTool(command: string, args: readonly string[]): Promise<ToolOutcome> {
  return runTool({ command, args, timeoutMs: LIMIT_MS });
}
