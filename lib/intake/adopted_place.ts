/** Where a run that lies outside the tree belongs. */
import { LabferryError } from "../base/mod.ts";
import type { sentences } from "../base/log.ts";
import type { Queue } from "../queue/mod.ts";
import {
  type Creation,
  placeOfLayout,
  RECORD_FILES,
  recordedLayout,
  recordPath,
  type RunPlace,
  setOwnFields,
} from "../records/mod.ts";

interface Known {
  readonly creation: Creation;
  readonly queue: Queue;
  readonly log: ReturnType<typeof sentences>;
}

/**
 * The place its record names; null when nobody knows one. Another program's write may have lost it:
 * then the queue still knows, and the record is told again.
 */
export async function adoptedPlace(
  runPath: string,
  { creation, queue, log }: Known,
): Promise<RunPlace | null> {
  const recorded = recordedLayout(creation);
  if (recorded !== null) return placeOfLayout(recorded);
  const job = queue.jobs.byRun(runPath);
  if (!job) return null;
  const layout = `${job.equipmentId}/${job.farDir}`;
  const place = placeOfLayout(layout);
  try {
    await setOwnFields(recordPath(runPath, RECORD_FILES.creation), { layout });
  } catch (error) {
    // A record that cannot be written keeps nothing from going: the queue knows the place.
    if (!(error instanceof LabferryError)) throw error;
    log("warn", `The run's place is not in its record: ${error.message}`, { run: runPath });
  }
  return place;
}
