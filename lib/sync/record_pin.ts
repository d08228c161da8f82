/**
 * A pin is kept in the run's record too: the queue may be lost, and a run that somebody wanted to
 * keep must not become deletable by that.
 */
import { LabferryError } from "../base/mod.ts";
import { isSilence } from "../disk/mod.ts";
import type { Job } from "../queue/mod.ts";
import { RECORD_FILES, recordPath, setOwnFields } from "../records/mod.ts";
import type { SyncContext } from "./destination.ts";

const LOCK_WAIT_MS = 3_000;

/**
 * Where the record cannot be written the pin is the queue's alone, and the log says so. False when it could
 * be written another time: somebody holds the record, or its share does not answer.
 */
export async function recordPin(
  { runPath, pinned, id }: Pick<Job, "runPath" | "pinned" | "id">,
  context: Pick<SyncContext, "log">,
): Promise<boolean> {
  try {
    const path = recordPath(runPath, RECORD_FILES.creation);
    await setOwnFields(path, { pinned }, { lockTimeoutMs: LOCK_WAIT_MS });
    return true;
  } catch (error) {
    if (!(error instanceof LabferryError)) throw error;
    context.log("warn", `The pin is in the queue, but not in the run's record: ${error.message}`, {
      run: runPath,
      job: id,
      code: error.code,
    });
    return error.code !== "lock_timeout" && !isSilence(error);
  }
}
