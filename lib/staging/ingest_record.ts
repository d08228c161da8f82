/** Brings one received run's `ingest.json` up to where its job is. */
import { join } from "node:path";
import { LabferryError } from "../base/mod.ts";
import { isThere } from "../disk/mod.ts";
import type { Job, Queue } from "../queue/mod.ts";
import {
  advanceIngest,
  createIngest,
  type Creation,
  findRunAddress,
  type Ingest,
  type IngestDraft,
  type IngestState,
  type IngestStep,
  readCreation,
  readIngest,
  RECORD_FILES,
  recordPath,
  RECORDS_DIR,
  type RunAddress,
} from "../records/mod.ts";
import type { SyncContext } from "../sync/mod.ts";
import { clockAt, ingestStateOf, reachedAt, statesAfter } from "./ingest_steps.ts";
import { keepNasChecksums } from "./nas_checksums.ts";

type IngestContext = Pick<SyncContext, "queue" | "host">;

/** A record that another program holds longer is brought up to date later. */
const LOCK_WAIT_MS = 3_000;

/**
 * Each state is reached in its turn, with the time at which the job reached it. What the NAS manifest
 * says is written before the state that relies on it.
 *
 * @throws LabferryError `ingest_out_of_step` for a file that somebody edited, and what the disk says
 */
export async function keepIngest(job: Job, context: IngestContext): Promise<void> {
  const target = ingestStateOf(job);
  const address = findRunAddress(job.runPath);
  if (target === null || address === null) return;
  // Once its records went too, there is nobody left to tell.
  if (areRecordsGone(job, context.queue)) return;
  if (!await isThere(join(job.runPath, RECORDS_DIR))) return;
  const path = recordPath(job.runPath, RECORD_FILES.ingest);
  const ingest = await ingestAt(path, { job, address, context });
  const states = statesAfter(ingest.current_state, target);
  if (target === "sync_verified" || states.includes("sync_verified")) {
    await keepNasChecksums(job, context.queue);
  }
  for (const state of states) {
    await advanceIngest(path, state, {
      ...stepOf(state, { job, ...context }),
      clock: clockAt(reachedAt(state, { job, ...context })),
      lockTimeoutMs: LOCK_WAIT_MS,
    });
  }
}

/** They were taken, or are about to be, since the run was cleared last. */
export function areRecordsGone({ id, state }: Job, { timeline }: Pick<Queue, "timeline">): boolean {
  return state === "cleaned" &&
    timeline.last(id, ["cleaned", "records_gone"])?.kind === "records_gone";
}

/** Bootstrapped from the pushed record where there is none; from the path where that is missing too. */
async function ingestAt(
  path: string,
  { job, address, context }: {
    readonly job: Job;
    readonly address: RunAddress;
    readonly context: IngestContext;
  },
): Promise<Ingest> {
  try {
    return await readIngest(path);
  } catch (error) {
    if (!(error instanceof LabferryError) || error.code !== "record_missing") throw error;
  }
  return await createIngest(path, {
    ...draftOf(address, await pushedRecord(job)),
    host: context.host,
  }, {
    clock: clockAt(reachedAt("staging", { job, ...context })),
    lockTimeoutMs: LOCK_WAIT_MS,
  });
}

function draftOf(
  { equipmentId, project, kind, layoutPath }: RunAddress,
  creation: Creation | null,
): Omit<IngestDraft, "host"> {
  return {
    project_name: creation?.lims_project?.name_at_creation || project,
    equipment_id: equipmentId,
    run_kind: creation?.run_kind ?? kind,
    run_path: `${equipmentId}/${layoutPath}`,
    // A mounted share is what most have, and what is meant where nobody says otherwise.
    transport: creation?.labferry?.staged_by === "file_transfer" ? "file_transfer" : "smb_mount",
  };
}

/** Null where there is none that can be read: the gate tells of it. */
async function pushedRecord({ runPath }: Job): Promise<Creation | null> {
  try {
    return await readCreation(recordPath(runPath, RECORD_FILES.creation));
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return null;
  }
}

function stepOf(
  state: IngestState,
  { job, host, queue }: IngestContext & { readonly job: Job },
): IngestStep {
  if (state === "complete") return { host, ...receivedOf(job, queue) };
  if (state !== "sync_verified") return { host };
  const nasPath = `${job.destination}/${job.farDir}`;
  return { host, nasPath, checksumFile: `${nasPath}/${RECORDS_DIR}/${RECORD_FILES.checksums}` };
}

/** What was there when it was taken for complete; else what its list was fixed with. */
function receivedOf(
  job: Job,
  queue: IngestContext["queue"],
): Pick<IngestStep, "filesReceived" | "bytesReceived"> {
  const { files, bytes } = queue.seen.evidenceOf(job.runPath) ?? {};
  if (typeof files === "number" && typeof bytes === "number") {
    return { filesReceived: files, bytesReceived: bytes };
  }
  return job.sealedAt === null ? {} : { filesReceived: job.files, bytesReceived: job.bytes };
}
