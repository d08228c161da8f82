/**
 * Sending the sealed list with `rclone copy`.
 *
 * Before: every name can be carried, every source file is as listed, the base is there, no link
 * stands in the way. Then one `rclone copy` for all. After: every source file is still as listed.
 * What arrived is proven by `hash`, not here: rclone's own comparison of checksums afterwards is
 * off (`--ignore-checksum`), it costs a command at the far side for each file and proves less.
 *
 * rclone 1.60 writes into the final name: a killed push leaves a short file there, whose size and
 * time differ, so the next push sends it again. From 1.63 on it writes beside and renames.
 */
import { join } from "node:path";
import type { FileToSend, PushRequest, TransportProgress } from "../contract.ts";
import { SilenceWatch } from "../bounded.ts";
import { bytesPerSecond } from "../ceiling.ts";
import { type FailureCode, TransportError } from "../failure.ts";
import { type Connection, farSpec, scratchFolder } from "./connection.ts";
import { refuseLinks } from "./far_links.ts";
import type { RcloneStats } from "./log_line.ts";
import { NameListWriter, requireCarried } from "./name_list.ts";
import type { RcloneEnd } from "./rclone_tool.ts";
import { checkSourceFiles } from "./source_files.ts";
import { shownAddress } from "./remote_address.ts";
import { isAtLeast } from "./tool_version.ts";

/** Moving a large file aside at a slow provider shows no progress for that long. */
const STALL_LIMIT_MS = 30 * 60 * 1000;
/** No push takes longer; the stall watch ends a dead one long before. */
const PUSH_LIMIT_MS = 14 * 24 * 60 * 60 * 1000;
/** So few files are asked for one by one; more are compared with a listing of their folders. */
const FEW_FILES = 64;
/** At most 15 characters are allowed; told apart from another program's `.partial`. */
const PARTIAL_SUFFIX = ".ferry-part";

/** Stands for "something in this folder" in a list that only names files. */
const INSIDE = ".labferry";

export async function push(connection: Connection, request: PushRequest): Promise<void> {
  const { files, signal } = request;
  signal.throwIfAborted();
  const limitFlags = bandwidthFlags(request.uploadMbps);
  await using scratch = await scratchFolder(connection);
  const list = join(scratch.path, "list");
  const total = await listSource(request, list);
  await refuseLinks(connection, { paths: farPaths(request), signal });
  const progress = new PushProgress(total, request.onProgress);
  if (total.files > 0) {
    await copyFiles(connection, { request, list, limitFlags, total, progress });
  }
  await makeEmptyFolders(connection, { request, stage: join(scratch.path, "folders") });
  await checkSourceFiles(request.sourceDir, { files, signal });
  progress.finish();
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
function farPaths({ files, farDir, emptyDirs, supersedeInto }: PushRequest): Iterable<string> {
  const prefix = farDir === "" ? "" : `${farDir}/`;
  return {
    *[Symbol.iterator]() {
      for (const file of files) yield prefix + file.path;
      for (const dir of emptyDirs ?? []) yield `${prefix}${dir}/${INSIDE}`;
      yield `${supersedeInto}/${INSIDE}`;
    },
  };
}

async function copyFiles(
  connection: Connection,
  { request, list, limitFlags, total, progress }: {
    request: PushRequest;
    list: string;
    limitFlags: readonly string[];
    total: Total;
    progress: PushProgress;
  },
): Promise<void> {
  using watch = new SilenceWatch(shownAddress(connection.address), STALL_LIMIT_MS);
  let last = "";
  const end = await connection.run({
    args: [
      "copy",
      request.sourceDir,
      farSpec(connection, request.farDir),
      `--files-from-raw=${list}`,
      ...copyFlags(connection, request),
      ...(total.files <= FEW_FILES ? ["--no-traverse"] : []),
      ...limitFlags,
    ],
    signal: AbortSignal.any([request.signal, watch.signal]),
    timeoutMs: PUSH_LIMIT_MS,
    onLine({ stats }) {
      if (stats === null) return;
      // rclone tells its figures every second, also when nothing moves.
      const figures = `${stats.bytes} ${stats.transfers} ${stats.checks} ${stats.renames}`;
      if (figures !== last) watch.heard();
      last = figures;
      progress.saw(stats);
    },
  });
  if (end.exitCode !== 0) throw await pushFailure(connection, { request, end, total });
}

function copyFlags(connection: Connection, request: PushRequest): string[] {
  return [
    "--stats=1s",
    "--stats-log-level=NOTICE",
    "--transfers=4",
    "--checkers=8",
    // Several streams into one file preallocate it: killed, 1.60 leaves its full size with holes.
    "--multi-thread-streams=0",
    "--ignore-checksum",
    "--dry-run=false",
    ...(request.resend ? ["--ignore-times"] : []),
    `--backup-dir=${farSpec(connection, request.supersedeInto)}`,
    ...(isAtLeast(connection.version, 65) ? [`--partial-suffix=${PARTIAL_SUFFIX}`] : []),
  ];
}

/** With rclone's suffix for bytes: without one a number means KiB, and "M" means MiB. */
function bandwidthFlags(uploadMbps: number | null): string[] {
  const bytes = bytesPerSecond(uploadMbps);
  return bytes === null ? [] : [`--bwlimit=${bytes}B`];
}

/** rclone has no command for many folders at once, but it copies empty ones. */
async function makeEmptyFolders(
  connection: Connection,
  { request, stage }: { request: PushRequest; stage: string },
): Promise<void> {
  let count = 0;
  for (const dir of request.emptyDirs ?? []) {
    await Deno.mkdir(join(stage, dir), { recursive: true });
    count++;
  }
  if (count === 0) return;
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

async function pushFailure(
  connection: Connection,
  { request, end, total }: { request: PushRequest; end: RcloneEnd; total: Total | null },
): Promise<TransportError> {
  const said = end.errors.map((error) => error.text).join("\n");
  const what = "the run could not be sent to";
  if (/error reading source root directory/.test(said)) {
    return connection.tool.failure(what, end, () => "source_vanished");
  }
  const found = connection.tool.failure(what, end);
  // OpenSSH's sftp server has no word for a full disk: everything is "Failure".
  const mayBeFull = found.code === "unknown" && /SSH_FX_FAILURE/.test(said);
  if (!mayBeFull || total === null) return found;
  const freeBytes = await freeBytesOf(connection, request.signal);
  if (freeBytes === null || freeBytes >= total.largestBytes) return found;
  return connection.tool.failure(what, end, (): FailureCode => "destination_full");
}

/** Null when the backend does not tell. */
async function freeBytesOf(connection: Connection, signal: AbortSignal): Promise<number | null> {
  const end = await connection.run({
    args: ["about", farSpec(connection, ""), "--json"],
    signal,
    lowLevelRetries: 1,
  });
  if (end.exitCode !== 0) return null;
  const about: unknown = JSON.parse(new TextDecoder().decode(end.stdout));
  if (typeof about !== "object" || about === null || !("free" in about)) return null;
  return typeof about.free === "number" ? about.free : null;
}

/**
 * rclone's figures, made to go forward only: a file that is tried again counts twice there, one
 * that was there already not at all.
 */
class PushProgress {
  readonly #total: Total;
  readonly #report: ((progress: TransportProgress) => void) | undefined;
  #bytes = 0;
  #files = 0;

  constructor(total: Total, report: ((progress: TransportProgress) => void) | undefined) {
    this.#total = total;
    this.#report = report;
  }

  saw(stats: RcloneStats): void {
    this.#bytes = Math.min(this.#total.bytes, Math.max(this.#bytes, stats.bytes));
    this.#files = Math.min(this.#total.files, Math.max(this.#files, stats.transfers));
    this.#report?.({
      bytesDone: this.#bytes,
      filesDone: this.#files,
      currentPath: stats.currentPath,
    });
  }

  finish(): void {
    this.#report?.({
      bytesDone: this.#total.bytes,
      filesDone: this.#total.files,
      currentPath: null,
    });
  }
}
