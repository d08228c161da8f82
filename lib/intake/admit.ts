/**
 * The one way into the queue. Whoever brings a run (a person, the scanner) has it admitted: whose
 * it is, whether it may go, and into the queue with that answer. What is known already (a rebuild's
 * records, a folder shipped by hand) is entered without being asked again.
 */
import { type Clock, isWithin, LabferryError } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { realPathOrNull } from "../disk/mod.ts";
import { isProven, JobMoves } from "../jobs/mod.ts";
import type { Job, NewJob, Queue } from "../queue/mod.ts";
import {
  type Destination,
  gateStep,
  lockRun,
  MissingFilesError,
  othersName,
  refreshSeal,
  type SealResult,
  type SyncContext,
} from "../sync/mod.ts";
import type { Evidence } from "./completeness.ts";
import { fileRunsRoot } from "./record_folders.ts";
import { recordOutcome } from "./record_outcome.ts";
import { readFileRun } from "../records/mod.ts";
import { runFolder } from "./run_folder.ts";
import { whoseRun } from "./whose_run.ts";

export interface Entrance {
  readonly config: Config;
  readonly context: SyncContext;
  readonly moves: JobMoves;
  /** By equipment id. */
  readonly destinations: ReadonlyMap<string, Destination>;
  /** Who brings the run: the timeline of one that is known keeps the name. */
  readonly by: string;
  /** A person asked for this run, and answers for what has changed in it. */
  readonly isAsked: boolean;
  /** How it is known that the run is complete; kept with its next generation. @default their word */
  readonly evidence?: Evidence;
  readonly signal?: AbortSignal;
}

export interface Admitted {
  readonly job: Job;
  /** False when the run was known. */
  readonly created: boolean;
  /** Somebody works on the run, so that it could not be looked at again now. */
  readonly isBusy: boolean;
}

const NEVER = new AbortController().signal;
/** A person's question is answered within the half minute that a client waits. */
const ASKED_WAIT_MS = 10_000;
const LOCK_REST_MS = 200;

/**
 * Takes the run at `path` in, or again when its data changed. The gate judges before it is entered, and
 * a run that may not go is held in the stroke that enters it.
 *
 * @throws LabferryError `not_a_run`, `unknown_equipment`; `tree_served` or `installation_twice` while
 * another labferry looks after it; `mass_change` when nobody asked for it; `run_busy` when a person asked
 * and somebody works on it: then nobody has looked whether there is new data
 */
export async function admit(path: string, entrance: Entrance): Promise<Admitted> {
  const { config, context, moves, destinations, by, signal = NEVER } = entrance;
  const { queue, log, gatekeeper, clock, stateDir, trees } = context;
  const runPath = await runFolder(path);
  const { equipment, farDir } = await whoseRun(runPath, { config, queue, log, stateDir });
  const refusal = await trees.refusal(equipment.id);
  if (refusal) throw refusal;
  const destination = destinations.get(equipment.id)!.transport.address;
  const verdict = await gatekeeper.judge(runPath, signal);
  const said = { signal: "enqueued", said_by: by, judged_at: clock.now().toISOString() } as const;
  queue.seen.keepEvidence(runPath, entrance.evidence ?? said);
  const { outcome } = entrance.evidence ?? {};
  await recordOutcome(runPath, { log, ...(outcome ? { outcome } : {}) });
  const { job, created } = await moves.enter(
    {
      ...{ runPath, equipmentId: equipment.id, destination, farDir },
      ...await dataOf(runPath, stateDir),
      ...countedBefore(runPath, queue),
    },
    (entered) => gateStep(entered, verdict),
  );
  const again = created ? job : await lookedAtAgain(job, entrance);
  if (again === null && entrance.isAsked) throw stillBusy(runPath);
  if (again === null) return { job, created, isBusy: true };
  const step = gateStep(again, verdict);
  return { job: step ? await moves.ask(again, step, { by }) : again, created, isBusy: false };
}

function stillBusy(path: string): LabferryError {
  return new LabferryError("run_busy", "It could not be looked whether the run has new data", {
    path,
    why: "a comparison, a deletion or a restore of it goes on just now",
    hint: "ask again in a moment; the service looks at it again by itself",
  });
}

/** What the last look counted: while names or a NAS hold the run, nothing else says how much waits. */
function countedBefore(
  runPath: string,
  { seen }: Pick<Queue, "seen">,
): { files?: number; bytes?: number } {
  const row = seen.of(runPath);
  return row === null ? {} : { files: row.files, bytes: row.bytes };
}

/**
 * Where its data lies, for a run that is files: its records lie in this state directory. The same record
 * in any other folder came with a run from another PC, and names a folder over there: one of that name
 * here is somebody else's.
 */
export async function dataOf(runPath: string, stateDir: string): Promise<Pick<NewJob, "data">> {
  const root = fileRunsRoot(stateDir);
  if (![root, await realPathOrNull(root) ?? root].some((one) => isWithin(runPath, one))) return {};
  const files = await readFileRun(runPath);
  if (files === null) return {};
  return { data: { dir: files.folder, members: files.members } };
}

/**
 * Enters what is known and judged elsewhere; one that is in the queue comes back as it is. No record is
 * written: a rebuild takes its knowledge from there.
 */
export async function enterKnown(
  newJob: NewJob,
  { queue, clock, inOneStroke }: {
    readonly queue: Queue;
    readonly clock: Clock;
    /** Told of a job that is entered: what it writes is committed with it, or neither is. */
    readonly inOneStroke?: (job: Job) => void;
  },
): Promise<Admitted> {
  const quiet = new JobMoves({
    queue,
    clock,
    perform: () => Promise.resolve(),
    onMoved: () => {},
  });
  const first = (job: Job) => {
    inOneStroke?.(job);
    return null;
  };
  return { ...await quiet.enter(newJob, first), isBusy: false };
}

/**
 * A known run: what failed is tried again, what was proven is looked at again. Null when somebody works
 * on it: whoever asked has waited a moment for that.
 */
async function lookedAtAgain(job: Job, entrance: Entrance): Promise<Job | null> {
  const { context: { queue, clock }, isAsked, signal = NEVER } = entrance;
  const untilMs = clock.monotonicMs() + (isAsked ? ASKED_WAIT_MS : 0);
  for (let now = job;; now = queue.jobs.byId(job.id) ?? now) {
    const looked = await lookedAtOnce(now, entrance);
    if (looked !== null || clock.monotonicMs() >= untilMs) return looked;
    await clock.sleep(LOCK_REST_MS, signal);
  }
}

async function lookedAtOnce(job: Job, entrance: Entrance): Promise<Job | null> {
  const { context } = entrance;
  if (!mayHaveNews(job)) return await asItStands(job, entrance);
  using lock = await lockRun(job.runPath, context);
  if (lock === null) return null;
  // Whoever worked on it until now may have moved it.
  const held = context.queue.jobs.byId(job.id) ?? job;
  if (!mayHaveNews(held)) return await asItStands(held, entrance);
  const seal = await lookedOver(held, entrance);
  if (seal === null) return held;
  return seal.changed ? seal.job : await cameBack(seal.job, entrance);
}

/** Null for a run whose only copy is damaged, and which has nothing new: its alarm names what is lost. */
async function lookedOver(job: Job, entrance: Entrance): Promise<SealResult | null> {
  const { context, moves, isAsked, signal = NEVER } = entrance;
  try {
    return await refreshSeal(job, { context, moves, signal, refusesMassChange: !isAsked });
  } catch (error) {
    const isTold = error instanceof MissingFilesError && job.state === "cleaned" && !isAsked;
    if (isTold && job.alarm !== null) return null;
    throw error;
  }
}

/** A cleaned run too: new data in its folder is sent (`rules.md` 1). */
function mayHaveNews(job: Job): boolean {
  return isProven(job) && job.hold !== "cancelled" && job.sealedAt !== null;
}

async function asItStands(job: Job, { moves, by }: Entrance): Promise<Job> {
  const hasEnded = job.state === "failed" || job.hold === "cancelled";
  return hasEnded ? await moves.ask(job, { type: "retry" }, { by }) : job;
}

/**
 * A run that was let go and is here again, put back by a person: each file has the bytes of the list.
 * It is kept, and compared once more, as one that labferry brought (`rules.md` 1).
 */
async function cameBack(
  job: Job,
  { context, moves, signal = NEVER }: Pick<Entrance, "context" | "moves" | "signal">,
): Promise<Job> {
  if (job.state !== "cleaned") return job;
  const files = context.queue.files(job.id);
  if (await files.hasAny("localMissing") || !await files.hasAny("present")) return job;
  if (await othersName(job, { context, signal }) !== null) return job;
  const back = { already_here: (await files.count("present")).files };
  return await moves.offer(job, { type: "restored", back }) ?? job;
}
