/** Sending exactly the sealed list. */
import { TransportError } from "../failure.ts";
import type { FileList, PushRequest } from "../contract.ts";
import { checkFarPath } from "./destination.ts";
import { LEFTOVERS_NOTE, PARTIAL_DIR } from "./far_scripts.ts";
import type { FarSide } from "./far_side.ts";
import { temporaryFiles } from "./leftovers.ts";
import { PROGRESS_OPTIONS, PushProgress } from "./push_progress.ts";
import { needRsync } from "./rsync_run.ts";
import { sendEmptyFolders, type SmallFileDoors } from "./small_files.ts";

export async function pushList(doors: SmallFileDoors, request: PushRequest): Promise<void> {
  const { far } = doors;
  const { signal } = request;
  refuseNames(request);
  const whole: Whole = { bytes: 0, files: 0 };
  const progress = new PushProgress((now) => {
    request.onProgress?.({ ...now, bytesDone: Math.min(now.bytesDone, whole.bytes) });
  });
  if (isEmpty(request.files)) await far.check(signal);
  else await sendFiles(doors, request, { whole, progress });
  await sendFolders(doors, request);
  progress.finish(whole);
}

async function sendFiles(
  doors: SmallFileDoors,
  request: PushRequest,
  { whole, progress }: { whole: Whole; progress: PushProgress },
): Promise<void> {
  const { connection, far, pair } = doors;
  const { sourceDir, farDir, files, signal } = request;
  const aside = request.supersedeInto;
  const leg = await far.leg({ farDir, make: true, aside, partial: true, signal });
  let isOtherKind: string | null = null;
  let hasLeftovers = false;
  await needRsync(connection, {
    doing: "sending to",
    localDir: sourceDir,
    direction: "push",
    leg,
    options: [
      ...pushOptions(far, request),
      ...(pair.local.hasInfo ? PROGRESS_OPTIONS : []),
    ],
    names: namesOf(files, whole),
    onStdoutLine: (line) => {
      const skipped = /^skipping (?:non-regular file "(.*)"|directory (.*))$/.exec(line);
      if (skipped) isOtherKind ??= skipped[1] ?? skipped[2] ?? line;
      progress.onLine(line);
    },
    onStderrLine: (line) => hasLeftovers ||= line === LEFTOVERS_NOTE,
    signal,
  });
  if (isOtherKind !== null) {
    throw new TransportError("source_changed", `${isOtherKind} is no longer a regular file`, {
      why: "something else has taken its name since the run was sealed",
      path: isOtherKind,
    });
  }
  if (!far.tidiesUp) return await far.clear({ farDir, temporary: [], signal });
  if (!hasLeftovers) return;
  const temporary = await temporaryFiles(doors, { farDir, files });
  await far.clear({ farDir, temporary, signal });
}

async function sendFolders(
  { connection, far }: SmallFileDoors,
  { farDir, emptyDirs = [], signal }: PushRequest,
): Promise<void> {
  const dirs = [...emptyDirs].map(checkFarPath);
  if (dirs.length === 0) return;
  const leg = await far.leg({ farDir, make: true, signal });
  await sendEmptyFolders(connection, { leg, dirs, signal });
}

/** What has been listed so far: all of it before the first byte is sent. */
interface Whole {
  bytes: number;
  files: number;
}

/** Why this transport cannot carry a file of that name; null when it can. */
export function refusalOfName(path: string): string | null {
  if (path.split("/")[0] !== PARTIAL_DIR) return null;
  return `${PARTIAL_DIR} is where half-sent files are kept`;
}

function refuseNames(request: PushRequest): void {
  for (const { path } of request.files) {
    const refusal = refusalOfName(checkFarPath(path));
    if (refusal !== null) {
      throw new TransportError("name_not_carried", `${path} is not sent`, { why: refusal, path });
    }
  }
}

function* namesOf(files: FileList, whole: Whole): Generator<string> {
  for (const file of files) {
    whole.bytes += file.sizeBytes;
    whole.files++;
    yield file.path;
  }
}

function isEmpty(things: Iterable<unknown>): boolean {
  for (const _ of things) return false;
  return true;
}

/**
 * Bytes, names and file times; no owners, no links, and modes only for new files, as the far umask
 * allows, for the account there must be able to write what it will have to replace. Times of folders
 * are left alone: a folder somebody else made would be an error.
 */
function pushOptions(
  far: FarSide,
  request: PushRequest,
): string[] {
  const { farDir, supersedeInto, resend, uploadMbps } = request;
  const partial = far.absolute(farDir === "" ? PARTIAL_DIR : `${farDir}/${PARTIAL_DIR}`);
  const options = ["--times", "--omit-dir-times", "--chmod=Du+rwx,Fu+rw"];
  options.push(`--partial-dir=${partial}`);
  if (resend) options.push("--ignore-times");
  options.push("--backup", `--backup-dir=${far.absolute(checkFarPath(supersedeInto))}`);
  if (uploadMbps !== null) options.push(`--bwlimit=${bwlimitKiBps(uploadMbps)}`);
  return options;
}

/**
 * Megabits (10^6 bits) per second as rsync's KiB per second, rounded down: the ceiling is never
 * exceeded. rsync counts nothing finer than 1 KiB/s (0.008 Mbit/s), and 0 would mean no limit.
 */
export function bwlimitKiBps(uploadMbps: number): number {
  if (!(uploadMbps > 0)) {
    throw new RangeError(`a ceiling must be above 0 Mbit/s, got ${uploadMbps}`);
  }
  return Math.max(1, Math.floor((uploadMbps * 1_000_000) / 8 / 1024));
}
