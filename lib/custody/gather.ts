/** Finds out what the interlocks look at, of one run. Reads only. */
import { dirname, relative } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { realPathOrNull, statOrNull } from "../disk/mod.ts";
import { listOverrides } from "../gate/mod.ts";
import { openForWriting } from "../process/mod.ts";
import type { Job, Queue } from "../queue/mod.ts";
import {
  groupMembers,
  isRecordPath,
  readCreation,
  RECORD_FILES,
  recordPath,
} from "../records/mod.ts";
import type { Destination, SyncContext } from "../sync/mod.ts";
import type { CustodyFacts, DeletionPolicy, GateFacts, LastLook, UserFacts } from "./facts.ts";

export interface GatherOptions {
  readonly context: Pick<SyncContext, "queue" | "clock" | "gatekeeper" | "staged" | "trees">;
  /** Null for an equipment that is not in the configuration any more. */
  readonly destination: Destination | null;
  readonly policy: DeletionPolicy;
  readonly signal: AbortSignal;
  /** Why nothing may be deleted of this job's equipment; null for nothing. */
  readonly held?: (job: Job) => string | null;
  /** What the deletion itself looked at. @default nothing yet */
  readonly look?: LastLook | null;
  /** As the open connection says it. @default what can be seen without one */
  readonly sameDisk?: boolean | null;
}

export async function gatherFacts(job: Job, options: GatherOptions): Promise<CustodyFacts> {
  const { context, policy, look = null, held = () => null } = options;
  const { queue, clock } = context;
  return {
    job,
    policy,
    now: clock.now(),
    observedMs: queue.observedTime.ms(),
    passes: queue.passes.of(job.id, job.generation),
    destinationUuid: await uuidOf(options.destination),
    sameDisk: options.sameDisk ?? await sameDiskOf(job, options.destination),
    outside: {
      isStaged: context.staged.has(job.equipmentId),
      isPinnedInRecord: await isPinnedInRecord(job),
      pausedBy: pausedBy(queue, job),
      // Whoever only asks, and nothing more, claims no tree for it.
      held: held(job) ?? await context.trees.hold(job, { isActing: look !== null }),
    },
    gate: await gateFacts(job, options),
    local: await queue.files(job.id).count("present"),
    users: await usersOf(job),
    look,
  };
}

/** A destination that was never marked, or whose mark is held back, has no pass that counts. */
async function uuidOf(destination: Destination | null): Promise<string | null> {
  try {
    return await destination?.identity() ?? null;
  } catch (error) {
    if (error instanceof LabferryError) return null;
    throw error;
  }
}

/** A record that is not there says nothing; one that cannot be read keeps what it may say. */
async function isPinnedInRecord({ runPath }: Job): Promise<boolean> {
  try {
    const creation = await readCreation(recordPath(runPath, RECORD_FILES.creation));
    return creation.labferry?.pinned === true;
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return error.code !== "record_missing";
  }
}

function pausedBy(queue: Queue, { equipmentId }: Job): string | null {
  const pause = queue.pauses.list().find(({ scope }) => scope === "*" || scope === equipmentId);
  return pause?.by ?? null;
}

/** Only a folder of this computer can be its own disk as far as anybody can tell without asking. */
async function sameDiskOf(job: Job, destination: Destination | null): Promise<boolean | null> {
  const folder = destination?.transport.traits.localFolder ?? null;
  if (folder === null) return null;
  const [there, here] = [await statOrNull(folder), await statOrNull(await nearest(job.dataDir))];
  return there === null || here === null ? null : there.dev === here.dev;
}

async function nearest(path: string): Promise<string> {
  let folder = path;
  while (await statOrNull(folder) === null && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

async function gateFacts(job: Job, { context, signal }: GatherOptions): Promise<GateFacts> {
  try {
    const verdict = await context.gatekeeper.judge(job.runPath, signal);
    const blockedBy = verdict.kind === "blocked" ? verdict.reason : null;
    return { blockedBy, revoked: await revokedOf(job, context.clock.now()) };
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    // What cannot be judged does not pass.
    return { blockedBy: `it cannot be judged now: ${error.message}`, revoked: [] };
  }
}

/** Taken back by whom it does not matter here; one without a readable time counts as of now. */
async function revokedOf(job: Job, now: Date): Promise<GateFacts["revoked"]> {
  try {
    return (await listOverrides(job.runPath, now)).flatMap(({ state, revokes, recorded_at }) =>
      state === "tombstone" ? [{ id: revokes ?? "", at: recorded_at ?? now.toISOString() }] : []
    );
  } catch (error) {
    if (error instanceof LabferryError && error.code === "record_missing") return [];
    throw error;
  }
}

/** Of the data: the records are ours to write, and the lock on them is held just now. */
async function usersOf({ dataDir, members }: Job): Promise<UserFacts> {
  const folder = await realPathOrNull(dataDir);
  if (folder === null) return { open: [], unknown: null };
  const { open, unknown } = openForWriting(folder);
  const isOwn = members === null ? (path: string) => !isRecordPath(path) : groupMembers(members);
  return { open: open.filter(({ path }) => isOwn(relative(folder, path))), unknown };
}
