/**
 * One shot: takes one folder to one destination and proves it. It goes the same way as a run of the
 * service, on a small queue of its own (one a destination), so that it resumes after a crash and
 * never meets the service's jobs. Its jobs never enter custody.
 */
import { hostname } from "node:os";
import { basename, resolve } from "node:path";
import { accountName, type Clock, type Code, derivedId } from "../base/mod.ts";
import { errorAsKept, foldName, LabferryError, systemClock } from "../base/mod.ts";
import { DiskPool, type FileLock, lockFile, tryLockFile } from "../disk/mod.ts";
import { AuditCache, DEFAULT_GATE_SETTINGS } from "../gate/mod.ts";
import { enterKnown } from "../intake/mod.ts";
import { endLeftovers, jobToken } from "../process/mod.ts";
import type { Job, JobError, Queue } from "../queue/mod.ts";
import { findRunAddress } from "../records/mod.ts";
import {
  type AcceptanceOf,
  acceptMissing,
  deliver,
  type Destination,
  type Gatekeeper,
  makeGatekeeper,
  needsAcceptance,
  NO_SOURCES,
  NO_TREES,
  openGate,
  type ProgressListener,
  verifyAgain,
  type Work,
} from "../sync/mod.ts";
import {
  initDestination,
  KnownDestinations,
  mayCreateFolder,
  type Transport,
  TransportError,
} from "../transports/mod.ts";
import { JobMoves, type MachineEvent } from "../jobs/mod.ts";
import {
  makeScratch,
  markingWords,
  refuseMoved,
  rememberedIdentity,
  replacedWords,
  type StateDir,
  sweepScratch,
  syncContext,
} from "../daemon/mod.ts";
import { refuseOverlap } from "./ship_overlap.ts";
import { shipFileOf, withShipQueue } from "./ship_queue.ts";

export interface ShipOptions {
  readonly dir: string;
  readonly transport: Transport;
  readonly stateDir: StateDir;
  /** Mark the destination as ours, making its base where it is missing. */
  readonly initDestination: boolean;
  readonly uploadMbps: number | null;
  /** The files that the last try named as lost may be left out. */
  readonly acceptMissing?: AcceptanceOf | null;
  /** False sends although names or contents have hard findings. */
  readonly gate: boolean;
  readonly onProgress: ProgressListener;
  /** A sentence for the person: what was found damaged and made anew. */
  readonly onNotice?: (sentence: string) => void;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/** A resend and a run that changed under way are new rounds; more than so many is no accident. */
const MOST_ROUNDS = 5;

/**
 * Returns the job, `verified`.
 *
 * @throws LabferryError with the code of whatever kept it from being verified
 */
export async function shipRun(options: ShipOptions): Promise<Job> {
  const { transport, stateDir, clock = systemClock } = options;
  const runPath = await folderToShip(options.dir);
  const token = jobToken(shipTokens(stateDir), "look");
  await refuseOverlap(runPath, { transport, signal: options.signal, token });
  const gatekeeper = options.gate ? gatekeeperOf(clock) : openGate;
  await refuseBlocked(runPath, gatekeeper, options.signal);
  if (stateDir.replaced) options.onNotice?.(replacedWords(stateDir.replaced));
  await sweepScratch(stateDir);
  await refuseMoved(stateDir, clock);
  const known = new KnownDestinations(stateDir.path, { clock });
  const shipFile = shipFileOf(stateDir, transport.address);
  // Two folders of one name have one place over there: each would look before the other has written.
  const farKey = derivedId(foldName(basename(runPath)));
  using _alone = shipAlone(`${shipFile}.far-${farKey}.lock`, runPath);
  await makeKnown(known, options, `${shipFile}.init.lock`);
  return await withShipQueue(
    `${shipFile}.db`,
    { clock, onNotice: options.onNotice ?? (() => {}) },
    (queue) => shipOn(queue, { ...options, clock, runPath, known, gatekeeper }),
  );
}

interface ShipWork extends ShipOptions {
  readonly clock: Clock;
  readonly runPath: string;
  readonly known: KnownDestinations;
  readonly gatekeeper: Gatekeeper;
}

async function shipOn(queue: Queue, options: ShipWork): Promise<Job> {
  const { transport, stateDir, clock, runPath, known, gatekeeper } = options;
  using pool = new DiskPool();
  const context = syncContext({
    queue,
    pool,
    clock,
    stateDir: { ...stateDir, tokenPrefix: shipTokens(stateDir) },
    verify: { maxStreamBytes: 0 },
    acceptProviderAsserted: false,
    litter: "skip",
    onProgress: options.onProgress,
    gatekeeper,
    trees: NO_TREES,
    sources: NO_SOURCES,
  });
  // A folder that is shipped by hand has no record that follows it, no breaker and no hooks: the
  // person waits, and reads the outcome.
  const moves = new JobMoves({ queue, clock, perform: () => Promise.resolve(), onMoved: () => {} });
  const destination: Destination = {
    name: transport.address,
    transport,
    identity: () => rememberedIdentity(transport, known, null),
    uploadMbps: () => options.uploadMbps,
  };
  const { job } = await enterKnown({
    runPath,
    equipmentId: findRunAddress(runPath)?.equipmentId ?? SHIP,
    destination: transport.address,
    farDir: basename(runPath),
  }, context);
  // A killed ship's rclone or rsync runs on; beside the lock nobody living has this job's token.
  const { unknown } = await endLeftovers(jobToken(shipTokens(stateDir), job.id));
  if (unknown) options.onNotice?.(unknown);
  if (options.acceptMissing && needsAcceptance(job)) {
    await acceptMissing(job, options.acceptMissing, context);
  }
  return await untilVerified(job, {
    destination,
    context,
    signal: options.signal,
    moves,
    onReached: () => {},
  });
}

/** One ship a far folder: another one would take the first one's job, or its place, out of its hands. */
function shipAlone(lockPath: string, runPath: string): FileLock {
  const lock = tryLockFile(lockPath, { mode: "exclusive" });
  if (lock) return lock;
  throw new LabferryError(
    "run_busy",
    "Another labferry ships this folder, or one of its name, there just now",
    {
      path: runPath,
      hint: "wait for it to end",
    },
  );
}

/** Apart from the service's: a daemon that starts ends what carries its token, and nothing else. */
function shipTokens({ tokenPrefix }: StateDir): string {
  return `${tokenPrefix}-ship`;
}

/** `ship` judges any folder, whatever its place, with the defaults: it needs no configuration. */
function gatekeeperOf(clock: Clock): Gatekeeper {
  return makeGatekeeper({
    settings: DEFAULT_GATE_SETTINGS,
    loose: true,
    clock,
    // Judged twice, before the destination is asked and just before the push; read once.
    cache: new AuditCache(),
  });
}

/** Before the destination is even asked: a folder that may not go leaves no trace there. */
async function refuseBlocked(
  runPath: string,
  gatekeeper: Gatekeeper,
  signal: AbortSignal,
): Promise<void> {
  const verdict = await gatekeeper.judge(runPath, signal);
  if (verdict.kind === "blocked") throw gateBlocked(runPath, verdict.reason);
}

function gateBlocked(runPath: string, reason: string): LabferryError {
  return new LabferryError("gate_blocked", "The gate holds this folder back", {
    path: runPath,
    why: reason,
    hint:
      "`labferry audit` on it says what to mend; --no-gate sends it as it is, and the receipt says so",
  });
}

/** The equipment of a folder that is not in a lab's layout. */
const SHIP = "ship";

async function untilVerified(first: Job, work: Work): Promise<Job> {
  let job = first;
  let verifiedBefore = job.state === "verified";
  for (let round = 0; round < MOST_ROUNDS; round++) {
    work.signal.throwIfAborted();
    if (job.state === "verified") {
      if (!verifiedBefore) return job;
      // It was shipped before: prove it again now, or send what has changed since.
      verifiedBefore = false;
      job = await verifyAgain(job, work);
      if (job.state === "verified") return job;
      if (job.state === "failed") throw failureOf(job);
      continue;
    }
    job = await deliver(await readied(job, work.moves), work);
    if (job.hold === "gate") throw gateBlocked(job.runPath, job.holdReason ?? "findings");
    if (job.state === "failed" || (job.state !== "verified" && job.lastError !== null)) {
      throw failureOf(job);
    }
    // Put back for later without a fault of its own: the run's lock was taken.
    if (job.nextAttemptAt !== null) throw busyElsewhere(job.runPath);
  }
  if (job.state === "verified") return job;
  throw failureOf(job);
}

function busyElsewhere(runPath: string): LabferryError {
  return new LabferryError("run_busy", "Another labferry works on this folder just now", {
    path: runPath,
    why: "the service, or a ship to another place, has it in hand",
    hint: "wait for it to end, then run the same command again",
  });
}

/** Whatever an earlier ship left behind: the person asked again, so it goes again. */
async function readied(job: Job, moves: JobMoves): Promise<Job> {
  const again = hasRested(job) ? await offered(job, { type: "retry" }, moves) : job;
  return again.state === "queued" ? await offered(again, { type: "claimed" }, moves) : again;
}

/** True for what failed, waits for a later attempt, or is held. */
function hasRested({ state, nextAttemptAt, lastError, hold }: Job): boolean {
  if (state === "running") return false;
  return state !== "queued" || nextAttemptAt !== null || lastError !== null || hold !== null;
}

async function offered(job: Job, event: MachineEvent, moves: JobMoves): Promise<Job> {
  const moved = await moves.offer(job, event);
  if (moved) return moved;
  throw new LabferryError("run_busy", "Another labferry ships this folder just now", {
    path: job.runPath,
    hint: "wait for it to end",
  });
}

const NOT_VERIFIED: JobError & { readonly code: Code } = {
  code: "not_verified",
  message: "The folder could not be verified",
  hint: "run the same command again; it goes on where it stopped",
};

function failureOf(job: Job): LabferryError {
  return errorAsKept(job.lastError ?? NOT_VERIFIED, { path: job.runPath });
}

async function folderToShip(dir: string): Promise<string> {
  const absolute = resolve(dir);
  let info: Deno.FileInfo;
  try {
    info = await Deno.stat(absolute);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new LabferryError("not_a_run", `${absolute} is not there`, {
      path: absolute,
      hint: "name the folder to ship",
    });
  }
  if (!info.isDirectory) {
    throw new LabferryError("not_a_run", `${absolute} is not a folder`, {
      path: absolute,
      hint: "ship takes a folder",
    });
  }
  const real = await Deno.realPath(absolute);
  if (basename(real) !== "") return real;
  throw new LabferryError("not_a_run", "A whole file system cannot be shipped", {
    path: real,
    hint: "name a folder in it",
  });
}

/**
 * Sees that the destination has an identity this state directory knows. A folder may be made and
 * marked without being asked for only where it cannot be mistaken for an unmounted share.
 *
 * @throws TransportError `destination_unmarked`
 */
async function makeKnown(
  known: KnownDestinations,
  options: ShipOptions,
  turnLock: string,
): Promise<void> {
  const { transport, signal } = options;
  const { localFolder } = transport.traits;
  // Of two that come there first only one marks the place; the other finds it marked.
  using _turn = await lockFile(turnLock, { mode: "exclusive", signal });
  const knownUuid = (await known.get(transport.address))?.uuid ?? null;
  if (knownUuid !== null) return;
  if (!options.initDestination) {
    const leave = localFolder !== null ? await mayCreateFolder(localFolder, { known, signal }) : {
      allowed: false,
      why: "labferry has not been there before",
      hint: "add --init-destination if it is the right place",
    } as const;
    if (!leave.allowed) {
      throw new TransportError(
        "destination_unmarked",
        `${transport.address} is not marked as labferry's`,
        { why: leave.why, hint: leave.hint },
      );
    }
  }
  if (options.initDestination) options.onNotice?.(markingWords(transport.address));
  const scratchDir = await makeScratch(options.stateDir);
  try {
    const token = jobToken(shipTokens(options.stateDir), "init");
    await using session = await transport.connect({ signal, token, scratchDir });
    const { identity } = await initDestination(session, {
      address: transport.address,
      equipmentId: null,
      createdBy: `${accountName()}@${hostname()}`,
      knownUuid,
    });
    await known.remember(transport.address, identity);
  } finally {
    await Deno.remove(scratchDir, { recursive: true });
  }
}
