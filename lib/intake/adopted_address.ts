/** Where a run that lies outside the tree belongs. */
import { LabferryError } from "../base/mod.ts";
import type { sentences } from "../base/log.ts";
import type { Queue } from "../queue/mod.ts";
import {
  addressOfLayout,
  type Creation,
  RECORD_FILES,
  recordedLayout,
  recordPath,
  type RunAddress,
  setOwnFields,
} from "../records/mod.ts";

export interface AdoptedAddressOptions {
  readonly creation: Creation;
  readonly queue: Queue;
  readonly log: ReturnType<typeof sentences>;
}

/**
 * The place its record names; null when nobody knows one. Another program's write may have lost it:
 * then the queue still knows, and the record is told again.
 */
export async function adoptedAddress(
  runPath: string,
  { creation, queue, log }: AdoptedAddressOptions,
): Promise<RunAddress | null> {
  const recorded = recordedLayout(creation);
  if (recorded !== null) return addressOfLayout(recorded);
  const job = queue.jobs.byRun(runPath);
  if (!job) return null;
  const layout = `${job.equipmentId}/${job.farDir}`;
  const place = addressOfLayout(layout);
  try {
    await setOwnFields(recordPath(runPath, RECORD_FILES.creation), { layout });
  } catch (error) {
    // A record that cannot be written keeps nothing from going: the queue knows the place.
    if (!(error instanceof LabferryError)) throw error;
    log("warn", `The run's place is not in its record: ${error.message}`, { run: runPath });
  }
  return place;
}
