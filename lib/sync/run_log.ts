/** What happens to a run, in its own `wizard.<hostname>.log`, where it can be written. */
import { LabferryError, messageOf } from "../base/mod.ts";
import type { Job } from "../queue/mod.ts";
import {
  findRunAddress,
  logToRun,
  projectTag,
  readCreation,
  RECORD_FILES,
  recordPath,
  runLogName,
} from "../records/mod.ts";
import type { SyncContext } from "./destination.ts";
import { mayWriteRecords } from "./work_lock.ts";

/** The log is for people; a run where it cannot be written has its timeline in the queue. */
export async function logRun(
  job: Job,
  { level, message, context }: {
    readonly level: "INFO" | "WARN" | "ERROR";
    readonly message: string;
    readonly context: Pick<SyncContext, "clock" | "host" | "log">;
  },
): Promise<void> {
  try {
    if (!await mayWriteRecords(job.runPath)) return;
    const place = findRunAddress(job.runPath);
    await logToRun(recordPath(job.runPath, runLogName(context.host)), {
      at: context.clock.now(),
      level,
      host: context.host,
      ...(place
        ? {
          equipmentId: place.equipmentId,
          project: await projectTagOf(job.runPath, place.project),
          kind: place.kind,
          run: place.leaf,
        }
        : {}),
      message,
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof LabferryError)) throw error;
    context.log("warn", `The run's log could not be written: ${messageOf(error)}`, {
      run: job.runPath,
    });
  }
}

/** The short id of the run's own record; its folder's name where there is none to read. */
async function projectTagOf(runPath: string, project: string): Promise<string> {
  try {
    return projectTag(await readCreation(recordPath(runPath, RECORD_FILES.creation)), project);
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    return project;
  }
}
