/** What a clause plays on: a fresh place, an open session, a run's folder and ways to look. */
import { createHash } from "node:crypto";
import { utimes } from "node:fs/promises";
import { compareUtf8 } from "../../lib/base/mod.ts";
import type {
  FarHashOutcome,
  FarSession,
  FileToSend,
  PushRequest,
} from "../../lib/transports/contract.ts";
import { tempDir } from "../support/temp_dir.ts";
import type { Place } from "./suite.ts";

/** A run's far folder as it looks in life: nested, with a space in the project's name. */
export const FAR_DIR = "Cortex Q3/Runs/Run_2026-04-17T14-32";

/**
 * No clause may take longer; a tool that hangs must fail its test, not the whole suite. Longer than
 * the tools' own patience (rsync's is two minutes), so that what they say of it is seen first.
 */
const CLAUSE_LIMIT_MS = 180_000;

export interface Stage extends AsyncDisposable {
  readonly place: Place;
  readonly session: FarSession;
  readonly token: string;
  /** The local run. */
  readonly runDir: string;
  /** Aborts when the clause takes too long. */
  readonly signal: AbortSignal;
  /** Opens one more session; the stage disposes it. */
  connect(): Promise<FarSession>;
  /** Writes a file of the run and gives its line of the list. */
  write(path: string, content: string | Uint8Array, mtimeMs?: number): Promise<FileToSend>;
  push(files: readonly FileToSend[], more?: Partial<PushRequest>): Promise<void>;
  /** Hashes through the transport: the calls in their order, and the outcome. */
  hash(
    paths: readonly string[],
    more?: { dropCache?: boolean; signal?: AbortSignal; farDir?: string },
  ): Promise<{ hashes: [string, string | null][]; outcome: FarHashOutcome }>;
  /** An absolute path below the base. */
  far(...parts: string[]): string;
}

/** The base exists when the stage opens. */
export async function openStage(
  make: () => Promise<Place>,
  { limitMs = CLAUSE_LIMIT_MS }: { readonly limitMs?: number } = {},
): Promise<Stage> {
  // Whatever opens before something fails is closed again: a place may have servers running.
  await using stack = new AsyncDisposableStack();
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new Error(`the clause took more than ${limitMs} ms\n${whatRuns()}`)),
    limitMs,
  );
  stack.defer(() => clearTimeout(timer));
  const place = stack.use(await make());
  const local = stack.use(await tempDir("labferry-contract-"));
  const runDir = local.join("run");
  const scratchDir = local.join("scratch");
  await Deno.mkdir(runDir);
  await Deno.mkdir(scratchDir, { mode: 0o700 });
  const token = `contract-${crypto.randomUUID()}`;
  const signal = limit.signal;
  const sessions = stack.use(new AsyncDisposableStack());
  const connect = async () =>
    sessions.use(await place.transport.connect({ signal, token, scratchDir }));
  const session = await connect();
  await session.createBase();
  const open = stack.move();
  return {
    place,
    session,
    token,
    runDir,
    signal,
    connect,
    write: (path, content, mtimeMs) => writeFile(runDir, { path, content, mtimeMs }),
    push: (files, more = {}) =>
      session.push({ ...pushDefaults(runDir, signal), files: sorted(files), ...more }),
    hash: (paths, more = {}) => hashThrough(session, { paths, signal, ...more }),
    far: (...parts) => [place.basePath, ...parts].join("/"),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

/** What hangs cannot be asked afterwards: every process, with what it waits in. */
function whatRuns(): string {
  if (Deno.build.os === "windows") return "";
  const args = ["-eo", "pid,ppid,etimes,stat,wchan:24,args"];
  const { stdout } = new Deno.Command("ps", { args, stderr: "null" }).outputSync();
  return new TextDecoder().decode(stdout);
}

/** A push nobody needs anything special from. */
export function pushDefaults(sourceDir: string, signal: AbortSignal): PushRequest {
  return {
    sourceDir,
    files: [],
    farDir: FAR_DIR,
    supersedeInto: ".labferry-superseded/unexpected",
    resend: false,
    uploadMbps: null,
    signal,
  };
}

async function writeFile(
  dir: string,
  { path, content, mtimeMs = 1_700_000_000_123 }: {
    path: string;
    content: string | Uint8Array;
    mtimeMs: number | undefined;
  },
): Promise<FileToSend> {
  const file = `${dir}/${path}`;
  await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(file, bytes);
  await utimes(file, mtimeMs / 1000, mtimeMs / 1000);
  return { path, sizeBytes: bytes.length, mtimeMs };
}

async function hashThrough(
  session: FarSession,
  { paths, signal, dropCache = false, farDir = FAR_DIR }: {
    paths: readonly string[];
    signal: AbortSignal;
    dropCache?: boolean;
    farDir?: string;
  },
): Promise<{ hashes: [string, string | null][]; outcome: FarHashOutcome }> {
  const hashes: [string, string | null][] = [];
  const outcome = await session.hash({
    farDir,
    files: sorted(paths.map((path) => ({ path, sizeBytes: 1, mtimeMs: 0 }))),
    onHash: (path, sha256) => hashes.push([path, sha256]),
    dropCache,
    maxStreamBytes: 0,
    acceptProviderAsserted: false,
    signal,
  });
  return { hashes, outcome };
}

/** The list as the contract gives it: ordered by the paths' bytes, walkable again and again. */
export function sorted(files: readonly FileToSend[]): FileToSend[] {
  return [...files].sort((a, b) => compareUtf8(a.path, b.path));
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Bytes that do not compress and differ between seeds: no tool can be clever about them. */
export function noise(sizeBytes: number, seed: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, sizeBytes);
}

/** Every file below a folder of this machine, relative, as the disk itself has them. */
export async function filesBelow(dir: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string, prefix: string) => {
    for await (const entry of Deno.readDir(folder)) {
      const path = prefix + entry.name;
      if (entry.isDirectory) await visit(`${folder}/${entry.name}`, `${path}/`);
      else found.push(path);
    }
  };
  await visit(dir, "");
  return found.sort(compareUtf8);
}

/** False only when nothing, not even a broken link, has that name. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Changes one byte and nothing else: size and modification time stay. */
export async function corrupt(path: string): Promise<void> {
  const { mtime } = await Deno.stat(path);
  const bytes = await Deno.readFile(path);
  bytes[bytes.length >> 1]! ^= 0xff;
  await overwritten(path, bytes);
  await Deno.utime(path, mtime!, mtime!);
}

/** A view of rclone's (`rclone mount`) may close the file under the first writer: once more then. */
async function overwritten(path: string, bytes: Uint8Array): Promise<void> {
  for (let tries = 3;; tries--) {
    try {
      return await Deno.writeFile(path, bytes);
    } catch (error) {
      if (tries === 1 || !String(error).includes("os error 9")) throw error;
    }
  }
}
