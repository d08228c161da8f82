/**
 * The state directory: where it is, what is in it, and who may hold it. One daemon at a time holds
 * `daemon.lock`; the lock dies with its holder.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { decodeUtf8, encodeUtf8, LabferryError } from "../base/mod.ts";
import {
  errnoOf,
  type FileLock,
  lockFile,
  lstatOrNullSync,
  readOrNull,
  tryLockFile,
  writeFileAtomic,
} from "../disk/mod.ts";
import { keepFile, type Kept, type Replaced } from "./kept_file.ts";

export interface StateDir {
  readonly path: string;
  readonly queueFile: string;
  /** One small queue a destination of `ship`. */
  readonly shipDir: string;
  readonly destinationsFile: string;
  readonly reportsDir: string;
  readonly serverFile: string;
  readonly tokenFile: string;
  readonly logFile: string;
  readonly scratchDir: string;
  readonly locksDir: string;
  readonly manifestsDir: string;
  /** Begins the token of every child this state directory's programs start. */
  readonly tokenPrefix: string;
  /** Its `state_id` could not be used and was made anew; null as a rule. */
  readonly replaced: Replaced | null;
}

/**
 * Makes the directory when it is missing (0700 for a user's, 0755 for the service's). For `reading`
 * nothing is made or mended: a question must not leave anything behind that passes for a state.
 */
export async function openStateDir(
  path: string,
  options: { readonly service?: boolean; readonly reading?: boolean } = {},
): Promise<StateDir> {
  if (options.reading) return stateDirAt(path, await readId(path), null);
  const mode = options.service ? 0o755 : 0o700;
  try {
    await Deno.mkdir(path, { recursive: true, mode });
    const { text, replaced } = await ownId(path);
    const dir = stateDirAt(path, text.trim(), replaced);
    for (const part of [dir.scratchDir, dir.locksDir, dir.manifestsDir, dir.shipDir]) {
      await Deno.mkdir(part, { recursive: true, mode: 0o700 });
    }
    return dir;
  } catch (error) {
    if (error instanceof LabferryError || !(error instanceof Error)) throw error;
    throw new LabferryError("state_dir_unusable", `The state directory ${path} cannot be used`, {
      why: error.message,
      path,
      hint:
        "give another one with --state-dir, or make this one writable for the user labferry runs as",
      cause: error,
    });
  }
}

function stateDirAt(path: string, id: string, replaced: Replaced | null): StateDir {
  return {
    path,
    queueFile: join(path, "sync_queue.db"),
    shipDir: join(path, "ship"),
    destinationsFile: join(path, "destinations.json"),
    reportsDir: join(path, "reports"),
    serverFile: join(path, "server.json"),
    tokenFile: join(path, "token"),
    logFile: join(path, "app.log"),
    scratchDir: join(path, "scratch"),
    locksDir: join(path, "locks"),
    manifestsDir: join(path, "manifests"),
    tokenPrefix: id,
    replaced,
  };
}

/** A random id of this state directory, made once; two makers agree on the first one's. */
function ownId(path: string): Promise<Kept> {
  return keepFile({
    path: join(path, "state_id"),
    isValid: (text) => /^[0-9a-f]{8,64}$/.test(text.trim()),
    make: () => `${randomBytes(12).toString("hex")}\n`,
    mode: 0o644,
  });
}

/** For questions, which start no program that would need the id: empty when it is not there. */
async function readId(path: string): Promise<string> {
  try {
    return (await Deno.readTextFile(join(path, "state_id"))).trim();
  } catch (error) {
    if (["ENOENT", "EACCES", "ENOTDIR"].includes(errnoOf(error) ?? "")) return "";
    throw error;
  }
}

/** A question about the lock takes it for an instant; a daemon that starts just then asks again. */
const HOLD_WAIT_MS = 2_000;

/**
 * The daemon's hold on the state directory.
 *
 * @throws LabferryError `already_running` when another daemon has it
 */
export async function holdStateDir(dir: StateDir): Promise<FileLock> {
  try {
    return await lockFile(daemonLock(dir), { mode: "exclusive", timeoutMs: HOLD_WAIT_MS });
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "lock_timeout") throw error;
    const server = await readServerInfo(dir);
    throw new LabferryError(
      "already_running",
      "Another labferry daemon holds this state directory",
      {
        path: dir.path,
        why: server ? `process ${server.pid}, at ${server.url}` : "its lock is taken",
        hint: "use that one (`labferry status`), stop it, or give this one its own --state-dir",
        cause: error,
      },
    );
  }
}

/** True while a daemon holds the state directory. Asking shares the lock, so askers do not collide. */
export function isHeld(dir: StateDir): boolean {
  if (lstatOrNullSync(daemonLock(dir)) === null) return false;
  using lock = tryLockFile(daemonLock(dir), { mode: "shared" });
  return lock === null;
}

function daemonLock(dir: StateDir): string {
  return join(dir.path, "daemon.lock");
}

export interface ServerInfo {
  readonly url: string;
  readonly pid: number;
  readonly version: string;
  readonly started_at: string;
}

export async function writeServerInfo(dir: StateDir, info: ServerInfo): Promise<void> {
  await writeFileAtomic(dir.serverFile, encodeUtf8(`${JSON.stringify(info, null, 2)}\n`), {
    mode: 0o644,
  });
}

/** What the daemon wrote about itself; null when there is none or it is from a dead one's torn time. */
export async function readServerInfo(dir: StateDir): Promise<ServerInfo | null> {
  const bytes = await readOrNull(dir.serverFile);
  try {
    return bytes === null ? null : JSON.parse(decodeUtf8(bytes)) as ServerInfo;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The secret that allows changes; made once, readable by the owner alone. */
export function ensureToken(dir: StateDir): Promise<Kept> {
  return keepFile({
    path: dir.tokenFile,
    isValid: isToken,
    make: () => `${randomBytes(32).toString("base64url")}\n`,
    mode: 0o600,
  });
}

function isToken(text: string): boolean {
  return /^[\x21-\x7e]{16,}$/.test(text.trim());
}

/** @throws LabferryError `token_missing`, `token_unreadable` */
export async function readToken(dir: StateDir): Promise<string> {
  let token: string;
  try {
    token = (await Deno.readTextFile(dir.tokenFile)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw tokenMissing(dir, "the file is gone", error);
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new LabferryError("token_unreadable", "This account may not change things here", {
      path: dir.tokenFile,
      why: "the token can be read by the account labferry runs as only",
      hint: "run the command as that account (for example with sudo)",
      cause: error,
    });
  }
  if (isToken(token)) return token;
  throw tokenMissing(dir, "the file holds no token");
}

function tokenMissing(dir: StateDir, why: string, cause?: unknown): LabferryError {
  return new LabferryError("token_missing", "The token that allows changes is not there", {
    path: dir.tokenFile,
    why,
    hint: "restart the service: it makes a new one at its start",
    cause,
  });
}
