/**
 * The far half of a rebuild: runs that are at a destination and whose local folder is gone are known
 * to no record here. They become rows again, as `cleaned` and without a pass: "not proven since".
 * One whose folder is still here is queued, and compared. Nothing over there is changed.
 *
 * It happens once for each destination of a queue that was made anew, in the background, and waits
 * for a destination that is away.
 */
import { dirname, isAbsolute, resolve, sep as SEPARATOR } from "node:path";
import { type FaultListener, LabferryError, messageOf, type Rest, Rounds } from "../base/mod.ts";
import { logger } from "../base/log.ts";
import type { Config } from "../config/mod.ts";
import { errnoOf } from "../disk/mod.ts";
import { enterKnown } from "../intake/mod.ts";
import { jobToken } from "../process/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  findRunAddress,
  readCreation,
  RECORD_FILES,
  recordedLayout,
  recordPath,
} from "../records/mod.ts";
import type { Destination, SyncContext } from "../sync/mod.ts";
import { confirmIdentity } from "../transports/mod.ts";
import { type FarLook, type FarRun, lookForRuns } from "./far_runs.ts";
import { holdsData } from "./rebuild.ts";
import { makeScratch } from "./scratch.ts";
import type { StateDir } from "./state_dir.ts";

export interface FarRebuildOptions {
  readonly config: Config;
  readonly destinations: ReadonlyMap<string, Destination>;
  readonly context: SyncContext;
  readonly stateDir: StateDir;
  readonly onJob: (job: Job) => void;
  /** Files and folders looked at in one destination. @default 5,000,000 */
  readonly mostEntries?: number;
  /** As `RoundsOptions.onFault`. */
  readonly onFault?: FaultListener;
}

/** More than any lab's base was said to hold; beyond it a person is told. */
const MOST_ENTRIES = 5_000_000;
const ASK_AGAIN_MS = 10 * 60_000;

export class FarRebuild extends Rounds {
  readonly #options: FarRebuildOptions;
  /** Equipment whose destination was looked at, as far as it goes. */
  readonly #looked = new Set<string>();

  constructor(options: FarRebuildOptions) {
    const { context, onFault } = options;
    super({
      name: "Looking for runs that only a destination knows",
      round: () => this.#lookAtAll(),
      restMs: ASK_AGAIN_MS,
      log: context.log,
      onFault,
      clock: context.clock,
    });
    this.#options = options;
  }

  async #lookAtAll(): Promise<Rest> {
    const { destinations, context } = this.#options;
    let left = 0;
    for (const [id, destination] of destinations) {
      if (this.#looked.has(id) || context.queue.meta.get(doneKey(id)) !== null) continue;
      if (await this.#tried(id, destination)) this.#looked.add(id);
      else left++;
    }
    return left > 0 ? undefined : "done";
  }

  /** False when it is to be tried again later. */
  async #tried(id: string, destination: Destination): Promise<boolean> {
    const log = logger("daemon");
    try {
      await takeOver(id, destination, this.#options, this.signal);
      return true;
    } catch (error) {
      const isTheirs = error instanceof LabferryError || errnoOf(error) !== null;
      if (!isTheirs) throw error;
      log.info("{id}: the runs over there are looked for later: {why}", {
        id,
        why: messageOf(error),
      });
      return false;
    }
  }
}

function doneKey(equipmentId: string): string {
  return `far_rebuilt_at ${equipmentId}`;
}

async function takeOver(
  id: string,
  destination: Destination,
  options: FarRebuildOptions,
  signal: AbortSignal,
): Promise<void> {
  const { config, context, onJob } = options;
  const { queue, clock } = context;
  const equipment = config.equipment.find((one) => one.id === id);
  if (!equipment) return;
  await refuseMissingRoot(equipment.localRoot);
  const look = await lookThere(id, destination, options, signal);
  const log = logger("daemon");
  let taken = 0;
  for (const run of look.runs) {
    signal.throwIfAborted();
    const job = queue.jobs.byRun(run.sourcePath)
      ? null
      : await enqueued(run, id, destination, options);
    if (!job) continue;
    taken++;
    onJob(job);
  }
  for (const { farDir, reason } of look.unreadable) {
    log.warn("{id}: whose {farDir} is cannot be read: {reason}", { id, farDir, reason });
  }
  if (taken > 0) {
    log.warn("{id}: {taken} runs that only the destination knew are in the queue again", {
      id,
      taken,
    });
  }
  if (look.isWhole) queue.meta.set(doneKey(id), clock.now().toISOString());
  else {log.warn("{id}: more is over there than was looked at; some runs may be unknown here", {
      id,
    });}
}

async function lookThere(
  id: string,
  destination: Destination,
  { context, stateDir, mostEntries = MOST_ENTRIES }: FarRebuildOptions,
  signal: AbortSignal,
): Promise<FarLook> {
  const uuid = await destination.identity();
  const scratchDir = await makeScratch(stateDir);
  try {
    await using session = await destination.transport.connect({
      signal,
      token: jobToken(context.tokenPrefix, "rebuild"),
      scratchDir,
    });
    await confirmIdentity(session, uuid, { address: destination.transport.address });
    return await lookForRuns(session, {
      equipmentId: id,
      installation: await context.installation(),
      host: context.host,
      mostEntries,
      signal,
    });
  } finally {
    await Deno.remove(scratchDir, { recursive: true });
  }
}

/** Null for a run of which it cannot be told whether it is still here: its disk is not. */
async function enqueued(
  { farDir, sourcePath }: FarRun,
  equipmentId: string,
  destination: Destination,
  { context }: FarRebuildOptions,
): Promise<Job | null> {
  const here = await isFolder(sourcePath);
  if (!here && !await isFolder(dirname(sourcePath)) && !await isFolder(projectOf(sourcePath))) {
    logger("daemon").warn("{path} is known over there; whether it is here cannot be told", {
      path: sourcePath,
    });
    return null;
  }
  if (here && !await isThatRun(sourcePath, { equipmentId, farDir })) {
    logger("daemon").warn("{path} is named over there by {farDir}, but is not that run; left out", {
      path: sourcePath,
      farDir,
    });
    return null;
  }
  const at = context.clock.now().toISOString();
  const { job } = await enterKnown({
    runPath: sourcePath,
    equipmentId,
    destination: destination.transport.address,
    farDir,
    ...(here && await holdsData(sourcePath)
      ? {}
      : { cleaned: { deletionStartedAt: at, scrubDueAt: at } }),
  }, context);
  return job;
}

/**
 * A file on a NAS must not make the service send a folder of its choosing: the folder's own place, or
 * its own record, has to say that it is the run that lies there, and no link may be on the way.
 */
async function isThatRun(
  path: string,
  { equipmentId, farDir }: { readonly equipmentId: string; readonly farDir: string },
): Promise<boolean> {
  if (!isAbsolute(path) || await Deno.realPath(path) !== path) return false;
  const layout = `${equipmentId}/${farDir}`;
  try {
    const creation = await readCreation(recordPath(path, RECORD_FILES.creation));
    const place = findRunAddress(path);
    return recordedLayout(creation) === layout ||
      (place !== null && `${place.equipmentId}/${place.layoutPath}` === layout);
  } catch (error) {
    if (error instanceof LabferryError) return false;
    throw error;
  }
}

/** `<root>/<EQUIPMENT>` of a run in the tree: its project's folder may have gone with its last run. */
function projectOf(sourcePath: string): string {
  return resolve(sourcePath, "..", "..", "..");
}

/** While the root is not there, nothing below it is judged to be gone. */
async function refuseMissingRoot(root: string): Promise<void> {
  if (await isFolder(root)) return;
  throw new LabferryError("root_missing", "The data root is not there", {
    path: root,
    why: `${root}${SEPARATOR} may be on a disk that is not mounted`,
    hint: "mount it; it is asked again by itself",
  });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isDirectory;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error) ?? "")) return false;
    throw error;
  }
}
