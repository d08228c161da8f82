/**
 * Sends settled files of a run that is still being acquired, below all transfers (`rules.md` 27). They
 * count for nothing; what is noted of them only saves the sealed run from sending them again. Nothing
 * that stands over there is touched: a name that is taken, by whatever spelling, waits for the seal,
 * which knows what to do with it. What went and changes afterwards waits for it too.
 *
 * After a kill at any line: a name is noted as maybe ours, on the disk, before the first byte goes; as
 * "there" only after the far disk was asked to keep it.
 */
import { join } from "node:path";
import { derivedId, LabferryError } from "../base/mod.ts";
import { fileStatSoon, lstatOrNull } from "../disk/mod.ts";
import { openForWriting } from "../process/mod.ts";
import type { AheadFile, FileStat, HashedFile, NamesThere } from "../queue/mod.ts";
import type { FarEntry } from "../transports/mod.ts";
import { beginAside, forgetUnused } from "./ahead_aside.ts";
import { type AheadTarget, markAhead, openAheadFolder } from "./ahead_folder.ts";
import { connectTo, type FarConnection } from "./far_connection.ts";
import { looksEqual } from "./far_look.ts";
import { hashLocal } from "./local_hash.ts";
import { nameHabits } from "./name_habits.ts";
import { namesThere } from "./name_key.ts";
import type { FarWork, Work } from "./work.ts";
import { lockRun } from "./work_lock.ts";

export interface AheadOptions {
  /** Files that have looked the same since before this time lived through are settled. */
  readonly settledMs: number;
  /**
   * Files on their way at a time: what is behind them asks again. Where more than eight times as much
   * is there, an eighth of that: each push looks at all that stands there, so that a million files
   * go in 55 parts, and not in two thousand. @default 500, 8 GiB
   */
  readonly mostFiles?: number;
  readonly mostBytes?: number;
}

export type AheadOutcome =
  | {
    readonly kind: "sent";
    /** So many files went. */
    readonly files: number;
    /** Others are settled too. */
    readonly isMore: boolean;
    /** So long it took to look at what stands there. */
    readonly lookedMs: number;
  }
  /** Nothing goes before the seal, or before something changes. */
  | { readonly kind: "waits"; readonly why: string };

const MOST_FILES = 500;
const MOST_BYTES = 8 * 1024 ** 3;
/** Of what is there already; see `AheadOptions`. */
const SHARE = 1 / 8;

/** @throws TransportError, LabferryError as a delivery: nothing is charged to anybody */
export async function sendAhead(
  run: AheadTarget,
  work: Work & AheadOptions,
): Promise<AheadOutcome> {
  const { context, signal, destination } = work;
  await markAhead(run);
  using lock = await lockRun(run.runPath, context.stateDir);
  if (lock === null) return { kind: "waits", why: "another labferry works on the run" };
  const verdict = await context.gatekeeper.judge(run.runPath, signal);
  if (verdict.kind === "blocked") return { kind: "waits", why: verdict.reason };
  const id = { id: `ahead-${derivedId(run.runPath)}` };
  await using far = await connectTo(destination, id, work);
  await far.confirm();
  work.onReached();
  const { ahead } = context.queue;
  const known = ahead.of(run.runPath);
  // At another place, or under another name there, nothing of it was sent.
  if (known && (known.destinationUuid !== far.uuid || known.farDir !== run.farDir)) {
    ahead.forget(run.runPath);
    return { kind: "sent", files: 0, isMore: true, lookedMs: 0 };
  }
  const why = await openAheadFolder(run, { ...work, far });
  if (why !== null) return { kind: "waits", why };
  const beganAt = context.clock.now().toISOString();
  ahead.begin({ ...run, destinationUuid: far.uuid, beganAt });
  return await pushSettled(run, { ...work, far });
}

async function pushSettled(
  run: AheadTarget,
  work: FarWork & AheadOptions,
): Promise<AheadOutcome> {
  const { context: { queue: { ahead }, clock }, far } = work;
  let lookedMs = 0;
  const timed = async <T>(look: Promise<T>): Promise<T> => {
    const startedMs = clock.monotonicMs();
    const seen = await look;
    lookedMs += clock.monotonicMs() - startedMs;
    return seen;
  };
  // What somebody writes is nobody's turn yet, and keeps nothing behind it from going.
  const open = new Set(openForWriting(run.runPath).open.map(({ path }) => path));
  const { files, isMore } = chosen(run, { ...work, open });
  const names = namesThere(await nameHabits(run, work));
  const same = await asTheyWere(run, { ...work, files });
  const ready = await timed(withoutTaken(run, { ...work, names, files: same }));
  if (ready.length === 0) {
    return { kind: "sent", files: 0, isMore: isMore && files.length > 0, lookedMs };
  }
  ahead.setGoing(run.runPath, ready.map(({ path }) => path));
  const hashes = await push(run, { ...work, files: ready });
  await far.session.flush(run.farDir);
  const there = await timed(standingNow(run, { ...work, names, files: ready }));
  await hash(run, { ...work, files: there, hashes });
  await far.confirm();
  return { kind: "sent", files: there.length, isMore, lookedMs };
}

/** The first settled files, by path. */
function chosen(
  { runPath }: AheadTarget,
  { context: { queue: { ahead } }, settledMs, open, ...least }:
    & Work
    & AheadOptions
    & { readonly open: ReadonlySet<string> },
): { readonly files: readonly AheadFile[]; readonly isMore: boolean } {
  const there = ahead.sumOf(runPath) ?? { files: 0, bytes: 0 };
  const mostFiles = Math.max(least.mostFiles ?? MOST_FILES, Math.floor(there.files * SHARE));
  const mostBytes = Math.max(least.mostBytes ?? MOST_BYTES, Math.floor(there.bytes * SHARE));
  const asked = { sinceMs: settledMs, limit: mostFiles + 1 + open.size };
  const settled = ahead.settled(runPath, asked).filter(({ path }) =>
    !open.has(join(runPath, path))
  );
  const files: AheadFile[] = [];
  let bytes = 0;
  for (const file of settled.slice(0, mostFiles)) {
    if (files.length > 0 && bytes + file.sizeBytes > mostBytes) break;
    files.push(file);
    bytes += file.sizeBytes;
  }
  return { files, isMore: files.length < settled.length };
}

/** Those that are still as they were seen, and whose names can be carried. */
async function asTheyWere(
  { runPath }: AheadTarget,
  { context: { queue: { ahead } }, destination, files }: Work & Pick<Chosen, "files">,
): Promise<AheadFile[]> {
  const same: AheadFile[] = [];
  const [waits, changed]: [string[], string[]] = [[], []];
  for (const file of files) {
    if (destination.transport.refusalOfName(file.path) !== null) waits.push(file.path);
    else if (!await isAsSeen(runPath, file)) {
      // One that may be there already is the seal's; of another nothing is known any more.
      (file.state === "going" ? waits : changed).push(file.path);
    } else same.push(file);
  }
  ahead.setWaits(runPath, waits);
  ahead.forgetSeen(runPath, changed);
  return same;
}

async function isAsSeen(runPath: string, file: AheadFile): Promise<boolean> {
  const now = await statNow(join(runPath, file.path));
  return now !== null && isSameStat(now, file);
}

async function statNow(path: string): Promise<FileStat | null> {
  const info = await lstatOrNull(path);
  return info?.isFile ? await fileStatSoon(path, info) : null;
}

function isSameStat(a: FileStat, b: FileStat): boolean {
  return a.sizeBytes === b.sizeBytes && a.mtimeMs === b.mtimeMs && a.ctimeS === b.ctimeS &&
    a.fileId === b.fileId;
}

interface Chosen {
  readonly names: NamesThere;
  readonly files: readonly AheadFile[];
}

/** Those whose place is free, or holds what a push of ours left there before it could say so. */
async function withoutTaken(
  run: AheadTarget,
  { names, files, ...work }: FarWork & Chosen,
): Promise<AheadFile[]> {
  const standing = await standingAt(run, { names, files, far: work.far });
  const free: AheadFile[] = [];
  const waits: string[] = [];
  const met = new Set<string>();
  for (const file of files) {
    const key = names.keyOf(file.path);
    const there = standing.get(key);
    const isFree = there === undefined
      ? !met.has(key)
      : file.state === "going" && there.path === file.path && there.kind === "file" &&
        looksEqual(file, there);
    const isWayFree = foldersOf(file.path).every((folder) =>
      (standing.get(names.keyOf(folder))?.kind ?? "folder") === "folder"
    );
    met.add(key);
    if (isFree && isWayFree) free.push(file);
    else waits.push(file.path);
  }
  work.context.queue.ahead.setWaits(run.runPath, waits);
  return free;
}

/** What stands under the names of these files, or where their folders have to be. */
async function standingAt(
  { farDir }: AheadTarget,
  { names, files, far }: Chosen & { readonly far: FarConnection },
): Promise<ReadonlyMap<string, FarEntry>> {
  const wanted = new Set(
    files.flatMap(({ path }) => [path, ...foldersOf(path)]).map((path) => names.keyOf(path)),
  );
  const standing = new Map<string, FarEntry>();
  for await (const entry of far.session.list(farDir)) {
    const key = names.keyOf(entry.path);
    if (wanted.has(key)) standing.set(key, entry);
  }
  return standing;
}

function foldersOf(path: string): string[] {
  const segments = path.split("/").slice(0, -1);
  return segments.map((_, i) => segments.slice(0, i + 1).join("/"));
}

/** The hashes of a transport that reads the files itself. */
async function push(
  run: AheadTarget,
  { context, destination, far, signal, files }: FarWork & Pick<Chosen, "files">,
): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  const into = beginAside(run, { context });
  let isUsed = false;
  await far.session.push({
    sourceDir: run.runPath,
    files,
    farDir: run.farDir,
    supersedeInto: into,
    onSetAside: (path) => {
      isUsed = true;
      context.log(
        "warn",
        "Something came in the way of a file that is sent ahead; it is set aside",
        { path: `${run.farDir}/${path}` },
      );
    },
    resend: false,
    get uploadMbps() {
      return destination.uploadMbps();
    },
    onSourceHash: (path, sha256) => void hashes.set(path, sha256),
    signal,
  });
  if (!isUsed) forgetUnused(run, { context, into });
  return hashes;
}

/** Those that went, stand there and are here as they were; the others wait for the seal. */
async function standingNow(
  run: AheadTarget,
  { names, files, ...work }: FarWork & Chosen,
): Promise<AheadFile[]> {
  const standing = await standingAt(run, { names, files, far: work.far });
  const { ahead } = work.context.queue;
  const there: AheadFile[] = [];
  for (const file of files) {
    const entry = standing.get(names.keyOf(file.path));
    const isThere = entry?.kind === "file" && entry.path === file.path && looksEqual(file, entry);
    if (isThere && await isAsSeen(run.runPath, file)) there.push(file);
  }
  const paths = new Set(there.map(({ path }) => path));
  ahead.setThere(
    run.runPath,
    there.map(({ path }) => ({ ...standing.get(names.keyOf(path))!, path })),
  );
  ahead.setWaits(run.runPath, files.map(({ path }) => path).filter((path) => !paths.has(path)));
  return there;
}

/** So that the sealed run has nothing left to read; a file that changes meanwhile is read then. */
async function hash(
  { runPath }: AheadTarget,
  { context, signal, files, hashes }: Work & Pick<Chosen, "files"> & {
    readonly hashes: ReadonlyMap<string, string>;
  },
): Promise<void> {
  const { ahead } = context.queue;
  ahead.setHashes(
    runPath,
    files.flatMap((file) => {
      const sha256 = hashes.get(file.path);
      return sha256 === undefined ? [] : [{ path: file.path, sha256, stat: file }];
    }),
  );
  const unread = async function* () {
    for (const file of files) if (!hashes.has(file.path)) yield await Promise.resolve(file);
  };
  try {
    for await (const batch of hashLocal(runPath, unread(), { context, signal })) {
      ahead.setHashes(runPath, batch.filter(hasStat));
    }
  } catch (error) {
    if (!(error instanceof LabferryError) || !CHANGED.has(error.code)) throw error;
    context.log("debug", error.message, { run: runPath });
  }
}

const CHANGED: ReadonlySet<string> = new Set([
  "source_changed",
  "source_vanished",
  "source_unreadable",
]);

function hasStat(file: HashedFile): file is HashedFile & { readonly stat: FileStat } {
  return file.stat !== undefined;
}
