/**
 * A queue made anew from the records beside the data. It grants no passes: whatever has data here is
 * `queued` and proven again (cheaply, what is there is compared, not sent); a run whose record says
 * `cleaned`, and that holds no data, stays cleaned and is due for a look at its far copy.
 */
import { basename, dirname, join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { isThere, lstatOrNull, readOrNull, realPathOrNull } from "../disk/mod.ts";
import { type Config, stagingRootOf } from "../config/mod.ts";
import { dataOf, enterKnown, fileRunsRoot, runFoldersOf } from "../intake/mod.ts";
import { ShareSilence } from "../process/mod.ts";
import type { Queue } from "../queue/mod.ts";
import {
  type Creation,
  findRunAddress,
  isInterrupted,
  KIND_NAMES,
  parseOutcome,
  readCreation,
  RECORD_FILES,
  recordedLayout,
  recordPath,
  RECORDS_DIR,
} from "../records/mod.ts";
import { type Destination, HEAD_START_FILE } from "../sync/mod.ts";

export interface RebuildFrom {
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly config: Config;
  /** Its path: the records of runs that are files lie in it. */
  readonly stateDir: string;
  /** How long a share may take for an answer. @default as `ShareSilence` */
  readonly answerMs?: number;
}

export interface Rebuilt {
  readonly jobs: number;
  /** Runs whose record could not be read, with the reason: they are left for a person. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

/** Runs that were once in a queue. Another program's word that one is done proves nothing. */
const HANDED_OVER = new Set(["synced", "failed", "cleaned"]);

export async function rebuildQueue(
  queue: Queue,
  { destinations, config, stateDir, answerMs }: RebuildFrom,
): Promise<Rebuilt> {
  let jobs = 0;
  const unreadable: { path: string; reason: string }[] = [];
  const shares = new ShareSilence(answerMs);
  // As a root that is not there: what it holds is found when it answers again.
  const isSilent = async (path: string) => {
    const silent = await shares.at(path);
    if (silent) unreadable.push({ path, reason: "its share does not answer" });
    return silent;
  };
  for await (const { runPath, equipmentId } of allRuns({ config, stateDir, isSilent })) {
    const creation = await creationOf(runPath, unreadable);
    if (!creation || !await wasHandedOver(runPath, creation)) continue;
    const destination = destinations.get(equipmentId);
    const farDir = farDirOf(runPath, { creation, equipmentId });
    if (!destination || !farDir) continue;
    const data = await filesOf(runPath, { stateDir, unreadable });
    if (data === null) continue;
    const at = queue.clock.now().toISOString();
    const interrupted = await wasDeletionInterrupted(runPath);
    const { job, created } = await enterKnown({
      runPath,
      equipmentId,
      destination: destination.transport.address,
      farDir,
      pinned: creation.labferry?.pinned === true || interrupted,
      ...data,
      ...(creation.sync_status === "cleaned" && !await holdsData(runPath)
        ? { cleaned: { deletionStartedAt: at, scrubDueAt: at } }
        : {}),
    }, { queue, clock: queue.clock });
    if (created) jobs++;
    if (created && interrupted) queue.timeline.note(job.id, { kind: "deletion_interrupted" });
  }
  queue.meta.set(REBUILT_AT, queue.clock.now().toISOString());
  return { jobs, unreadable };
}

/**
 * A certificate without its outcome announces a deletion that did not end, or never began. A queue that
 * was made anew knows nothing of it: nothing more is deleted, and the run is pinned until a person has
 * looked (`rules.md` 2).
 */
async function wasDeletionInterrupted(runPath: string): Promise<boolean> {
  const [certificate, outcome] = await Promise.all(
    [RECORD_FILES.certificate, RECORD_FILES.outcome].map((name) =>
      readOrNull(recordPath(runPath, name))
    ),
  );
  if (!certificate) return false;
  try {
    const ended = outcome ? parseOutcome(outcome, recordPath(runPath, RECORD_FILES.outcome)) : null;
    return isInterrupted(certificate, ended);
  } catch (error) {
    if (error instanceof LabferryError) return true;
    throw error;
  }
}

/** True once a rebuild of this database came to its end; one that was killed begins again. */
export function isRebuilt(queue: Queue): boolean {
  return queue.meta.get(REBUILT_AT) !== null;
}

const REBUILT_AT = "rebuilt_at";

/** A pending run that labferry has begun with has its lock file; one being acquired has not. */
async function wasHandedOver(runPath: string, { sync_status }: Creation): Promise<boolean> {
  if (HANDED_OVER.has(sync_status)) return true;
  // Files of it were sent ahead: it is still being acquired, lock or not.
  if (await isThere(recordPath(runPath, HEAD_START_FILE))) return false;
  const lock = await lstatOrNull(recordPath(runPath, RECORD_FILES.transferLock));
  return lock?.isFile ?? false;
}

/**
 * True when a data file is there. Then the word `cleaned` is not to be believed: it would never be
 * sent, and nobody would look for it. Links and special files were never data.
 */
export async function holdsData(runPath: string): Promise<boolean> {
  const folders = [runPath];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const { name, isFile, isDirectory } of Deno.readDir(folder)) {
      if (isFile) return true;
      const isRecords = folder === runPath && name === RECORDS_DIR;
      if (isDirectory && !isRecords) folders.push(join(folder, name));
    }
  }
  return false;
}

/** By its place in the layout; an adopted run has it in its record. Null when that is somebody else's. */
function farDirOf(
  runPath: string,
  { creation, equipmentId }: { readonly creation: Creation; readonly equipmentId: string },
): string | null {
  const address = findRunAddress(runPath);
  if (address) return address.layoutPath;
  const prefix = `${equipmentId}/`;
  const recorded = recordedLayout(creation);
  return recorded?.startsWith(prefix) ? recorded.slice(prefix.length) : null;
}

/** Where the data of a run of files lies; null when its record cannot be read. */
async function filesOf(
  runPath: string,
  { stateDir, unreadable }: {
    readonly stateDir: string;
    readonly unreadable: { path: string; reason: string }[];
  },
): Promise<Awaited<ReturnType<typeof dataOf>> | null> {
  try {
    return await dataOf(runPath, stateDir);
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    unreadable.push({ path: runPath, reason: error.message });
    return null;
  }
}

async function creationOf(
  runPath: string,
  unreadable: { path: string; reason: string }[],
): Promise<Creation | null> {
  try {
    return await readCreation(recordPath(runPath, RECORD_FILES.creation));
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    if (error.code !== "record_missing") unreadable.push({ path: runPath, reason: error.message });
    return null;
  }
}

/**
 * Every run folder below the configured roots, in the layout, and every folder that is watched; by its
 * path without links.
 */
async function* configuredRuns(
  config: Config,
  isSilent: (path: string) => Promise<boolean>,
): AsyncGenerator<{ runPath: string; equipmentId: string }> {
  for (const configured of equipmentDirs(config)) {
    const id = basename(configured);
    if (await isSilent(dirname(configured))) continue;
    const root = await realPathOrNull(dirname(configured));
    if (root === null) continue;
    const equipmentDir = join(root, id);
    for await (const project of foldersIn(equipmentDir)) {
      for (const { folder, prefix } of Object.values(KIND_NAMES)) {
        const parent = join(equipmentDir, project, folder);
        for await (const leaf of foldersIn(parent)) {
          if (leaf.startsWith(prefix)) yield { runPath: join(parent, leaf), equipmentId: id };
        }
      }
    }
  }
  yield* watchedRuns(config, isSilent);
}

async function* watchedRuns(
  config: Config,
  isSilent: (path: string) => Promise<boolean>,
): AsyncGenerator<{ runPath: string; equipmentId: string }> {
  for (const { id: equipmentId, intake, pull } of config.equipment) {
    // What is fetched has its records here.
    if (pull !== null) continue;
    for (const watched of intake?.watch ?? []) {
      if (await isSilent(watched)) continue;
      const folder = await realPathOrNull(watched);
      if (folder === null) continue;
      for await (const name of foldersIn(folder)) {
        yield { runPath: join(folder, name), equipmentId };
      }
    }
  }
}

/** Those, and the runs that are files, whose records lie in the state directory. */
export async function* allRuns(
  { config, stateDir, isSilent = () => Promise.resolve(false) }:
    & Pick<RebuildFrom, "config" | "stateDir">
    & { readonly isSilent?: (path: string) => Promise<boolean> },
): AsyncGenerator<{ runPath: string; equipmentId: string }> {
  yield* configuredRuns(config, isSilent);
  for (const { id: equipmentId } of config.equipment) {
    for (const runPath of (await runFoldersOf(join(fileRunsRoot(stateDir), equipmentId))).runs) {
      yield { runPath, equipmentId };
    }
  }
}

/** Below its own root, and below an orchestrator's staging area. */
function equipmentDirs(config: Config): Set<string> {
  const stagingRoot = stagingRootOf(config);
  const roots = (own: string) => [own, ...(stagingRoot === null ? [] : [stagingRoot])];
  return new Set(
    config.equipment.filter(({ pull }) => pull === null).flatMap(({ id, localRoot }) =>
      roots(localRoot).map((root) => join(root, id))
    ),
  );
}

async function* foldersIn(path: string): AsyncGenerator<string> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(path)) {
      if (entry.isDirectory && !entry.name.startsWith(".")) names.push(entry.name);
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return;
    throw error;
  }
  yield* names.sort();
}
