/** Records and markers: small files, fetched into and sent from the scratch folder. */
import { dirname, join } from "node:path";
import { lstatOrNull } from "../../disk/mod.ts";
import { TransportError } from "../failure.ts";
import { FarFolderAbsent } from "./failure.ts";
import type { FarLeg, FarSide } from "./far_side.ts";
import { needRsync, runRsync } from "./rsync_run.ts";
import type { RsyncPair } from "./rsync_version.ts";
import { exitError, type SshConnection } from "./ssh_connection.ts";

/** What is larger is no record, and would be held in memory. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface SmallFileContext {
  readonly connection: SshConnection;
  readonly far: FarSide;
  readonly pair: RsyncPair;
}

/** Null for each that is not there; a missing folder is none of them being there. */
export async function fetchSmallFiles(
  context: SmallFileContext,
  { farDir, names }: { farDir: string; names: readonly string[] },
): Promise<Map<string, Uint8Array | null>> {
  if (names.length === 0) return new Map();
  const read = await context.far.readSmall({ farDir, names });
  if (read === null) return await fetchByRsync(context, { farDir, names });
  const large = names.filter((name) => !read.has(name));
  const fetched = await fetchByRsync(context, { farDir, names: large });
  return new Map(names.map((name) => [name, read.get(name) ?? fetched.get(name) ?? null]));
}

async function fetchByRsync(
  context: SmallFileContext,
  { farDir, names }: { farDir: string; names: readonly string[] },
): Promise<Map<string, Uint8Array | null>> {
  if (names.length === 0) return new Map();
  const { connection } = context;
  const dir = await Deno.makeTempDir({ dir: connection.scratchDir, prefix: "get-" });
  try {
    await pullInto(context, { localDir: dir, farDir, names });
    const got = new Map<string, Uint8Array | null>();
    for (const name of names) got.set(name, await readSmall(join(dir, name), name));
    return got;
  } catch (error) {
    if (error instanceof FarFolderAbsent) return new Map(names.map((name) => [name, null]));
    throw error;
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/**
 * Pulls regular files; one that is not there, or is no regular file, is not in `localDir` after.
 *
 * @throws TransportError when one is there and cannot be read; FarFolderAbsent
 */
export async function pullInto(
  { connection, far }: SmallFileContext,
  { localDir, farDir, names, signal }: {
    localDir: string;
    farDir: string;
    names: readonly string[];
    signal?: AbortSignal;
  },
): Promise<void> {
  const doing = "reading from";
  const leg = await far.leg({ farDir, parents: parentsOf(names), ...(signal ? { signal } : {}) });
  let trouble = false;
  const exit = await runRsync(connection, {
    doing,
    localDir,
    direction: "pull",
    leg,
    // Whatever their modes there, they must be readable here, and nobody else's business.
    options: ["--perms", "--chmod=D700,F600"],
    names,
    onStderrLine: (line) => {
      const expected = /link_stat ".*" failed: .*\((2|20)\)$|^rsync error: |vanished/.test(line);
      if (/^rsync: /.test(line) && !expected) trouble = true;
    },
    ...(signal ? { signal } : {}),
  });
  const heardAll = exit.stderrUnheardBytes === 0;
  const onlyMissing = (exit.code === 23 || exit.code === 24) && !trouble && heardAll;
  if (exit.code !== 0 && !onlyMissing) throw exitError(connection, exit, { doing, pulling: true });
}

async function readSmall(path: string, name: string): Promise<Uint8Array | null> {
  const info = await lstatOrNull(path);
  if (!info?.isFile) return null;
  if (info.size <= MAX_BYTES) return await Deno.readFile(path);
  throw new TransportError("unknown", `${name} is too large for a record`, {
    why: `${info.size} bytes`,
    path: name,
  });
}

/**
 * Each goes under a temporary name and is renamed over the old one by the far rsync, and flushed to
 * disk before that where both rsyncs know how (3.2.4).
 */
export async function sendSmallFiles(
  { connection, far, pair }: SmallFileContext,
  { farDir, files }: { farDir: string; files: ReadonlyMap<string, Uint8Array> },
): Promise<void> {
  if (files.size === 0) return far.check();
  if (await far.writeSmall({ farDir, files })) return;
  const names = [...files.keys()];
  const dir = await Deno.makeTempDir({ dir: connection.scratchDir, prefix: "put-" });
  try {
    for (const [name, bytes] of files) {
      await Deno.mkdir(dirname(join(dir, name)), { recursive: true });
      await Deno.writeFile(join(dir, name), bytes);
    }
    await needRsync(connection, {
      doing: "writing to",
      localDir: dir,
      direction: "push",
      leg: await far.leg({ farDir, make: true, parents: parentsOf(names), makeParents: true }),
      options: [
        "--ignore-times",
        "--omit-dir-times",
        "--chmod=Du+rwx,Fu+rw",
        ...(pair.hasFsync ? ["--fsync"] : []),
      ],
      names,
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function parentsOf(names: readonly string[]): string[] {
  const parents = names.map((name) => name.slice(0, Math.max(0, name.lastIndexOf("/"))));
  return [...new Set(parents)].filter((parent) => parent !== "");
}

export interface EmptyFolders {
  readonly leg: FarLeg;
  readonly dirs: Iterable<string>;
  /** A folder here whose folders of the same names lend their modes; @default none */
  readonly modesFrom?: string;
  readonly options?: readonly string[];
  readonly onStdoutLine?: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes empty folders below a far folder that is there, with those above them. They need not exist
 * here: rsync is sent ones that were made for it.
 */
export async function sendEmptyFolders(
  connection: SshConnection,
  { leg, dirs, modesFrom, options = [], onStdoutLine, signal }: EmptyFolders,
): Promise<void> {
  const localDir = await Deno.makeTempDir({ dir: connection.scratchDir, prefix: "folders-" });
  try {
    for (const dir of dirs) await makeLike(join(localDir, dir), modesFrom && join(modesFrom, dir));
    await needRsync(connection, {
      doing: "making folders at",
      localDir,
      direction: "push",
      leg,
      options: ["--dirs", "--relative", "--omit-dir-times", "--chmod=Du+rwx", ...options],
      names: dirs,
      ...(onStdoutLine ? { onStdoutLine } : {}),
      ...(signal ? { signal } : {}),
    });
  } finally {
    await Deno.remove(localDir, { recursive: true });
  }
}

/** Makes a folder no more open than its model; without one, as the system has it. */
async function makeLike(dir: string, model: string | undefined): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  if (model === undefined || Deno.build.os === "windows") return;
  const { isDirectory = false, mode = null } = await lstatOrNull(model) ?? {};
  if (isDirectory && mode !== null) await Deno.chmod(dir, (mode & 0o777) | 0o700);
}
