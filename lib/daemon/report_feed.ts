/** What the reports' feed needs of the rest: the queue, the run's records, the log. */
import { LabferryError, messageOf, parseInstant } from "../base/mod.ts";
import { logger } from "../base/log.ts";
import { inRuleWords, ruleWords } from "../control/mod.ts";
import { diskFailure, type DiskPool, isThere } from "../disk/mod.ts";
import { isHandedOver, type Job, type Queue } from "../queue/mod.ts";
import { isStaged, type SyncContext } from "../sync/mod.ts";
import {
  findRunAddress,
  overridesAt,
  readCreation,
  RECORD_FILES,
  recordPath,
} from "../records/mod.ts";
import {
  type ChainHead,
  type Fact,
  type FedRun,
  type FeedEvent,
  type FeedQueue,
  projectReportId,
  ReportFeed,
  ReportStore,
} from "../reports/mod.ts";
import type { StateDir } from "./state_dir.ts";

/** A report that a person or a program holds is told later; the service does not wait for it. */
const LOCK_TIMEOUT_MS = 3_000;

/** Follows the queue into the reports of this state directory; not started yet. */
export function reportFeed(
  { pool, stateDir, context }: Describing & { readonly stateDir: StateDir },
): ReportFeed<Job> {
  const log = logger("reports");
  return new ReportFeed<Job>({
    queue: feedQueue(context.queue),
    store: new ReportStore(stateDir.reportsDir, { lockTimeoutMs: LOCK_TIMEOUT_MS }),
    describe: (job) => describeRun(job, { pool, context }),
    log: {
      info: (message, properties) => log.info(message, properties),
      warn: (message, properties) => log.warn(message, properties),
    },
    // The reports' trouble is theirs alone: runs are safe without them, and a restart tells the rest.
    onFault: (fault) =>
      log.error("the reports are not followed until the service starts again: {message}", {
        message: messageOf(fault),
        stack: fault instanceof Error ? fault.stack : "",
      }),
  });
}

/**
 * The last entry of the run's report, as a certificate quotes it; null when there is no report, or none
 * that can be read: a deletion does not wait for it.
 */
export async function reportHead(job: Job, { reportsDir }: StateDir): Promise<ChainHead | null> {
  const project = findRunAddress(job.runPath)?.project ?? job.farDir.split("/")[0] ?? "";
  const store = new ReportStore(reportsDir, { lockTimeoutMs: LOCK_TIMEOUT_MS });
  try {
    const report = await store.reportOrNull(projectReportId(job.equipmentId, project));
    return await report?.chainHead() ?? null;
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    logger("reports").warn("a certificate goes without its report: {message}", {
      message: error.message,
      run: job.runPath,
    });
    return null;
  }
}

/** The part of the queue the feed reads. */
export function feedQueue({ timeline, jobs }: Pick<Queue, "timeline" | "jobs">): FeedQueue<Job> {
  return {
    eventsAfter: (seq, limit) => timeline.after(seq, limit),
    events: (jobId) => timeline.of(jobId).map(inWords),
    job: (id) => jobs.byId(id),
    cursor: (name) => timeline.cursor(name),
    setCursor: (name, seq) => timeline.setCursor(name, seq),
  };
}

/** A report is for people, and outlives the names that rules have today. */
function inWords(event: FeedEvent): FeedEvent {
  const { reason } = event.detail;
  if (event.kind !== "held" || typeof reason !== "string") return event;
  return { ...event, detail: { ...event.detail, reason: inRuleWords(reason) } };
}

export interface Describing {
  readonly pool: DiskPool;
  readonly context: Pick<SyncContext, "staged" | "queue">;
}

/** Null for a job that is no run of a project. */
export async function describeRun(job: Job, describing: Describing): Promise<FedRun | null> {
  const place = findRunAddress(job.runPath);
  if (!place) return null;
  try {
    const { project, layoutPath, leaf } = place;
    return { ...await described(job, describing), project, layoutPath, leaf };
  } catch (error) {
    // A share that is away now: told later, and no fault of labferry's.
    throw diskFailure(error, "a run could not be looked at for its report", job.runPath);
  }
}

async function described(
  job: Job,
  { pool, context }: Describing,
): Promise<Omit<FedRun, "project" | "layoutPath" | "leaf">> {
  const certificate = recordPath(job.runPath, RECORD_FILES.certificate);
  return {
    equipmentId: job.equipmentId,
    state: job.state,
    hold: job.hold,
    verifyPasses: job.verifyPasses,
    handedOver: isHandedOver(job, isStaged(job, context)),
    destination: job.destination,
    files: job.files,
    bytes: job.bytes,
    lastError: job.lastError,
    alarm: job.alarm,
    checksums: await checksumsOf(job.runPath, pool),
    certificate: await isThere(certificate) ? certificate : null,
    overrides: await overrideFacts(job.runPath),
  };
}

/** Null until the run is proven, and once its folder is gone. */
async function checksumsOf(runPath: string, pool: DiskPool): Promise<FedRun["checksums"]> {
  const path = recordPath(runPath, RECORD_FILES.checksums);
  if (!await isThere(path)) return null;
  try {
    return { path, sha256: (await pool.hashFile(path)).sha256 };
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return { path, sha256: null };
  }
}

/** What people decided; a record that cannot be read says nothing, and the gate tells of it. */
async function overrideFacts(runPath: string): Promise<readonly Fact[]> {
  try {
    const { validation_overrides } = await readCreation(
      recordPath(runPath, RECORD_FILES.creation),
    );
    return overridesAt(validation_overrides, new Date(0)).active.map((override) => ({
      at: (parseInstant(override.recordedAt) ?? new Date(0)).toISOString(),
      key: `override:${override.id.slice(0, 8).replace(/\s/g, "_")}`,
      weight: 6,
      words: `“${
        ruleWords(override.problemClass)
      }” overridden by ${override.operator}: ${override.reason}`,
    }));
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    logger("reports").debug("no overrides of {run}: {message}", {
      run: runPath,
      message: messageOf(error),
    });
    return [];
  }
}
