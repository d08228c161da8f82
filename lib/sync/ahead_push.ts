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
import { beginAside } from "./ahead_aside.ts";
import { type AheadTarget, inheritedKey, markAhead, openAheadFolder } from "./ahead_folder.ts";
import { nextPart, type PartSize } from "./ahead_part.ts";
import { connectTo, type FarConnection } from "./far_connection.ts";
import { looksEqual } from "./far_look.ts";
import { hashLocal } from "./local_hash.ts";
import { nameHabits } from "./name_habits.ts";
import { namesThere } from "./name_key.ts";
import type { FarWork, Work } from "./work.ts";
import { lockRun } from "./work_lock.ts";

export interface AheadOptions extends PartSize {
  /** Files that have looked the same since before this time lived through are settled. */
  readonly settledMs: number;
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

/** @throws TransportError, LabferryError as a delivery: nothing is charged to anybody */
export async function sendAhead(
  run: AheadTarget,
  work: Work & AheadOptions,
): Promise<AheadOutcome> {
  const { context, signal, destination } = work;
  await markAhead(run, signal);
  using lock = await lockRun(run.runPath, { stateDir: context.stateDir, signal });
  if (lock === null) return { kind: "waits", why: "another labferry works on the run" };
  const verdict = await context.gatekeeper.judge(run.runPath, signal);
  if (verdict.kind === "blocked") return { kind: "waits", why: verdict.reason };
  const id = { id: `ahead-${derivedId(run.runPath)}` };
  await using far = await connectTo(destination, id, work);
  await far.confirm();
  work.onReached();
  const { ahead, meta } = context.queue;
  const known = ahead.of(run.runPath);
  // At another place, or under another name there, nothing of it was sent.
  if (known && (known.destinationUuid !== far.uuid || known.farDir !== run.farDir)) {
    context.queue.together(() => {
      meta.forget(inheritedKey(run.runPath));
      ahead.forget(run.runPath);
    });
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
  const { files, isMore } = nextPart(run, { ...work, open });
  const names = namesThere(await nameHabits(run, work));
  const same = await asTheyWere(run, { ...work, files });
  const { arrived, ready, standing } = await timed(freeNames(run, { ...work, names, files: same }));
  let sent = 0;
  if (arrived.length > 0) {
    // Of a push that was interrupted: noted before anything else is sent, and not chosen again.
    await far.session.flush(run.farDir);
    const there = await noteThere(run, { ...work, names, files: arrived, standing });
    await hash(run, { ...work, files: there });
    await far.confirm();
    sent = there.length;
  }
  if (ready.length === 0) {
    return { kind: "sent", files: sent, isMore: isMore && files.length > 0, lookedMs };
  }
  ahead.setGoing(run.runPath, ready.map(({ path }) => path));
  const hashes = await push(run, { ...work, files: ready });
  await far.session.flush(run.farDir);
  const now = await timed(standingAt(run, { ...work, names, files: ready }));
  const there = await noteThere(run, { ...work, names, files: ready, standing: now });
  noteHashes(run, { ...work, files: there, hashes });
  await hash(run, { ...work, files: there.filter(({ path }) => !hashes.has(path)) });
  await far.confirm();
  return { kind: "sent", files: sent + there.length, isMore, lookedMs };
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

/** What stands over there under the names asked for, by key. */
interface Standing {
  readonly standing: ReadonlyMap<string, FarEntry>;
}

interface FreeNames extends Standing {
  /** What a push of ours left there before it could say so. */
  readonly arrived: readonly AheadFile[];
  /** Their place is free. */
  readonly ready: readonly AheadFile[];
}

/** The others wait for the seal. */
async function freeNames(
  run: AheadTarget,
  { names, files, ...work }: FarWork & Chosen,
): Promise<FreeNames> {
  const standing = await standingAt(run, { names, files, far: work.far });
  const [arrived, ready]: [AheadFile[], AheadFile[]] = [[], []];
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
    if (isFree && isWayFree) (there === undefined ? ready : arrived).push(file);
    else waits.push(file.path);
  }
  work.context.queue.ahead.setWaits(run.runPath, waits);
  return { arrived, ready, standing };
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
  const aside = beginAside(run, { context, far });
  let isUsed = false;
  try {
    await far.session.push({
      sourceDir: run.runPath,
      files,
      farDir: run.farDir,
      supersedeInto: aside.into,
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
  } catch (error) {
    // What was read of it need not be read again.
    const same: AheadFile[] = [];
    for (const file of files) {
      if (hashes.has(file.path) && await isAsSeen(run.runPath, file)) same.push(file);
    }
    noteHashes(run, { context, files: same, hashes });
    throw error;
  }
  if (!isUsed) aside.forget();
  return hashes;
}

function noteHashes(
  { runPath }: AheadTarget,
  { context, files, hashes }: Pick<Work, "context"> & Pick<Chosen, "files"> & {
    readonly hashes: ReadonlyMap<string, string>;
  },
): void {
  context.queue.ahead.setHashes(
    runPath,
    files.flatMap((file) => {
      const sha256 = hashes.get(file.path);
      return sha256 === undefined ? [] : [{ path: file.path, sha256, stat: file }];
    }),
  );
}

/** Those that went, stand there and are here as they were; the others wait for the seal. */
async function noteThere(
  run: AheadTarget,
  { names, files, standing, ...work }: FarWork & Chosen & Standing,
): Promise<AheadFile[]> {
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
  { context, signal, files }: Work & Pick<Chosen, "files">,
): Promise<void> {
  const { ahead } = context.queue;
  const unread = async function* () {
    for (const file of files) if (file.sha256 === null) yield await Promise.resolve(file);
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
