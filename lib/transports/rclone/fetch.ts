/**
 * Bringing listed files with `rclone copy`. It copies into a folder of its own beside the names that
 * are wanted (1.60 writes in place, and a kill leaves a short file), and what is whole is moved from
 * there. What an earlier fetch left in it rclone compares by size and time, and goes on.
 */
import { join } from "node:path";
import {
  diskError,
  DiskPool,
  lstatOrNull,
  type NameItem,
  RCLONE_PART_SUFFIX,
} from "../../disk/mod.ts";
import { SilenceWatch } from "../bounded.ts";
import type { FetchRequest, FileToSend } from "../contract.ts";
import { TransportError } from "../failure.ts";
import { FETCH_DIR, stillToFetch } from "../fetch_folder.ts";
import { inFolder } from "../tool/far_path.ts";
import { scratchFolder } from "../tool/scratch_folder.ts";
import { type Figures, SteadyProgress } from "../tool/steady_progress.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import { EXIT_DIRECTORY_MISSING } from "./failure.ts";
import { pathsBehindLinks } from "./far_links.ts";
import { NameListWriter } from "./name_list.ts";
import { isPlain } from "./our_names.ts";
import { inOtherSpellings } from "./other_spellings.ts";
import { PUSH_LIMIT_MS, STALL_LIMIT_MS } from "./push.ts";
import { shownAddress } from "./remote_address.ts";
import { TaughtCeiling } from "./taught_ceiling.ts";
import { isAtLeast } from "./tool_version.ts";

export async function fetchFiles(
  connection: RcloneConnection,
  request: FetchRequest,
): Promise<void> {
  const { files, farDir, intoDir, signal } = request;
  const prefix = farDir === "" ? "" : `${farDir}/`;
  const paths = {
    async *[Symbol.asyncIterator]() {
      for await (const { path } of files) yield prefix + path;
    },
  };
  const linked = await pathsBehindLinks(connection, { paths, signal });
  const here = { bytes: 0, files: 0 };
  const wanted = (onHere: (file: FileToSend) => void = () => {}) =>
    notLinked(stillToFetch({ ...request, onHere }), { prefix, linked });
  const half = join(intoDir, FETCH_DIR);
  const fetching: Fetching = { request, half, here };
  await copyInto(connection, {
    ...fetching,
    names: wanted((file) => {
      here.bytes += file.sizeBytes;
      here.files++;
    }),
  });
  const missing = await takeNames(wanted(), fetching);
  const asked = await inOtherSpellings(connection, { ...missing, signal });
  if (asked.length > 0) {
    const names = asked.map((name) => ({ path: name.slice(prefix.length), sizeBytes: 0 }));
    await copyInto(connection, { ...fetching, names, direct: true });
    await takeNames(wanted(), fetching);
  }
  await removeHalf(half);
  let [bytesDone, filesDone] = [0, 0];
  for await (const { sizeBytes } of files) {
    bytesDone += sizeBytes;
    filesDone++;
  }
  request.onProgress?.({ bytesDone, filesDone, currentPath: null });
}

interface Fetching {
  readonly request: FetchRequest;
  /** Where rclone writes. */
  readonly half: string;
  /** What was brought before. */
  readonly here: Figures;
}

type Named = Pick<FileToSend, "path" | "sizeBytes">;

async function* notLinked(
  files: AsyncIterable<FileToSend>,
  { prefix, linked }: { readonly prefix: string; readonly linked: ReadonlySet<string> },
): AsyncGenerator<FileToSend> {
  for await (const file of files) if (!linked.has(prefix + file.path)) yield file;
}

async function copyInto(
  connection: RcloneConnection,
  { request, half, here, names, direct = false }: Fetching & {
    readonly names: AsyncIterable<Named> | Iterable<Named>;
    /** Each name is asked for by a request of its own. */
    readonly direct?: boolean;
  },
): Promise<void> {
  await using scratch = await scratchFolder(connection.scratchDir, { prefix: "rclone-" });
  const list = join(scratch.path, "list");
  const whole = await writeList(list, names);
  // An empty list means everything to older versions.
  if (whole.files === 0) return;
  const progress = new SteadyProgress((now) =>
    request.onProgress?.({
      ...now,
      bytesDone: here.bytes + now.bytesDone,
      filesDone: here.files + (now.filesDone ?? 0),
    })
  );
  using watch = new SilenceWatch(shownAddress(connection.address), STALL_LIMIT_MS);
  await using ceiling = new TaughtCeiling(() => request.downloadMbps);
  let last = "";
  const end = await connection.run({
    args: [
      "copy",
      farSpec(connection, request.farDir),
      half,
      `--files-from-raw=${list}`,
      "--stats=1s",
      "--stats-log-level=NOTICE",
      "--transfers=4",
      "--checkers=8",
      "--multi-thread-streams=0",
      "--ignore-checksum",
      "--dry-run=false",
      "--sftp-skip-links",
      "--no-unicode-normalization",
      ...(direct ? ["--no-traverse"] : []),
      ...(isAtLeast(connection.version, 65) ? [`--partial-suffix=${RCLONE_PART_SUFFIX}`] : []),
      ...ceiling.flags,
    ],
    env: ceiling.env,
    signal: AbortSignal.any([request.signal, watch.signal, ceiling.signal]),
    timeoutMs: PUSH_LIMIT_MS,
    onLine(line) {
      ceiling.onLine(line);
      const { stats } = line;
      if (stats === null) return;
      const figures = `${stats.bytes} ${stats.transfers} ${stats.checks}`;
      if (figures !== last) watch.heard();
      last = figures;
      const { bytes, transfers, currentPath } = stats;
      progress.saw({ bytes, files: transfers }, { currentPath, whole });
    },
  });
  // The base is there: it was looked at with the links.
  if (end.exitCode === 0 || end.exitCode === EXIT_DIRECTORY_MISSING) return;
  throw asLocal(connection.tool.failure("files could not be fetched from", end), request.intoDir);
}

async function writeList(
  path: string,
  names: AsyncIterable<Named> | Iterable<Named>,
): Promise<Figures> {
  const whole = { files: 0, bytes: 0 };
  await using list = await NameListWriter.create(path);
  for await (const file of names) {
    await list.add(file.path);
    whole.files++;
    whole.bytes += file.sizeBytes;
  }
  return whole;
}

/** What rclone finds full is here: nothing is written over there. */
function asLocal(error: TransportError, intoDir: string): unknown {
  if (error.code !== "destination_full") return error;
  return diskError("disk_full", `${intoDir} could not be filled`, { path: intoDir, cause: error });
}

/** Gives what is whole its name; the far names of the files that did not come. */
async function takeNames(
  wanted: AsyncIterable<FileToSend>,
  { request, half }: Fetching,
): Promise<{ readonly plain: string[]; readonly formed: string[] }> {
  const { farDir, intoDir: root, signal } = request;
  const missing = { plain: [] as string[], formed: [] as string[] };
  async function* items(): AsyncGenerator<NameItem & { readonly path: string }> {
    for await (const { path } of wanted) {
      yield { path, from: join(half, path), to: join(root, path), mtimeMs: null };
    }
  }
  using pool = new DiskPool();
  for await (const outcome of pool.nameFiles(items(), { root, signal })) {
    if (!outcome.ok) throw outcome.error;
    const { path } = outcome.item;
    if (!outcome.value) missing[isPlain(path) ? "plain" : "formed"].push(inFolder(farDir, path));
  }
  return missing;
}

async function removeHalf(half: string): Promise<void> {
  if (await lstatOrNull(half)) await Deno.remove(half, { recursive: true });
}
