/** Sending exactly the sealed list. */
import { TransportError } from "../failure.ts";
import type { FileList, PushRequest } from "../contract.ts";
import { rsyncBwlimit } from "../ceiling.ts";
import { inFolder } from "../tool/far_path.ts";
import { isStale, MOST_LEFTOVERS, NOT_REMOVED } from "../tool/own_temporary.ts";
import { ARRIVAL_OPTIONS, Arrivals } from "./arrivals.ts";
import { AsideReport } from "./aside_report.ts";
import { listFarRoom } from "./list.ts";
import { PARTIAL_DIR } from "./far_scripts.ts";
import type { FarSide } from "./far_side.ts";
import { temporaryFiles } from "./leftovers.ts";
import { PROGRESS_OPTIONS, PushProgress } from "./push_progress.ts";
import { PushTalk } from "./push_talk.ts";
import { runRsync } from "./rsync_run.ts";
import type { RsyncConnection } from "./connection.ts";
import { sendEmptyFolders } from "./small_files.ts";
import { exitError } from "./ssh_connection.ts";

const SENDING = "sending to";
/** Of one call of `setAside`. */
const MAX_NAMES = 1_000;
const NO_TIMES = "the far side does not let the files' times be set";

export async function pushList(connection: RsyncConnection, request: PushRequest): Promise<void> {
  const { far } = connection;
  const { signal } = request;
  const whole: Whole = { bytes: 0, files: 0 };
  const progress = new PushProgress(request.onProgress, { whole });
  const aside = new AsideReport(connection, request);
  await aside.truthful(async () => {
    if (await isEmpty(request.files)) await far.check(signal);
    else await sendFiles(connection, { request, whole, progress, aside });
    await sendFolders(connection, { request, aside });
  });
  progress.finish();
}

/** A push, and who hears what it moved out of the way. */
interface Reported {
  readonly request: PushRequest;
  readonly aside: AsideReport;
}

async function sendFiles(
  connection: RsyncConnection,
  { request, whole, progress, aside }: Reported & {
    readonly whole: Whole;
    readonly progress: PushProgress;
  },
): Promise<void> {
  const { ssh, far, pair } = connection;
  const { sourceDir, farDir, files, supersedeInto, signal } = request;
  await makeRoom(connection, { request, aside });
  const leg = await far.leg({ farDir, make: true, aside: supersedeInto, partial: true, signal });
  const talk = new PushTalk();
  const isFlushed = await far.fsyncsPushes();
  const arrivals = new Arrivals((path) => request.onArrived?.(path, { isFlushed }));
  const exit = await runRsync(ssh, {
    doing: SENDING,
    localDir: sourceDir,
    direction: "push",
    leg,
    options: [
      ...pushOptions(far, request),
      ...(isFlushed ? ["--fsync"] : []),
      ...(pair.local.hasInfo ? PROGRESS_OPTIONS : []),
      ...(pair.namesArrivals && request.onArrived ? ARRIVAL_OPTIONS : []),
    ],
    names: { [Symbol.asyncIterator]: () => namesOf(files, whole) },
    onStdoutLine: (line) => {
      talk.onStdoutLine(line);
      aside.onLine(line);
      progress.onLine(line);
      arrivals.onLine(line);
    },
    onStderrLine: (line) => talk.onStderrLine(line),
    signal,
  });
  const heardAll = exit.stderrUnheardBytes === 0;
  const timesOnly = exit.code === 23 && heardAll && talk.timesFailed > 0 && !talk.hasOtherTrouble;
  if (exit.code !== 0 && !timesOnly) {
    throw exitError(ssh, exit, { doing: SENDING, sourceDir, farDir });
  }
  if (timesOnly) request.onNote?.(NO_TIMES);
  if (talk.otherKind !== null) {
    throw new TransportError("source_changed", `${talk.otherKind} is no longer a regular file`, {
      why: "something else has taken its name since the run was sealed",
      path: talk.otherKind,
    });
  }
  arrivals.finish();
  if (far.tidiesUp && !timesOnly && !talk.hasLeftovers) return;
  if (talk.hasLeftovers) await setTemporaryAside(connection, { request, aside });
  await far.clear({ farDir, signal });
}

/**
 * What a killed session left in this run's folder goes, a day after it was written to.
 * rsync moves whatever stands in the way but folders: an empty one it removes without a word, on any
 * other it fails. So those that have the name of a listed file are moved first, whole.
 */
async function makeRoom(
  connection: RsyncConnection,
  { request, aside }: Reported,
): Promise<void> {
  const { farDir, signal, onNote } = request;
  const folders = new Set<string>();
  const leftovers: string[] = [];
  for await (const entry of listFarRoom(connection, farDir)) {
    if (entry.kind === "folder") folders.add(entry.path);
    else if (isStale(entry) && leftovers.length < MOST_LEFTOVERS) leftovers.push(entry.path);
  }
  if (leftovers.length > 0) {
    const { far } = connection;
    if (!await far.removeFiles({ farDir, names: leftovers, signal })) onNote?.(NOT_REMOVED);
  }
  if (folders.size === 0) return;
  const inTheWay: string[] = [];
  for await (const { path } of request.files) if (folders.has(path)) inTheWay.push(path);
  await setAside(connection, { request, names: inTheWay, aside });
}

/**
 * rsync's own temporary files beside the data: whether one of that name is rsync's or a person's
 * nobody can tell, so it is moved, not removed.
 */
async function setTemporaryAside(
  connection: RsyncConnection,
  { request, aside }: Reported,
): Promise<void> {
  const { farDir, files } = request;
  const names = await temporaryFiles(connection, { farDir, files });
  await setAside(connection, { request, names, aside });
}

async function setAside(
  { far }: RsyncConnection,
  { request, names, aside }: Reported & { readonly names: readonly string[] },
): Promise<void> {
  const { farDir, supersedeInto: intoDir } = request;
  for (let at = 0; at < names.length; at += MAX_NAMES) {
    request.signal.throwIfAborted();
    const some = names.slice(at, at + MAX_NAMES);
    for (const path of await far.setAside({ farDir, names: some, intoDir })) aside.report(path);
  }
}

async function sendFolders(
  { ssh, far, pair }: RsyncConnection,
  { request, aside }: Reported,
): Promise<void> {
  const { farDir, emptyDirs = [], supersedeInto, sourceDir, signal } = request;
  const dirs = [...emptyDirs];
  if (dirs.length === 0) return;
  const leg = await far.leg({ farDir, make: true, aside: supersedeInto, signal });
  await sendEmptyFolders(ssh, {
    leg,
    dirs,
    modesFrom: sourceDir,
    options: [
      ...asideOptions(far, supersedeInto),
      ...(pair.local.hasInfo ? ["--info=backup"] : []),
    ],
    onStdoutLine: (line) => aside.onLine(line),
    signal,
  });
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

async function* namesOf(files: FileList, whole: Whole): AsyncGenerator<string> {
  whole.bytes = whole.files = 0;
  for await (const file of files) {
    whole.bytes += file.sizeBytes;
    whole.files++;
    yield file.path;
  }
}

async function isEmpty(files: FileList): Promise<boolean> {
  for await (const _ of files) return false;
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
  const partial = far.absolute(inFolder(farDir, PARTIAL_DIR));
  const options = ["--times", "--omit-dir-times", "--chmod=Du+rwx,Fu+rw"];
  options.push(`--partial-dir=${partial}`);
  if (resend) options.push("--ignore-times");
  options.push(...asideOptions(far, supersedeInto));
  if (uploadMbps !== null) options.push(`--bwlimit=${rsyncBwlimit(uploadMbps)}`);
  return options;
}

/**
 * What stands under a name is moved before another takes it, a file in a folder's way too. A folder
 * with something in it is never in the way of being removed: rsync fails on it (no `--force`).
 */
function asideOptions(far: FarSide, supersedeInto: string): string[] {
  return ["--backup", `--backup-dir=${far.absolute(supersedeInto)}`];
}
