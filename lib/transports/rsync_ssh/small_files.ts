/** Records and markers: small files, fetched into and sent from the scratch folder. */
import { join } from "node:path";
import { lstatOrNull } from "../../disk/mod.ts";
import { parentOf } from "../tool/far_path.ts";
import { scratchFolder } from "../tool/scratch_folder.ts";
import { readStaged, stageFiles } from "../tool/staged_files.ts";
import { FarFolderAbsent } from "./failure.ts";
import type { RsyncConnection } from "./connection.ts";
import type { FarLeg } from "./far_side.ts";
import { needRsync, runRsync } from "./rsync_run.ts";
import { exitError, type SshConnection } from "./ssh_connection.ts";

/** Null for each that is not there; a missing folder is none of them being there. */
export async function fetchSmallFiles(
  connection: RsyncConnection,
  { farDir, names }: { farDir: string; names: readonly string[] },
): Promise<Map<string, Uint8Array | null>> {
  if (names.length === 0) return new Map();
  const read = await connection.far.readSmall({ farDir, names });
  if (read === null) return await fetchByRsync(connection, { farDir, names });
  const large = names.filter((name) => !read.has(name));
  const fetched = await fetchByRsync(connection, { farDir, names: large });
  return new Map(names.map((name) => [name, read.get(name) ?? fetched.get(name) ?? null]));
}

async function fetchByRsync(
  connection: RsyncConnection,
  { farDir, names }: { farDir: string; names: readonly string[] },
): Promise<Map<string, Uint8Array | null>> {
  if (names.length === 0) return new Map();
  const { ssh } = connection;
  await using stage = await scratchFolder(ssh.scratchDir, { prefix: "get-" });
  try {
    await pullInto(connection, { localDir: stage.path, farDir, names });
  } catch (error) {
    if (error instanceof FarFolderAbsent) return new Map(names.map((name) => [name, null]));
    throw error;
  }
  const got = new Map<string, Uint8Array | null>();
  for (const name of names) got.set(name, await readStaged(stage.path, name));
  return got;
}

/**
 * Pulls regular files; one that is not there, or is no regular file, is not in `localDir` after.
 *
 * @throws TransportError when one is there and cannot be read; FarFolderAbsent
 */
export async function pullInto(
  { ssh, far }: RsyncConnection,
  { localDir, farDir, names, options = [], signal, onStdoutLine }: {
    localDir: string;
    farDir: string;
    names: readonly string[];
    options?: readonly string[];
    signal?: AbortSignal;
    onStdoutLine?: (line: string) => void;
  },
): Promise<void> {
  const doing = "reading from";
  const leg = await far.leg({ farDir, parents: parentsOf(names), ...(signal ? { signal } : {}) });
  let trouble = false;
  const exit = await runRsync(ssh, {
    doing,
    localDir,
    direction: "pull",
    leg,
    // Whatever their modes there, they must be readable here, and nobody else's business.
    options: ["--perms", "--chmod=D700,F600", ...options],
    names,
    ...(onStdoutLine ? { onStdoutLine } : {}),
    onStderrLine: (line) => {
      const expected = /link_stat ".*" failed: .*\((2|20)\)$|^rsync error: |vanished/.test(line);
      if (/^rsync: /.test(line) && !expected) trouble = true;
    },
    ...(signal ? { signal } : {}),
  });
  const heardAll = exit.stderrUnheardBytes === 0;
  const onlyMissing = (exit.code === 23 || exit.code === 24) && !trouble && heardAll;
  if (exit.code !== 0 && !onlyMissing) throw exitError(ssh, exit, { doing, pulling: true });
}

/**
 * Each goes under a temporary name and is renamed over the old one by the far rsync, and flushed to
 * disk before that where both rsyncs know how (3.2.4).
 */
export async function sendSmallFiles(
  { ssh, far, pair }: RsyncConnection,
  { farDir, files }: { farDir: string; files: ReadonlyMap<string, Uint8Array> },
): Promise<void> {
  if (files.size === 0) return far.check();
  if (await far.writeSmall({ farDir, files })) return;
  const names = [...files.keys()];
  await using stage = await scratchFolder(ssh.scratchDir, { prefix: "put-" });
  await stageFiles(stage.path, files);
  await needRsync(ssh, {
    doing: "writing to",
    localDir: stage.path,
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
}

function parentsOf(names: readonly string[]): string[] {
  return [...new Set(names.map(parentOf))].filter((parent) => parent !== "");
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
  ssh: SshConnection,
  { leg, dirs, modesFrom, options = [], onStdoutLine, signal }: EmptyFolders,
): Promise<void> {
  await using stage = await scratchFolder(ssh.scratchDir, { prefix: "folders-" });
  const localDir = stage.path;
  for (const dir of dirs) await makeLike(join(localDir, dir), modesFrom && join(modesFrom, dir));
  await needRsync(ssh, {
    doing: "making folders at",
    localDir,
    direction: "push",
    leg,
    options: ["--dirs", "--relative", "--omit-dir-times", "--chmod=Du+rwx", ...options],
    names: dirs,
    ...(onStdoutLine ? { onStdoutLine } : {}),
    ...(signal ? { signal } : {}),
  });
}

/** Makes a folder no more open than its model; without one, as the system has it. */
async function makeLike(dir: string, model: string | undefined): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
  if (model === undefined || Deno.build.os === "windows") return;
  const { isDirectory = false, mode = null } = await lstatOrNull(model) ?? {};
  if (isDirectory && mode !== null) await Deno.chmod(dir, (mode & 0o777) | 0o700);
}
