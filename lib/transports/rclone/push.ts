/**
 * Sending the sealed list with `rclone copy`.
 *
 * Before: every name can be carried, every source file is as listed, the base is there, no link
 * stands in the way, and what does is set aside. Then one `rclone copy` for all, which moves into the
 * same folder what it would replace. After: every source file is still as listed.
 * What arrived is proven by `hash`, not here: rclone's own comparison of checksums afterwards is
 * off (`--ignore-checksum`), it costs a command at the far side for each file and proves less.
 *
 * rclone 1.60 writes into the final name: a killed push leaves a short file there, whose size and
 * time differ, so the next push sends it again. From 1.63 on it writes beside and renames.
 */
import { join } from "node:path";
import { RCLONE_PART_SUFFIX } from "../../disk/mod.ts";
import type { FileToSend, PushRequest } from "../contract.ts";
import { SilenceWatch } from "../bounded.ts";
import { inFolder } from "../tool/far_path.ts";
import { scratchFolder } from "../tool/scratch_folder.ts";
import { SteadyProgress } from "../tool/steady_progress.ts";
import { farSpec, type RcloneConnection } from "./connection.ts";
import { refuseLinks } from "./far_links.ts";
import { clearTheWay, reportMoved, type Way } from "./in_the_way.ts";
import { NameListWriter, requireCarried } from "./name_list.ts";
import type { RcloneEnd } from "./rclone_tool.ts";
import { refuseOwnFolder } from "./own_folder.ts";
import { pushFailure } from "./push_failure.ts";
import { checkSmbNames } from "./smb_names.ts";
import { checkSourceFiles } from "./source_files.ts";
import { shownAddress } from "./remote_address.ts";
import { TaughtCeiling } from "./taught_ceiling.ts";
import { isAtLeast } from "./tool_version.ts";

/** Moving a large file aside at a slow provider shows no progress for that long. */
export const STALL_LIMIT_MS = 30 * 60 * 1000;
/** No push takes longer; the stall watch ends a dead one long before. */
export const PUSH_LIMIT_MS = 14 * 24 * 60 * 60 * 1000;
/** So few files are asked for one by one; more are compared with a listing of their folders. */
const FEW_FILES = 64;
/** Stands for "something in this folder" in a list that only names files. */
const INSIDE = ".labferry";

export async function push(connection: RcloneConnection, request: PushRequest): Promise<void> {
  const { files, signal } = request;
  signal.throwIfAborted();
  await refuseOwnFolder(connection, request.sourceDir);
  await using scratch = await scratchFolder(connection.scratchDir, { prefix: "rclone-" });
  const list = join(scratch.path, "list");
  const total = await listSource(request, list);
  await checkSmbNames(connection, request);
  await refuseLinks(connection, { paths: farPaths(request), signal });
  const reported = new Set<string>();
  const onSetAside = (path: string) => {
    if (reported.has(path)) return;
    reported.add(path);
    request.onSetAside?.(path);
  };
  const way = await clearTheWay(connection, { ...request, onSetAside });
  const progress = new SteadyProgress(request.onProgress);
  if (total.files > 0) {
    const job = { request, list, total, progress, way };
    try {
      const moved = await copyFiles(connection, job);
      if (moved) await reportMoved(connection, { ...request, onSetAside, reported });
    } catch (error) {
      await throwAfter(reportMoved(connection, { ...request, onSetAside, reported }), error);
    }
  }
  await makeEmptyFolders(connection, { request, stage: join(scratch.path, "folders") });
  await checkSourceFiles(request.sourceDir, { files, signal });
  progress.finish(total);
}

interface Total {
  readonly files: number;
  readonly bytes: number;
  readonly largestBytes: number;
}

/** Writes rclone's list of the files; each is as it was sealed. */
async function listSource(request: PushRequest, path: string): Promise<Total> {
  for (const dir of request.emptyDirs ?? []) requireCarried(dir);
  const total = { files: 0, bytes: 0, largestBytes: 0 };
  await using list = await NameListWriter.create(path);
  await checkSourceFiles(request.sourceDir, {
    files: request.files,
    signal: request.signal,
    async onFiles(files: readonly FileToSend[]) {
      for (const file of files) {
        await list.add(file.path);
        total.files++;
        total.bytes += file.sizeBytes;
        total.largestBytes = Math.max(total.largestBytes, file.sizeBytes);
      }
    },
  });
  return total;
}

/** Everything that will be written, below the base; can be walked again and again. */
function farPaths(
  { files, farDir, emptyDirs, supersedeInto }: PushRequest,
): AsyncIterable<string> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const file of files) yield inFolder(farDir, file.path);
      for (const dir of emptyDirs ?? []) yield inFolder(farDir, `${dir}/${INSIDE}`);
      yield `${supersedeInto}/${INSIDE}`;
    },
  };
}

/** What the push moved has to be reported also when it failed; its own failure comes first. */
async function throwAfter(reporting: Promise<void>, error: unknown): Promise<never> {
  await Promise.allSettled([reporting]);
  throw error;
}

interface Copying {
  readonly request: PushRequest;
  readonly list: string;
  readonly total: Total;
  readonly progress: SteadyProgress;
  readonly way: Way;
  /** The second try, after the place refused to have times set. */
  readonly withoutTimes?: boolean;
}

const TIMES_NOT_SET =
  "modification times cannot be set there: the far files have the time of their copy";

/** Flags of the two backends that say so; others keep no times or take them with the upload. */
const WITHOUT_TIMES = ["--local-no-set-modtime", "--sftp-set-modtime=false"] as const;

function isAboutTimes({ errors }: RcloneEnd): boolean {
  const times = /chtimes|set ?mod(ification)? ?time/i;
  return errors.length > 0 && errors.every(({ cause }) => times.test(cause));
}

/** True when something may have been moved into `supersedeInto`. */
async function copyFiles(connection: RcloneConnection, job: Copying): Promise<boolean> {
  const { request, list, total, progress, way, withoutTimes = false } = job;
  if (!(await connection.features()).keepsTimes) request.onNote?.(TIMES_NOT_SET);
  using watch = new SilenceWatch(shownAddress(connection.address), STALL_LIMIT_MS);
  await using ceiling = new TaughtCeiling(() => request.uploadMbps);
  let last = "";
  const end = await connection.run({
    args: [
      "copy",
      request.sourceDir,
      farSpec(connection, request.farDir),
      `--files-from-raw=${list}`,
      ...copyFlags(connection, { request, way }),
      ...(total.files <= FEW_FILES || way.asksForEach ? ["--no-traverse"] : []),
      ...ceiling.flags,
      ...(withoutTimes ? WITHOUT_TIMES : []),
    ],
    env: ceiling.env,
    signal: AbortSignal.any([request.signal, watch.signal, ceiling.signal]),
    timeoutMs: PUSH_LIMIT_MS,
    onLine(line) {
      ceiling.onLine(line);
      const { stats, object, isArrival } = line;
      // Over there it may still be in a cache: rclone can flush nothing file by file.
      if (isArrival) request.onArrived?.(object!, { isFlushed: false });
      if (stats === null) return;
      // rclone reports its figures every second, also when nothing moves.
      const figures = `${stats.bytes} ${stats.transfers} ${stats.checks} ${stats.renames}`;
      if (figures !== last) watch.heard();
      last = figures;
      const { bytes, transfers, currentPath } = stats;
      progress.saw({ bytes, files: transfers }, { currentPath, whole: total });
    },
  });
  if (end.exitCode !== 0 && !withoutTimes && isAboutTimes(end)) {
    request.onNote?.(TIMES_NOT_SET);
    return await copyFiles(connection, { ...job, withoutTimes: true }) || true;
  }
  if (end.exitCode !== 0) throw await pushFailure(connection, { request, end, total });
  return end.stats === null || end.stats.renames + end.stats.deletes > 0;
}

function copyFlags(
  connection: RcloneConnection,
  { request, way }: { request: PushRequest; way: Way },
): string[] {
  return [
    "--stats=1s",
    "--stats-log-level=NOTICE",
    ...(request.onArrived ? ["--log-level=INFO"] : []),
    "--transfers=4",
    "--checkers=8",
    // Several streams into one file preallocate it: killed, 1.60 leaves its full size with holes.
    "--multi-thread-streams=0",
    "--ignore-checksum",
    "--dry-run=false",
    ...(request.resend ? ["--ignore-times"] : []),
    ...(way.leavesAlone
      ? ["--ignore-existing"]
      : [`--backup-dir=${farSpec(connection, request.supersedeInto)}`]),
    // Two forms of a name are two names, unless the place says otherwise when it is asked.
    "--no-unicode-normalization",
    ...(isAtLeast(connection.version, 65) ? [`--partial-suffix=${RCLONE_PART_SUFFIX}`] : []),
  ];
}

const NO_EMPTY_FOLDERS = "empty folders are not kept there: the place knows files only";

/** rclone has no command for many folders at once, but it copies empty ones. */
async function makeEmptyFolders(
  connection: RcloneConnection,
  { request, stage }: { request: PushRequest; stage: string },
): Promise<void> {
  let count = 0;
  for (const dir of request.emptyDirs ?? []) {
    await Deno.mkdir(join(stage, dir), { recursive: true });
    count++;
  }
  if (count === 0) return;
  if (!(await connection.features()).keepsEmptyFolders) request.onNote?.(NO_EMPTY_FOLDERS);
  const end = await connection.run({
    args: [
      "copy",
      stage,
      farSpec(connection, request.farDir),
      "--create-empty-src-dirs",
      "--dry-run=false",
      ...(isAtLeast(connection.version, 66) ? ["--no-update-dir-modtime"] : []),
    ],
    signal: request.signal,
    timeoutMs: PUSH_LIMIT_MS,
  });
  if (end.exitCode !== 0) throw await pushFailure(connection, { request, end, total: null });
}
